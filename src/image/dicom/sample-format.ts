import type { DataSet } from "dicom-parser";
import { checkSize, type ImageBounds } from "../bounds.js";

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

export function readSampleFormat(dataSet: DataSet, bounds: ImageBounds): SampleFormat {
  const [height, width, allocated] = ["x00280010", "x00280011", "x00280100"].map((tag) => dataSet.uint16(tag) ?? 0);
  const stored = dataSet.uint16("x00280101") ?? allocated;
  const highBit = dataSet.uint16("x00280102") ?? stored - 1;
  if (width < 1 || height < 1) throw new Error("the DICOM file does not state its rows and columns");
  checkSize(width, height, bounds);
  if (allocated !== 8 && allocated !== 16) throw new Error(`${allocated} bits allocated per sample are not supported`);
  if (stored < 1 || highBit >= allocated || highBit + 1 < stored) {
    throw new Error("the DICOM file's bits per sample contradict each other");
  }
  return { width, height, allocated, stored, highBit, signed: dataSet.uint16("x00280103") === 1 };
}
