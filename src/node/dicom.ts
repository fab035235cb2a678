// DICOM radiographs: a file's bytes in, 8-bit grey out. What identifies a patient is neither read nor put into a message.
import type { DataSet } from "dicom-parser";
import { checkSize, type ImageBounds } from "../core/image-bounds.js";
import type { Pixels } from "../core/resize.js";
import { decodeSamples, isSupported } from "./dicom-codecs.js";
import { turnUpright } from "./dicom-orientation.js";
import { readDataSet } from "./dicom-parse.js";
import { pixelData } from "./dicom-pixels.js";
import { greyOfCodes } from "./dicom-window.js";

/** How the samples of an image lie, by the Image Pixel module (PS3.3 C.7.6.3). */
export interface SampleFormat {
  width: number;
  height: number;
  /** Bits a sample takes in the file: 8 or 16. */
  allocated: number;
  /** Bits that count of them, their highest bit, and whether they are a two's complement. */
  stored: number;
  highBit: number;
  signed: boolean;
}

/** Radiographs, and what stands in files that were secondarily captured or tell nothing. */
const MODALITIES = new Set(["CR", "DX", "DR", "RG", "OT", "SC", ""]);
const CHEST = /CHEST|THORAX|TORAX|LUNG/;

/** The first frame, windowed (dicom-window), its patient's left on the right and feet below where the file tells directions. */
export async function decodeDicom(file: Buffer, bounds: ImageBounds): Promise<Pixels & { frames: number }> {
  return decodeFirstFrame(file, bounds).catch((error) => {
    // A refusal is an Error as such; strings, RangeErrors and the like are the parser's, where a value lies outside the file.
    throw error?.constructor === Error ? error : new Error("the DICOM data are damaged or cut short");
  });
}

async function decodeFirstFrame(file: Buffer, bounds: ImageBounds): Promise<Pixels & { frames: number }> {
  const { dataSet, bytes, syntax } = readDataSet(file);
  checkKind(dataSet);
  if (!isSupported(syntax)) throw new Error(`the transfer syntax ${syntax || "(none)"} is not supported`);
  const format = sampleFormat(dataSet, bounds);
  const frame = pixelData(dataSet, bytes, format, syntax);
  const samples = await decodeSamples(frame, format, syntax);

  const code = 2 ** format.stored - 1;
  const shift = format.highBit + 1 - format.stored;
  for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] >> shift) & code;
  const grey = greyOfCodes(dataSet, samples, format);
  const data = new Uint8Array(samples.length);
  for (let i = 0; i < data.length; i++) data[i] = grey[samples[i]];
  const directions = [0, 1].map((i) => word(dataSet, "x00200020", i)).join("\\");
  const upright = turnUpright({ data, width: format.width, height: format.height, channels: 1 }, directions);
  return { ...upright, frames: dataSet.intString("x00280008") ?? 1 };
}

function checkKind(dataSet: DataSet): void {
  const modality = word(dataSet, "x00080060");
  if (!MODALITIES.has(modality)) throw new Error(`no radiograph: its modality is ${shown(modality)}`);
  const part = word(dataSet, "x00180015");
  if (part !== "" && !CHEST.test(part)) throw new Error(`no radiograph of the chest: its body part is ${shown(part)}`);
  if (!dataSet.elements.x7fe00010) throw new Error("the DICOM file has no pixel data");
  const photometric = word(dataSet, "x00280004");
  if (photometric !== "MONOCHROME1" && photometric !== "MONOCHROME2") {
    throw new Error(`not greyscale: its photometric interpretation is ${shown(photometric) || "not given"}`);
  }
  if ((dataSet.uint16("x00280002") ?? 1) !== 1) throw new Error("not greyscale: it has more than one sample per pixel");
}

function sampleFormat(dataSet: DataSet, bounds: ImageBounds): SampleFormat {
  const [height, width, allocated] = ["x00280010", "x00280011", "x00280100"].map((tag) => dataSet.uint16(tag) ?? 0);
  const stored = dataSet.uint16("x00280101") ?? allocated;
  const highBit = dataSet.uint16("x00280102") ?? stored - 1;
  if (width < 1 || height < 1) throw new Error("the DICOM file does not tell its rows and columns");
  checkSize(width, height, bounds);
  if (allocated !== 8 && allocated !== 16) throw new Error(`${allocated} bits allocated per sample are not supported`);
  if (stored < 1 || highBit >= allocated || highBit + 1 < stored) throw new Error("the DICOM file's bits per sample contradict");
  return { width, height, allocated, stored, highBit, signed: dataSet.uint16("x00280103") === 1 };
}

const word = (dataSet: DataSet, tag: string, index = 0): string => (dataSet.string(tag, index) ?? "").trim().toUpperCase();

/** At most 16 printable characters of a tag that says nothing about a person. */
const shown = (text: string): string => text.replace(/[^\x20-\x7e]/g, "").slice(0, 16);
