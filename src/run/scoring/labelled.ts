// Somebody's folder of images with a CSV of labels, in place of a dataset.
import { readLabelled } from "../../data/labels.js";
import type { PixelCache } from "../../data/types.js";
import { type DatasetOptions, decodePixels } from "../datasets/dataset.js";
import type { Terminal } from "../terminal.js";

/** All of the images are in test. */
export async function openLabelled(labels: string, options: DatasetOptions, terminal: Terminal): Promise<PixelCache> {
  const { data, limit, classes } = options;
  const manifest = await readLabelled(data!, labels, { limit, classes });
  const pixels = await decodePixels(manifest, options, terminal);
  const { images } = pixels.splits.test;
  const positives = images.filter(({ label }) => label === 1).length;
  const [negative, positive] = manifest.classes;
  terminal.say(
    `Images: ${manifest.root}, labels: ${labels}\n  ${images.length - positives} ${negative}, ${positives} ${positive}`,
  );
  return pixels;
}
