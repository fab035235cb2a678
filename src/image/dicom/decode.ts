// DICOM radiographs to 8-bit grey. Nothing that identifies a patient is read or put into a message.
import type { DataSet } from "dicom-parser";
import type { Pixels } from "../../core/resize.js";
import type { ImageBounds } from "../bounds.js";
import { damagedDicom } from "../faults.js";
import { type Noted, noted } from "../notes.js";
import type { ImageRuntime } from "../runtime.js";
import { noteAspect } from "./aspect.js";
import { readFirstFrame } from "./first-frame.js";
import { greyOfWords } from "./grey.js";
import { turnUpright } from "./orientation.js";
import { readDataSet } from "./parse.js";
import { readSampleFormat } from "./sample-format.js";
import { decodeSamples, isSupported } from "./samples.js";

/** Radiographs; also OT (other), SC (secondary capture) and files that state none. */
const MODALITIES = new Set(["CR", "DX", "DR", "RG", "OT", "SC", ""]);
const CHEST = /CHEST|THORAX|TORAX|LUNG/;

export interface DicomImage extends Pixels, Noted {}

/** The first frame, windowed and in the standard orientation. */
export async function decodeDicom(file: Uint8Array, bounds: ImageBounds, runtime: ImageRuntime): Promise<DicomImage> {
  return decodeFirstFrame(file, bounds, runtime).catch((error) => {
    // pulmo throws plain Errors. Strings, RangeErrors and others are dicom-parser's, for values outside the file.
    throw error?.constructor === Error ? error : damagedDicom();
  });
}

async function decodeFirstFrame(file: Uint8Array, bounds: ImageBounds, runtime: ImageRuntime): Promise<DicomImage> {
  const { dataSet, bytes, syntax } = readDataSet(file, runtime.inflateRaw);
  checkKind(dataSet);
  if (!isSupported(syntax)) throw new Error(`the transfer syntax ${syntax || "(none)"} is not supported`);
  const notes: string[] = [];
  const frames = dataSet.intString("x00280008") ?? 1;
  if (frames > 1) notes.push(`${frames} frames: only the first one is used`);
  const format = readSampleFormat(dataSet, bounds, notes);
  const words = await decodeSamples(readFirstFrame(dataSet, bytes, format, syntax), format, syntax, runtime);
  const grey = greyOfWords(dataSet, words, format, notes);
  const data = new Uint8Array(words.length);
  for (let i = 0; i < data.length; i++) data[i] = grey[words[i]];
  noteAspect(dataSet, notes);
  const directions = [0, 1].map((i) => word(dataSet, "x00200020", i)).join("\\");
  const upright = turnUpright({ data, width: format.width, height: format.height, channels: 1 }, directions);
  return { ...upright, ...noted(notes) };
}

function checkKind(dataSet: DataSet): void {
  const modality = word(dataSet, "x00080060");
  if (!MODALITIES.has(modality)) throw new Error(`not a radiograph: its modality is ${shown(modality)}`);
  const part = word(dataSet, "x00180015");
  if (part !== "" && !CHEST.test(part)) throw new Error(`not a chest radiograph: its body part is ${shown(part)}`);
  if (!dataSet.elements.x7fe00010) throw new Error("the DICOM file has no pixel data");
  const photometric = word(dataSet, "x00280004");
  if (photometric !== "MONOCHROME1" && photometric !== "MONOCHROME2") {
    throw new Error(`not greyscale: its photometric interpretation is ${shown(photometric) || "missing"}`);
  }
  if ((dataSet.uint16("x00280002") ?? 1) !== 1) throw new Error("not greyscale: it has more than one sample per pixel");
}

const word = (dataSet: DataSet, tag: string, index = 0): string => (dataSet.string(tag, index) ?? "").trim().toUpperCase();

/** At most 16 printable characters, of tags that do not describe a person. */
const shown = (text: string): string => text.replace(/[^\x20-\x7e]/g, "").slice(0, 16);
