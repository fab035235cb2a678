// Somebody's folder of images with a CSV of labels, in place of a dataset.
import { readLabelled } from "../../data/labels.js";
import type { PixelCache } from "../../data/types.js";
import type { Caller } from "../caller.js";
import { type DatasetOptions, decodePixels } from "../datasets/dataset.js";

/** All of the images are in test. */
export async function openLabelled(labels: string, options: DatasetOptions, caller: Caller): Promise<PixelCache> {
  const { data, limit, classes } = options;
  const manifest = await readLabelled(data!, labels, { limit, classes });
  const pixels = await decodePixels(manifest, options, caller);
  const { images } = pixels.splits.test;
  const positives = images.filter(({ label }) => label === 1).length;
  const [negative, positive] = manifest.classes;
  caller.info(
    `Images: ${manifest.root}, labels: ${labels}\n  ${images.length - positives} ${negative}, ${positives} ${positive}`,
  );
  return pixels;
}
