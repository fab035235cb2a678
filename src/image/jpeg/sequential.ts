// Reads the codes of a sequential scan (ITU T.81, annex F) without decoding: libjpeg fills what is missing and skips what is too much.
import { damagedImage } from "../faults.js";
import { BitReader } from "./bits.js";
import type { Huffman, Tables } from "./headers.js";
import type { Component } from "./markers.js";

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
    return Array.from({ length: count }, () => [means, rest]);
  });
  const reader = new BitReader(data, 0);
  const count = mcusOf(scanned, width, height, most);
  for (let mcu = 0; mcu < count; mcu++) {
    if (restart > 0 && mcu > 0 && mcu % restart === 0) reader.restart();
    for (const [means, rest] of blocks) readBlock(reader, means, rest);
  }
  reader.endOfData();
}

/** T.81 A.2: an interleaved MCU covers 8 x 8 pixels times the largest factors; alone, a component is padded to whole blocks. */
function mcusOf(scanned: Scanned[], width: number, height: number, most: { across: number; down: number }): number {
  if (scanned.length > 1) return Math.ceil(width / (8 * most.across)) * Math.ceil(height / (8 * most.down));
  const [{ across, down }] = scanned;
  const edge = (length: number, factor: number, largest: number) => Math.ceil(Math.ceil((length * factor) / largest) / 8);
  return edge(width, across, most.across) * edge(height, down, most.down);
}

function readBlock(reader: BitReader, means: Huffman, rest: Huffman): void {
  const size = reader.symbol(means);
  if (size > 11) throw damagedImage();
  reader.skip(size);
  for (let k = 1; k < 64; k++) {
    const symbol = reader.symbol(rest);
    const [run, bits] = [symbol >> 4, symbol & 15];
    if (bits === 0 && run < 15) return;
    k += run;
    if (k > 63) throw damagedImage();
    reader.skip(bits);
  }
}
