import { damagedJpeg, type Huffman } from "./jpeg-headers.js";

/** Reads the bits of a scan: 0xff00 stands for 0xff; a marker or the file's end is followed by zeros that nobody may use. */
export class BitReader {
  #bits = 0;
  #count = 0;
  #zeros = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
  ) {}

  /** At least 16 bits, or 25, lie ready afterwards. */
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
    if (this.#count < this.#zeros) throw damagedJpeg();
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
    throw damagedJpeg();
  }

  /** T.81 F.2.2.1, EXTEND: `size` bits (0 to 16), of which those with a leading 0 stand for negative numbers. */
  signed(size: number): number {
    if (size === 0) return 0;
    this.#fill();
    const bits = (this.#bits >> (this.#count - size)) & (2 ** size - 1);
    this.#drop(size);
    return bits < 2 ** (size - 1) ? bits - 2 ** size + 1 : bits;
  }

  /** Drops the bits that fill up the last byte and passes the restart marker. */
  restart(): void {
    // Whole bytes that were read ahead would be data behind the last sample.
    if (this.#count - this.#zeros >= 8) throw damagedJpeg();
    this.#bits = this.#count = this.#zeros = 0;
    while (this.bytes[this.at] === 0xff && this.bytes[this.at + 1] === 0xff) this.at++;
    const marker = this.bytes[this.at + 1];
    if (this.bytes[this.at] !== 0xff || marker === undefined || marker < 0xd0 || marker > 0xd7) throw damagedJpeg();
    this.at += 2;
  }
}
