import { checkSize, type ImageBounds } from "../bounds.js";
import type { DataSet } from "./data-set.js";

/** Layout of an image's samples, by the Image Pixel module (PS3.3 C.7.6.3). */
export interface SampleFormat {
  width: number;
  height: number;
  /** Bits per sample in the file: 8 or 16. */
  allocated: number;
  /** Bits of them that are used, the highest one used, and whether they are two's complement. */
  stored: number;
  highBit: number;
  signed: boolean;
}

export function readSampleFormat(dataSet: DataSet, bounds: ImageBounds, notes: string[]): SampleFormat {
  const [height, width, allocated] = ["x00280010", "x00280011", "x00280100"].map((tag) => dataSet.uint16(tag) ?? 0);
  if (width < 1 || height < 1) throw new Error("the DICOM file does not state its rows and columns");
  checkSize(width, height, bounds);
  if (allocated !== 8 && allocated !== 16) throw new Error(`${allocated} bits allocated per sample are not supported`);
  const stated = dataSet.uint16("x00280101");
  const representation = dataSet.uint16("x00280103");
  if (stated === undefined) notes.push(`BitsStored is missing: ${allocated} was assumed`);
  if (representation === undefined) notes.push("PixelRepresentation is missing: unsigned was assumed");
  const stored = stated ?? allocated;
  const highBit = dataSet.uint16("x00280102") ?? stored - 1;
  if (stored < 1 || highBit >= allocated || highBit + 1 < stored || (representation ?? 0) > 1) {
    throw new Error("the DICOM file's bits per sample contradict each other");
  }
  return { width, height, allocated, stored, highBit, signed: representation === 1 };
}

/** The number that a word of the pixel data stands for: its stored bits, two's complement if they are signed. */
export function storedValue(word: number, { stored, highBit, signed }: SampleFormat): number {
  const bits = (word >> (highBit + 1 - stored)) & (2 ** stored - 1);
  return signed && bits >= 2 ** (stored - 1) ? bits - 2 ** stored : bits;
}
