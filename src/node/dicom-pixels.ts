// Where the first frame's bytes lie (PS3.5 A.4: native, or in fragments).
import type { DataSet } from "dicom-parser";
import type { SampleFormat } from "./dicom.js";
import { BIG_ENDIAN, NATIVE, RLE } from "./dicom-codecs.js";
import { damagedPixels } from "./dicom-faults.js";

const UNDEFINED = 0xffffffff;
const ITEM = 0xfffee000;
const DELIMITER = 0xfffee0dd;
/** A bound on what fragments cost beside their bytes. */
const MAX_FRAGMENTS = 1e5;

export interface Frame {
  bytes: Buffer;
  /** Native words are stored in this order; 8-bit samples in 16-bit words are swapped by it too. */
  bigEndian: boolean;
  swapBytes: boolean;
}

export function pixelData(dataSet: DataSet, bytes: Buffer, format: SampleFormat, syntax: string): Frame {
  const { dataOffset, length, vr } = dataSet.elements.x7fe00010;
  const bigEndian = syntax === BIG_ENDIAN;
  if (NATIVE.has(syntax)) {
    const { width, height, allocated } = format;
    const wanted = (width * height * allocated) / 8;
    // Swapped bytes come in pairs: the last word of an odd number of samples is whole.
    const swapBytes = bigEndian && allocated === 8 && vr === "OW";
    const padded = swapBytes ? wanted + (wanted % 2) : wanted;
    if (length === UNDEFINED || length < padded || dataOffset + padded > bytes.length) throw damagedPixels();
    return { bytes: bytes.subarray(dataOffset, dataOffset + padded), bigEndian, swapBytes };
  }
  if (length !== UNDEFINED) throw damagedPixels();
  const frames = dataSet.intString("x00280008") ?? 1;
  return { bytes: firstFrame(bytes, dataOffset, frames, syntax === RLE), bigEndian, swapBytes: false };
}

/** The fragments of frame 0. Without a table of offsets all of them go to the decoder, which stops at its end of image. */
function firstFrame(bytes: Buffer, start: number, frames: number, oneFragment: boolean): Buffer {
  const [table, ...fragments] = items(bytes, start);
  if (fragments.length === 0) throw damagedPixels();
  if (oneFragment || fragments.length === frames) return fragments[0].data;
  let chosen = fragments;
  if (frames > 1 && table.data.length >= 8) {
    const base = fragments[0].at;
    const end = table.data.readUInt32LE(4);
    chosen = fragments.filter(({ at }) => at - base < end);
  }
  return chosen.length === 1 ? chosen[0].data : Buffer.concat(chosen.map(({ data }) => data));
}

/** The table of offsets (which may be empty), then the fragments; a missing delimiter at the file's end is forgiven. */
function items(bytes: Buffer, start: number): { at: number; data: Buffer }[] {
  const found: { at: number; data: Buffer }[] = [];
  for (let at = start; at + 8 <= bytes.length; ) {
    const tag = bytes.readUInt16LE(at) * 0x10000 + bytes.readUInt16LE(at + 2);
    if (tag === DELIMITER) break;
    const length = bytes.readUInt32LE(at + 4);
    if (tag !== ITEM || found.length > MAX_FRAGMENTS || at + 8 + length > bytes.length) throw damagedPixels();
    found.push({ at, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 8 + length;
  }
  if (found.length === 0) throw damagedPixels();
  return found;
}
