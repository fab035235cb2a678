// Pictures of one model in a run: misclassified test images and class activation maps. <model>/pictures.json lists them.
import { join } from "node:path";
import type { Pixels } from "../../core/resize.js";
import type { PixelRows } from "../../data/types.js";
import type { PredictionRow } from "../../eval/predictions.js";
import { writeFileAtomic } from "../../node/files.js";
import { chooseErrors, chooseExamples } from "../../pictures/choose.js";
import { MAP_COLOURS, overlay, type PlaceMap } from "../../pictures/overlay.js";
import { smallJpeg, smallXray } from "../../pictures/xray.js";
import { terminalWords } from "../../report/text/terminal.js";
import type { MadeFrom } from "../../results/file-hashes.js";
import { PICTURES_FILE, type Picture, type Pictures, picturePath } from "../../results/picture-list.js";
import { explain } from "../../train/explain.js";
import type { Network } from "../../train/network.js";
import type { Caller } from "../caller.js";

/** Width in pixels. */
const ERROR_WIDTH = 160;
const MAP_WIDTH = 224;

export interface PictureSources {
  /** The folder of the run. */
  out: string;
  /** Reads a test image at its original size. */
  readImage: (file: string) => Promise<Pixels>;
  network: Network;
  /** The test images and the model's predictions for them. */
  rows: PixelRows;
  predictions: PredictionRow[];
  /** Absent: unknown. */
  madeFrom?: MadeFrom | undefined;
  /** Of decisions, in log-odds. */
  threshold?: number | undefined;
  /** Maps of the errors instead of some examples. */
  errorMaps?: boolean | undefined;
  caller: Caller;
}

/** Needs a network with an explanationBatch. Images that are no longer readable are skipped with a warning. */
export async function writePictures(sources: PictureSources): Promise<void> {
  const { out, network, rows, predictions, madeFrom, threshold, errorMaps = false, caller } = sources;
  const { name, title, mapKind } = network.model;
  const start = performance.now();
  let count = 0;
  // Numbered names, because names from the dataset may contain any character.
  const write = async (jpeg: Uint8Array): Promise<string> => {
    const path = picturePath(name, ++count);
    await writeFileAtomic(join(out, path), jpeg);
    return path;
  };
  const pictures: Pictures = { ...(madeFrom && { madeFrom }), errors: [], maps: [], mapKind, mapColours: MAP_COLOURS };
  const errors = chooseErrors(predictions, threshold);
  const mapsOfErrors = errorMaps ? await explain(network, rows, errors) : [];
  for (const [i, row] of errors.entries()) {
    const drawn = await draw(sources, row, errorMaps ? MAP_WIDTH : ERROR_WIDTH, mapsOfErrors[i]);
    if (!drawn) continue;
    const image = await write(drawn.image);
    pictures.errors.push({ ...shown(predictions[row]), image, ...(drawn.map && { map: await write(drawn.map) }) });
  }
  const examples = errorMaps ? [] : chooseExamples(predictions);
  const mapsOfExamples = await explain(network, rows, examples);
  for (const [i, row] of examples.entries()) {
    const drawn = await draw(sources, row, MAP_WIDTH, mapsOfExamples[i]);
    if (drawn) pictures.maps.push({ ...shown(predictions[row]), image: await write(drawn.image), map: await write(drawn.map!) });
  }
  await writeFileAtomic(join(out, name, PICTURES_FILE), `${JSON.stringify(pictures, null, 1)}\n`);
  const seconds = (performance.now() - start) / 1000;
  const maps = errorMaps ? pictures.errors.length : pictures.maps.length;
  caller.info(`[${title}] ${terminalWords(caller.language).pictures(pictures.errors.length, maps, seconds)}`);
}

/** The caption of a picture. */
const shown = ({ file, label, pPneumonia }: PredictionRow): Omit<Picture, "image"> => ({ file, label, pPneumonia });

/** The X-ray of a row as a JPEG and, if a map is given, a second JPEG with the map as an overlay. */
async function draw(
  { readImage, predictions, caller }: PictureSources,
  row: number,
  width: number,
  map?: PlaceMap,
): Promise<{ image: Buffer; map: Buffer | undefined } | null> {
  const { file } = predictions[row];
  try {
    const xray = await smallXray(await readImage(file), width);
    return { image: await smallJpeg(xray.data, xray), map: map && (await smallJpeg(overlay(xray, map), xray)) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    caller.warn(`Warning: ${file} is missing from the pictures: ${code ?? message.split("\n")[0]}`);
    return null;
  }
}
