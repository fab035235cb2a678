// Reads the codes of a sequential scan (ITU T.81, annex F) without decoding: libjpeg fills what is missing and skips what is too much.
import { damagedImage } from "../faults.js";
import type { Huffman, Tables } from "./headers.js";
import { type Component, MARKER } from "./markers.js";

/** A component of a scan, and the numbers of its tables. */
export interface Scanned extends Component {
  dc: number;
  ac: number;
}

export interface SequentialScan {
  /** The entropy-coded data. */
  data: Uint8Array;
  scanned: Scanned[];
  /** The image's edges, and its largest sampling factors. */
  width: number;
  height: number;
  most: { across: number; down: number };
  tables: Pick<Tables, "dc" | "ac" | "restart">;
}

/** Throws if the data are not exactly the codes of all blocks, with restart markers where they are due. */
export function checkSequential({ data, scanned, width, height, most, tables }: SequentialScan): void {
  const { dc, ac, restart } = tables;
  const blocks = scanned.flatMap((component) => {
    const [means, rest] = [dc[component.dc], ac[component.ac]];
    if (!means || !rest) throw damagedImage();
    // A component alone in its scan has one block per MCU.
    const count = scanned.length === 1 ? 1 : component.across * component.down;
    return Array.from({ length: count }, () => ({ means, rest }));
  });
  let left = mcusOf(scanned, width, height, most);
  const interval = restart || left;
  for (const piece of restartPieces(data)) {
    checkPiece(piece, blocks, Math.min(interval, left));
    left -= Math.min(interval, left);
  }
  if (left > 0) throw damagedImage();
}

/** Zeros behind the bytes of a piece: a code and the number after it are read as one word. */
const MARGIN = 4;

/** The data between restart markers, whose numbers count from 0 to 7 again and again. 0xff00 in the data means 0xff. */
function* restartPieces(data: Uint8Array): Generator<Uint8Array, void> {
  const piece = new Uint8Array(data.length + MARGIN);
  let [from, to, restarts] = [0, 0, 0];
  for (let at = data.indexOf(0xff); at >= 0; at = data.indexOf(0xff, at + 1)) {
    const next = data[at + 1];
    const isData = next === 0;
    piece.set(data.subarray(from, isData ? at + 1 : at), to);
    to += (isData ? at + 1 : at) - from;
    from = at + 1;
    if (isData) from = at + 2;
    else if (next >= MARKER.RST0 && next <= MARKER.RST7) {
      if (next !== MARKER.RST0 + (restarts++ % 8)) throw damagedImage();
      yield ended(piece, to);
      to = 0;
      from = at + 2;
    }
  }
  piece.set(data.subarray(from), to);
  yield ended(piece, to + data.length - from);
}

const ended = (piece: Uint8Array, length: number): Uint8Array => piece.subarray(0, length + MARGIN).fill(0, length);

/** Throws unless the codes of `mcus` MCUs end in the last byte of the piece. */
function checkPiece(piece: Uint8Array, blocks: { means: Huffman; rest: Huffman }[], mcus: number): void {
  const end = 8 * (piece.length - MARGIN);
  let at = 0;
  for (let mcu = 0; mcu < mcus; mcu++) {
    for (const { means, rest } of blocks) {
      const mean = codeAt(piece, at, means);
      at += (mean >> 8) + (mean & 255);
      for (let k = 1; k < 64; k++) {
        const code = codeAt(piece, at, rest);
        const size = code & 15;
        const run = (code >> 4) & 15;
        at += (code >> 8) + size;
        if (size === 0 && run < 15) break;
        k += run;
        if (k > 63) throw damagedImage();
      }
      if (at > end) throw damagedImage();
    }
  }
  if (mcus === 0 || end - at >= 8) throw damagedImage();
}

/** The code at bit `at`: 256 times its length, plus its symbol. */
function codeAt(bytes: Uint8Array, at: number, { quick, largest, offset, symbols }: Huffman): number {
  const place = at >> 3;
  const bits = (((bytes[place] << 16) | (bytes[place + 1] << 8) | bytes[place + 2]) >> (8 - (at & 7))) & 0xffff;
  const found = quick[bits >> 8];
  if (found > 0) return found;
  for (let length = 9; length <= 16; length++) {
    const code = bits >> (16 - length);
    if (code <= largest[length]) return (length << 8) | symbols[code + offset[length]];
  }
  throw damagedImage();
}

/** T.81 A.2: an interleaved MCU covers 8 x 8 pixels times the largest factors; alone, a component is padded to whole blocks. */
function mcusOf(scanned: Scanned[], width: number, height: number, most: { across: number; down: number }): number {
  if (scanned.length > 1) return Math.ceil(width / (8 * most.across)) * Math.ceil(height / (8 * most.down));
  const [{ across, down }] = scanned;
  const edge = (length: number, factor: number, largest: number) => Math.ceil(Math.ceil((length * factor) / largest) / 8);
  return edge(width, across, most.across) * edge(height, down, most.down);
}
