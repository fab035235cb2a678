// Headers and Huffman codes of a JPEG (ITU T.81): for the processes that DICOM has and 8-bit decoders lack (12-bit DCT and lossless),
// and for checking scans.
import { damagedImage } from "../faults.js";
import { type FrameHeader, MARKER, readFrameHeader, type Segment, segmentsToScan, startsFrame, word } from "./markers.js";

const PROCESSES = { 192: "dct", 193: "dct", 194: "other", 195: "lossless" } as const;

/** Codes of at most 8 bits are found by one look-up, longer ones by comparing with the largest code of each length. */
export interface Huffman {
  /** By the next 8 bits: length * 256 + symbol, or 0 if the code is longer. */
  quick: Uint16Array;
  /** By length; -1 if there is no code. */
  largest: Int32Array;
  /** By length: index of the first symbol minus the first code. */
  offset: Int32Array;
  symbols: Uint8Array;
}

/** The tables of a JPEG, by their numbers. */
export interface Tables {
  dc: Huffman[];
  ac: Huffman[];
  /** In zigzag order. */
  quantization: Uint16Array[];
  /** Blocks or samples between restart markers; 0: none. */
  restart: number;
}

interface Frame extends FrameHeader {
  process: (typeof PROCESSES)[keyof typeof PROCESSES];
  /** Number of the component's quantization table. */
  quantizer: number;
}

/** Numbers of its tables; first and last coefficient (lossless: predictor and 0), point transform, offset of its data. */
interface Scan {
  dc: number;
  ac: number;
  first: number;
  last: number;
  shift: number;
  start: number;
}

export interface Jpeg extends Tables, Frame {
  /** The first scan. */
  scan: Scan;
  bytes: Uint8Array;
}

export const unsupportedProcess = () => new Error("the JPEG's process is not supported");

/** Everything before the entropy-coded data of the first scan. */
export function readJpeg(bytes: Uint8Array): Jpeg {
  const tables: Tables = { dc: [], ac: [], quantization: [], restart: 0 };
  let frame: Frame | undefined;
  let scan: Scan | undefined;
  for (const segment of segmentsToScan(bytes)) {
    const { marker, body } = segment;
    if (marker === MARKER.DHT) readHuffmans(body, tables);
    else if (marker === MARKER.DQT) readQuantization(body, tables.quantization);
    else if (marker === MARKER.DRI && body.length >= 2) tables.restart = word(body, 0);
    else if (marker === MARKER.SOS) scan = readScan(segment);
    else if (startsFrame(marker)) {
      if (frame) throw damagedImage();
      frame = readFrame(segment);
    }
  }
  if (!frame || !scan) throw damagedImage();
  return { ...tables, ...frame, scan, bytes };
}

function readFrame({ marker, body }: Segment): Frame {
  if (!(marker in PROCESSES)) throw unsupportedProcess();
  if (body.length < 9) throw damagedImage();
  return { ...readFrameHeader(body), process: PROCESSES[marker as keyof typeof PROCESSES], quantizer: body[8] };
}

function readScan({ body, end }: Segment): Scan {
  if (body[0] !== 1 || body.length < 6) throw new Error("not greyscale: its JPEG has several components");
  return { dc: body[2] >> 4, ac: body[2] & 15, first: body[3], last: body[4], shift: body[5] & 15, start: end };
}

function readQuantization(body: Uint8Array, tables: Uint16Array[]): void {
  for (let at = 0; at < body.length; ) {
    const entryBytes = body[at] >> 4 ? 2 : 1;
    const entries = at + 1;
    if (entries + 64 * entryBytes > body.length) throw damagedImage();
    tables[body[at] & 3] = Uint16Array.from({ length: 64 }, (_, i) =>
      entryBytes === 2 ? word(body, entries + 2 * i) : body[entries + i],
    );
    at = entries + 64 * entryBytes;
  }
}

export function readHuffmans(body: Uint8Array, { dc, ac }: Tables): void {
  for (let at = 0; at < body.length; ) {
    const counts = body.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, n) => sum + n, 0);
    if (counts.length < 16 || at + 17 + total > body.length) throw damagedImage();
    (body[at] >> 4 ? ac : dc)[body[at] & 3] = huffman(counts, body.subarray(at + 17, at + 17 + total));
    at += 17 + total;
  }
}

/** T.81 annex C: codes of one length count up; the first code of the next length is twice the one after the last. */
function huffman(counts: Uint8Array, symbols: Uint8Array): Huffman {
  const table = { quick: new Uint16Array(256), largest: new Int32Array(17).fill(-1), offset: new Int32Array(17), symbols };
  let [code, index] = [0, 0];
  for (let length = 1; length <= 16; length++) {
    table.offset[length] = index - code;
    for (let i = 0; i < counts[length - 1]; i++, code++, index++) {
      if (code >= 2 ** length) throw damagedImage();
      const from = code << (8 - length);
      if (length <= 8) table.quick.fill((length << 8) | symbols[index], from, from + 2 ** (8 - length));
      table.largest[length] = code;
    }
    code *= 2;
  }
  return table;
}
