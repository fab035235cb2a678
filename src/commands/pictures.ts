// `run`'s pictures of one model: the test images it got wrong, and what it looks at. <model>/pictures.json names them.
import { join } from "node:path";
import type { PixelRows } from "../data/types.js";
import type { PredictionRow } from "../eval/predictions.js";
import { writeFileAtomic } from "../lib/files.js";
import { MODELS } from "../nn/models/index.js";
import { chooseErrors, chooseExamples } from "../pictures/choose.js";
import { MAP_COLOURS, overlay } from "../pictures/overlay.js";
import { smallJpeg, smallXray, type Grey } from "../pictures/xray.js";
import { PICTURES_FILE, picturePath } from "../report/pictures.js";
import type { Picture, Pictures } from "../report/results.js";
import { explain } from "../train/explain.js";
import type { Network } from "../train/network.js";
import type { Terminal } from "./terminal.js";

/** Pixels a row. */
const ERROR_WIDTH = 160;
const MAP_WIDTH = 224;

export interface PictureSources {
  /** The run's folder, and the dataset's. */
  out: string;
  root: string;
  network: Network;
  /** The test images, and what the model made of them. */
  rows: PixelRows;
  predictions: PredictionRow[];
  terminal: Terminal;
}

/** Needs a network with an explanationBatch. An image that cannot be read any more is left out, with a warning. */
export async function writePictures(sources: PictureSources): Promise<void> {
  const { out, network, rows, predictions, terminal } = sources;
  const { name } = network;
  const { title, mapKind } = MODELS[name];
  const start = performance.now();
  const write = numberedWriter(out, name);
  const pictures: Pictures = { errors: [], maps: [], mapKind, mapColours: MAP_COLOURS };
  for (const row of chooseErrors(predictions)) {
    const xray = await readable(sources, row, ERROR_WIDTH);
    if (xray) pictures.errors.push(await picture(predictions[row], xray, write));
  }
  const examples = chooseExamples(predictions);
  const maps = await explain(network, rows, examples);
  for (const [i, row] of examples.entries()) {
    const xray = await readable(sources, row, MAP_WIDTH);
    if (!xray) continue;
    const plain = await picture(predictions[row], xray, write);
    pictures.maps.push({ ...plain, map: await write(await smallJpeg(overlay(xray, maps[i]), xray)) });
  }
  await writeFileAtomic(join(out, name, PICTURES_FILE), `${JSON.stringify(pictures, null, 1)}\n`);
  const seconds = (performance.now() - start) / 1000;
  terminal.say(`[${title}] ${pictures.errors.length} errors and ${pictures.maps.length} maps drawn in ${seconds.toFixed(1)} s`);
}

type Writer = (jpeg: Uint8Array) => Promise<string>;

/** Names files by counting: the dataset's own names could be anything. */
function numberedWriter(out: string, model: string): Writer {
  let count = 0;
  return async (jpeg) => {
    const path = picturePath(model, ++count);
    await writeFileAtomic(join(out, path), jpeg);
    return path;
  };
}

async function picture({ file, label, pPneumonia }: PredictionRow, xray: Grey, write: Writer): Promise<Picture> {
  return { file, label, pPneumonia, image: await write(await smallJpeg(xray.data, xray)) };
}

async function readable({ root, predictions, terminal }: PictureSources, row: number, width: number): Promise<Grey | null> {
  const { file } = predictions[row];
  return smallXray(join(root, file), width).catch((error: NodeJS.ErrnoException) => {
    terminal.warn(`Warning: ${file} is not among the pictures: ${error.code ?? error.message.split("\n")[0]}`);
    return null;
  });
}
