import { damagedImage } from "../faults.js";
import type { Huffman } from "./headers.js";

/**
 * Reads the bits of a scan, where 0xff00 means 0xff. After a marker or the end of the file it reads zeros; a code that uses one of
 * them is an error.
 */
export class BitReader {
  #bits = 0;
  #count = 0;
  #zeros = 0;
  #restarts = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
  ) {}

  /** Makes at least 17 bits available, at most 24. */
  #fill(): void {
    while (this.#count <= 16) {
      const byte = this.bytes[this.at];
      const ended = byte === undefined || (byte === 0xff && this.bytes[this.at + 1] !== 0);
      if (ended) this.#zeros += 8;
      else this.at += byte === 0xff ? 2 : 1;
      this.#bits = ((this.#bits << 8) | (ended ? 0 : byte)) & 0xffffff;
      this.#count += 8;
    }
  }

  #drop(length: number): void {
    this.#count -= length;
    if (this.#count < this.#zeros) throw damagedImage();
  }

  symbol(table: Huffman): number {
    this.#fill();
    const quick = table.quick[(this.#bits >> (this.#count - 8)) & 255];
    if (quick > 0) {
      this.#drop(quick >> 8);
      return quick & 255;
    }
    for (let length = 9; length <= 16; length++) {
      const code = (this.#bits >> (this.#count - length)) & (2 ** length - 1);
      if (code <= table.largest[length]) {
        this.#drop(length);
        return table.symbols[code + table.offset[length]];
      }
    }
    throw damagedImage();
  }

  /** T.81 F.2.2.1, EXTEND: a number of `size` bits (0 to 16), negative if its first bit is 0. */
  signed(size: number): number {
    if (size === 0) return 0;
    this.#fill();
    const bits = (this.#bits >> (this.#count - size)) & (2 ** size - 1);
    this.#drop(size);
    return bits < 2 ** (size - 1) ? bits - 2 ** size + 1 : bits;
  }

  /**
   * After the last sample: the padding of its byte, then a marker or the end. Throws if data are left over, which a stream has that
   * was cut and filled, or lacks a part in its middle. DICOM appends a byte to odd lengths.
   */
  end(): void {
    const unread = (this.#count - this.#zeros) >> 3;
    const atMarker = this.bytes[this.at] === 0xff && this.bytes[this.at + 1] !== 0;
    const left = unread + (atMarker ? 0 : this.bytes.length - this.at);
    // The last bits of a scan are ones (T.81 F.1.2.3), so that zeros without a marker are the filling of a cut file.
    const filled = !atMarker && this.bytes.subarray(-3).every((byte) => byte === 0);
    if (left > (atMarker ? 0 : 1) || filled) throw damagedImage();
  }

  /** Drops the padding of the last byte and skips the restart marker. Their numbers count from 0 to 7, again and again. */
  restart(): void {
    // A whole byte left over would be data after the last sample.
    if (this.#count - this.#zeros >= 8) throw damagedImage();
    this.#bits = this.#count = this.#zeros = 0;
    while (this.bytes[this.at] === 0xff && this.bytes[this.at + 1] === 0xff) this.at++;
    if (this.bytes[this.at] !== 0xff || this.bytes[this.at + 1] !== 0xd0 + (this.#restarts++ % 8)) throw damagedImage();
    this.at += 2;
  }
}
