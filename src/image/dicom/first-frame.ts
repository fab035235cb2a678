// The bytes of the first frame (PS3.5 A.4): native pixels, or fragments. The data decide between the two, because some programs
// change only one of header and data.
import { concatBytes, hasBytes, viewOf } from "../bytes.js";
import { damagedPixels } from "../faults.js";
import type { DataSet } from "./data-set.js";
import { ITEM, SEQUENCE_DELIMITER, UNDEFINED_LENGTH } from "./elements.js";
import type { SampleFormat } from "./sample-format.js";
import { BIG_ENDIAN, EXPLICIT_LITTLE_ENDIAN, FRAGMENTED, JPEG, JPEG_2000, JPEG_LS, NATIVE, RLE, syntaxName } from "./syntaxes.js";

/** Fewer bytes behind the pixels are padding, even if the image has no more itself. */
const LEAST_FRAME_BYTES = 64;
/** Bounds the memory that fragments take besides their bytes. */
const MAX_FRAGMENTS = 1e5;

export interface Frame {
  bytes: Uint8Array;
  /** Byte order of native 16-bit words. */
  bigEndian: boolean;
  /** Native 8-bit samples are stored in big-endian 16-bit words. */
  swapBytes: boolean;
}

export interface CodedFrame {
  frame: Frame;
  /** Transfer syntax of the frame: what the file states, unless the data show that it is another. */
  syntax: string;
}

/**
 * `syntax` is what the file states. `frames` is their number. Throws an Error if the data fit neither native pixels nor fragments, or
 * if native pixels are so long that rows, columns, bits or frames must be wrong.
 */
export function readFirstFrame(
  { dataSet, bytes, syntax }: { dataSet: DataSet; bytes: Uint8Array; syntax: string },
  format: SampleFormat,
  frames: number,
  notes: string[],
): CodedFrame {
  const { dataOffset, length, vr } = dataSet.elements.x7fe00010;
  const { width, height, allocated } = format;
  const wanted = (width * height * allocated) / 8;
  const bigEndian = syntax === BIG_ENDIAN;
  // The last word of an odd number of swapped bytes is padded.
  const swapBytes = bigEndian && allocated === 8 && vr === "OW";
  const native = (data: Uint8Array, actual: string): CodedFrame => {
    const padded = swapBytes ? wanted + (wanted % 2) : wanted;
    if (data.length < padded) throw damagedPixels();
    return { frame: { bytes: data.subarray(0, padded), bigEndian, swapBytes }, syntax: actual };
  };
  const statesNative = NATIVE.has(syntax) && syntax !== FRAGMENTED;
  if (length !== UNDEFINED_LENGTH) {
    const data = bytes.subarray(dataOffset, dataOffset + length);
    const all = wanted * frames;
    if (statesNative) {
      if (length - all >= Math.max(wanted, LEAST_FRAME_BYTES))
        throw new Error(`its pixel data have ${length} bytes, its rows, columns and bits need only ${all}`);
      if (data.length < Math.min(length, all)) throw damagedPixels();
      if (length > all + 1) notes.push("the pixel data are longer than the image: the rest is ignored");
      return native(data, syntax);
    }
    if (length === all || length === all + (all % 2)) return native(data, EXPLICIT_LITTLE_ENDIAN);
    throw new Error(`its pixel data are not compressed, and too ${length < all ? "short" : "long"} for its rows and columns`);
  }
  const items = readItems(bytes, dataOffset);
  // Some programs leave the offset table out.
  if (codingOf(items[0].data, allocated)) items.unshift({ at: dataOffset, data: bytes.subarray(0, 0) });
  const data = joinFragments(dataSet, items, frames, syntax === RLE);
  if (syntax === FRAGMENTED) return native(data, syntax);
  const coding = codingOf(data, allocated);
  if (statesNative && !coding) {
    if (data.length === wanted || data.length === wanted + (wanted % 2)) return native(data, FRAGMENTED);
    throw new Error(`its pixel data are compressed, but its transfer syntax is ${syntaxName(syntax)}`);
  }
  const isOther = coding !== undefined && syntaxName(coding) !== syntaxName(syntax);
  return { frame: { bytes: data, bigEndian, swapBytes }, syntax: isOther ? coding : syntax };
}

/** The signature box with which a .jp2 begins (T.800 I.5.1). */
const JP2 = Uint8Array.of(0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20);

/** A transfer syntax of the codec whose data begin like this; undefined if none is recognised. */
function codingOf(data: Uint8Array, allocated: number): string | undefined {
  if (hasBytes(data, Uint8Array.of(0xff, 0x4f, 0xff, 0x51)) || hasBytes(data, JP2)) return JPEG_2000;
  if (hasBytes(data, Uint8Array.of(0xff, 0xd8, 0xff))) return hasJpegLsFrame(data) ? JPEG_LS : JPEG;
  const isRle = data.length >= 64 && viewOf(data).getUint32(0, true) === allocated / 8 && viewOf(data).getUint32(4, true) === 64;
  return isRle ? RLE : undefined;
}

/** JPEG-LS has the marker SOF55 (0xfff7) where other JPEG has SOF0 to SOF15. */
function hasJpegLsFrame(data: Uint8Array): boolean {
  for (let at = 2; at + 4 <= data.length && data[at] === 0xff; at += 2 + data[at + 2] * 256 + data[at + 3]) {
    const marker = data[at + 1];
    if (marker === 0xf7) return true;
    if (marker === 0xda || marker === 0xd9) return false;
  }
  return false;
}

/** The fragments of frame 0. If no offset table separates the frames, all fragments: the decoder stops at the end of its image. */
function joinFragments(dataSet: DataSet, items: Item[], frames: number, oneFragment: boolean): Uint8Array {
  const [offsets, ...fragments] = items;
  if (fragments.length === 0) throw damagedPixels();
  if (oneFragment || fragments.length === frames) return fragments[0].data;
  let chosen = fragments;
  const second = offsets.data.length >= 8 ? viewOf(offsets.data).getUint32(4, true) : extendedOffset(dataSet);
  if (frames > 1 && second !== undefined) {
    const base = fragments[0].at;
    chosen = fragments.filter(({ at }) => at - base < second);
  }
  return chosen.length === 1 ? chosen[0].data : concatBytes(chosen.map(({ data }) => data));
}

/** The second frame's offset in the Extended Offset Table (PS3.3 C.7.6.3.1.8), of 64-bit numbers; undefined if there is none. */
function extendedOffset(dataSet: DataSet): number | undefined {
  const [low, high] = [2, 3].map((word) => dataSet.uint32("x7fe00001", word));
  return high === 0 ? low : undefined;
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
    if (tag === SEQUENCE_DELIMITER) break;
    const length = view.getUint32(at + 4, true);
    if (tag !== ITEM || found.length > MAX_FRAGMENTS || at + 8 + length > bytes.length) throw damagedPixels();
    found.push({ at, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 8 + length;
  }
  if (found.length === 0) throw damagedPixels();
  return found;
}
