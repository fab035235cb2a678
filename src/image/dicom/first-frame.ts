// The bytes of the first frame (PS3.5 A.4): native pixels, or fragments.
import type { DataSet } from "dicom-parser";
import { concatBytes, viewOf } from "../bytes.js";
import { damagedPixels } from "../faults.js";
import type { SampleFormat } from "./sample-format.js";
import { BIG_ENDIAN, NATIVE, RLE } from "./syntaxes.js";

const UNDEFINED_LENGTH = 0xffffffff;
const ITEM = 0xfffee000;
const DELIMITER = 0xfffee0dd;
/** Bounds the memory that fragments take besides their bytes. */
const MAX_FRAGMENTS = 1e5;

export interface Frame {
  bytes: Uint8Array;
  /** Byte order of native 16-bit words. */
  bigEndian: boolean;
  /** Native 8-bit samples are stored in big-endian 16-bit words. */
  swapBytes: boolean;
}

export function readFirstFrame(dataSet: DataSet, bytes: Uint8Array, format: SampleFormat, syntax: string): Frame {
  const { dataOffset, length, vr } = dataSet.elements.x7fe00010;
  const bigEndian = syntax === BIG_ENDIAN;
  if (NATIVE.has(syntax)) {
    const { width, height, allocated } = format;
    const wanted = (width * height * allocated) / 8;
    // The last word of an odd number of swapped bytes is padded.
    const swapBytes = bigEndian && allocated === 8 && vr === "OW";
    const padded = swapBytes ? wanted + (wanted % 2) : wanted;
    if (length === UNDEFINED_LENGTH || length < padded || dataOffset + padded > bytes.length) throw damagedPixels();
    return { bytes: bytes.subarray(dataOffset, dataOffset + padded), bigEndian, swapBytes };
  }
  if (length !== UNDEFINED_LENGTH) throw damagedPixels();
  const frames = dataSet.intString("x00280008") ?? 1;
  return { bytes: joinFragments(bytes, dataOffset, frames, syntax === RLE), bigEndian, swapBytes: false };
}

/** The fragments of frame 0. If no offset table separates the frames, all fragments: the decoder stops at the end of its image. */
function joinFragments(bytes: Uint8Array, start: number, frames: number, oneFragment: boolean): Uint8Array {
  const [offsets, ...fragments] = readItems(bytes, start);
  if (fragments.length === 0) throw damagedPixels();
  if (oneFragment || fragments.length === frames) return fragments[0].data;
  let chosen = fragments;
  if (frames > 1 && offsets.data.length >= 8) {
    const base = fragments[0].at;
    const end = viewOf(offsets.data).getUint32(4, true);
    chosen = fragments.filter(({ at }) => at - base < end);
  }
  return chosen.length === 1 ? chosen[0].data : concatBytes(chosen.map(({ data }) => data));
}

interface Item {
  at: number;
  data: Uint8Array;
}

/** The offset table, which may be empty, then the fragments. The delimiter may be missing at the end of the file. */
function readItems(bytes: Uint8Array, start: number): Item[] {
  const found: Item[] = [];
  const view = viewOf(bytes);
  for (let at = start; at + 8 <= bytes.length; ) {
    const tag = view.getUint16(at, true) * 0x10000 + view.getUint16(at + 2, true);
    if (tag === DELIMITER) break;
    const length = view.getUint32(at + 4, true);
    if (tag !== ITEM || found.length > MAX_FRAGMENTS || at + 8 + length > bytes.length) throw damagedPixels();
    found.push({ at, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 8 + length;
  }
  if (found.length === 0) throw damagedPixels();
  return found;
}
