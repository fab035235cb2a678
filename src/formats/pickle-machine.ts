// The stack, the memo and the input of the unpickler. Every length is checked against the file.

import { FormatError } from "../core/tensors.js";

const MARK = Symbol("mark");
/** The longest integer, in bytes: reading one takes time quadratic in its length. */
const LONGEST_INTEGER = 1024;
const LONGEST_LINE = 1000;
/** Strings beside the weights may hold anything: what is not UTF-8 is replaced. */
const decoder = new TextDecoder("utf-8");

export class Machine {
  readonly stack: unknown[] = [];
  readonly memo = new Map<number, unknown>();
  #left: number;
  readonly #view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    public at: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#left = 2 * bytes.length;
  }

  /** Each list item needs one byte of the file, and each list or byte string is used once, or twice if it is kept as text; otherwise a small file could make large data. */
  spend(items: number): void {
    this.#left -= items;
    if (this.#left < 0) throw new FormatError("its pickle uses the same list or bytes too often");
  }

  /** Skips `count` bytes and returns their start. */
  take(count: number): number {
    const from = this.at;
    if (count < 0 || count > this.bytes.length - from) throw new FormatError("its pickle is cut off");
    this.at += count;
    return from;
  }

  u8 = () => this.bytes[this.take(1)];
  u16 = () => this.#view.getUint16(this.take(2), true);
  i32 = () => this.#view.getInt32(this.take(4), true);
  u32 = () => this.#view.getUint32(this.take(4), true);
  /** Above 2^53 it is inexact, and longer than any file. */
  u64 = () => Number(this.#view.getBigUint64(this.take(8), true));
  f64 = () => this.#view.getFloat64(this.take(8), false);

  raw(length: number): Uint8Array {
    const from = this.take(length);
    return this.bytes.subarray(from, from + length);
  }

  text = (length: number): string => decoder.decode(this.raw(length));

  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) throw new FormatError("its pickle is cut off");
    if (end - this.at > LONGEST_LINE)
      throw new FormatError("its pickle holds a long line, as protocol 0 writes: use protocol 2 or newer");
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }

  /** A little-endian integer in two's complement; a bigint if it has more than 53 bits. */
  long(length: number): number | bigint {
    const from = this.take(length);
    if (length > LONGEST_INTEGER) throw new FormatError(`its pickle holds a number of ${length} bytes`);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[from + i]);
    if (length > 0 && this.bytes[from + length - 1] >= 128) value -= 1n << BigInt(8 * length);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  push = (value: unknown): void => void this.stack.push(value);
  mark = (): void => this.push(MARK);
  top = (): unknown => this.stack.at(-1);

  pop(): unknown {
    if (this.stack.length === 0) throw new FormatError("its pickle takes more from the stack than is there");
    const value = this.stack.pop();
    if (value === MARK) throw new FormatError("its pickle misplaces a mark");
    return value;
  }

  popAny(): void {
    if (this.stack.length > 0 && this.top() === MARK) this.stack.pop();
    else this.pop();
  }

  popToMark(): unknown[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) throw new FormatError("its pickle lacks a mark");
    const values = this.stack.slice(mark + 1);
    this.stack.length = mark;
    return values;
  }

  recall(key: number): void {
    if (!this.memo.has(key)) throw new FormatError("its pickle recalls what it has not kept");
    this.push(this.memo.get(key));
  }
}
