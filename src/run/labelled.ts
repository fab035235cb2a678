// Somebody's folder of images with a CSV of labels, in place of a dataset.
import { readLabelled } from "../data/labels.js";
import type { PixelCache } from "../data/types.js";
import { type DatasetOptions, decodePixels } from "./dataset.js";
import type { Terminal } from "./terminal.js";

/** All of the images are in test. */
export async function openLabelled(labels: string, options: DatasetOptions, terminal: Terminal): Promise<PixelCache> {
  const { data, limit } = options;
  const manifest = await readLabelled(data!, labels, limit === undefined ? {} : { limit });
  const pixels = await decodePixels(manifest, options, terminal);
  const { images } = pixels.splits.test;
  const pneumonia = images.filter(({ label }) => label === 1).length;
  terminal.say(`Images: ${manifest.root}, labels: ${labels}\n  ${images.length - pneumonia} NORMAL, ${pneumonia} PNEUMONIA`);
  return pixels;
}
