// A restricted unpickler for protocols up to 2, which torch.save writes. It reads values, lists and dictionaries. A file may import
// or call only what the caller allows; otherwise it is refused, and the message gives the name. No code of the file is run.
//
// Opcodes: Python's Lib/pickletools.py.

import { FormatError } from "../core/tensors.js";

/** What a file may call: a function of values that are already built. */
export type Constructor = (args: unknown[]) => unknown;

export interface Rules {
  /** For `import module; module.name`. Undefined: the file is refused. */
  find(module: string, name: string): Constructor | undefined;
  /** For a reference to something outside the pickle. */
  persistent(id: unknown): unknown;
}

export interface Unpickled {
  value: unknown;
  /** The place after the pickle. */
  end: number;
}

const MARK = Symbol("mark");
const MAX_OPERATIONS = 10_000_000;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A function that the file has named and not yet called. */
class Named {
  constructor(readonly build: Constructor) {}
}

class Machine {
  readonly stack: unknown[] = [];
  readonly memo = new Map<number, unknown>();
  #left: number;
  readonly #view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    public at: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#left = bytes.length;
  }

  /** Each list item needs one byte of the file, and each list is used once; otherwise a small file could make large data. */
  spend(items: number): void {
    this.#left -= items;
    if (this.#left < 0) throw new FormatError("its pickle uses the same list too often");
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
  f64 = () => this.#view.getFloat64(this.take(8), false);

  text(length: number): string {
    const from = this.take(length);
    try {
      return decoder.decode(this.bytes.subarray(from, from + length));
    } catch {
      throw new FormatError("its pickle holds a string that is not UTF-8");
    }
  }

  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0 || end - this.at > 1000) throw new FormatError("its pickle is cut off");
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }

  /** A little-endian integer in two's complement, of any length; a bigint if it has more than 53 bits. */
  long(length: number): number | bigint {
    const from = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[from + i]);
    if (length > 0 && this.bytes[from + length - 1] >= 128) value -= 1n << BigInt(8 * length);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  pop(): unknown {
    if (this.stack.length === 0) throw new FormatError("its pickle takes more from the stack than is there");
    const value = this.stack.pop();
    if (value === MARK) throw new FormatError("its pickle misplaces a mark");
    return value;
  }

  top = (): unknown => this.stack.at(-1);

  popToMark(): unknown[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) throw new FormatError("its pickle lacks a mark");
    const values = this.stack.slice(mark + 1);
    this.stack.length = mark;
    return values;
  }

  push = (value: unknown): void => void this.stack.push(value);

  recall(key: number): void {
    if (!this.memo.has(key)) throw new FormatError("its pickle recalls what it has not kept");
    this.push(this.memo.get(key));
  }
}

type Operation = (m: Machine, rules: Rules) => void;

function setItems(target: unknown, items: unknown[]): void {
  if (!(target instanceof Map) || items.length % 2 !== 0) throw new FormatError("its pickle fills what is not a dictionary");
  for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
}

function append(target: unknown, items: unknown[]): void {
  if (!Array.isArray(target)) throw new FormatError("its pickle appends to what is not a list");
  for (const item of items) target.push(item);
}

function tuple(m: Machine, length: number): void {
  m.push(Array.from({ length }, () => m.pop()).reverse());
}

/** By opcode. Other opcodes are refused, and the message gives the number. */
const OPERATIONS: Record<string, Operation> = {
  "\x80": (m) => {
    if (m.u8() > 2) throw new FormatError("its pickle has a newer protocol than 2");
  },
  "(": (m) => m.push(MARK),
  "0": (m) => void m.pop(),
  "1": (m) => void m.popToMark(),
  "2": (m) => m.push(m.top()),
  N: (m) => m.push(null),
  "\x88": (m) => m.push(true),
  "\x89": (m) => m.push(false),
  K: (m) => m.push(m.u8()),
  M: (m) => m.push(m.u16()),
  J: (m) => m.push(m.i32()),
  "\x8a": (m) => m.push(m.long(m.u8())),
  G: (m) => m.push(m.f64()),
  X: (m) => m.push(m.text(m.u32())),
  // Byte strings of Python 2; torch writes them for names only.
  U: (m) => m.push(m.text(m.u8())),
  T: (m) => m.push(m.text(m.u32())),
  ")": (m) => m.push([]),
  t: (m) => m.push(m.popToMark()),
  "\x85": (m) => tuple(m, 1),
  "\x86": (m) => tuple(m, 2),
  "\x87": (m) => tuple(m, 3),
  "]": (m) => m.push([]),
  l: (m) => m.push(m.popToMark()),
  a: (m) => append(m.stack.at(-2), [m.pop()]),
  e: (m) => {
    const items = m.popToMark();
    append(m.top(), items);
  },
  "}": (m) => m.push(new Map()),
  s: (m) => {
    const value = m.pop();
    const key = m.pop();
    setItems(m.top(), [key, value]);
  },
  u: (m) => {
    const items = m.popToMark();
    setItems(m.top(), items);
  },
  q: (m) => void m.memo.set(m.u8(), m.top()),
  r: (m) => void m.memo.set(m.u32(), m.top()),
  h: (m) => m.recall(m.u8()),
  j: (m) => m.recall(m.u32()),
  c: (m, rules) => {
    const [module, name] = [m.line(), m.line()];
    const build = rules.find(module, name);
    if (!build) throw new FormatError(`it asks for ${JSON.stringify(`${module}.${name}`)}, which weights do not need`);
    m.push(new Named(build));
  },
  R: (m) => {
    const args = m.pop();
    const named = m.pop();
    if (!(named instanceof Named) || !Array.isArray(args)) throw new FormatError("its pickle calls what is not a function");
    for (const arg of args) m.spend(Array.isArray(arg) ? arg.length : 0);
    m.push(named.build(args));
  },
  // The state of an OrderedDict: torch stores versions of modules there, which are not needed.
  b: (m) => {
    m.pop();
    if (!(m.top() instanceof Map)) throw new FormatError("its pickle gives a state to what is not a dictionary");
  },
  Q: (m, rules) => m.push(rules.persistent(m.pop())),
};

/** The value of the pickle that starts at `begin`. Throws FormatError. */
export function unpickle(bytes: Uint8Array, begin: number, rules: Rules): Unpickled {
  const m = new Machine(bytes, begin);
  for (let count = 0; count < MAX_OPERATIONS; count++) {
    const code = String.fromCharCode(m.u8());
    if (code === ".") return { value: m.pop(), end: m.at };
    if (!Object.hasOwn(OPERATIONS, code)) {
      throw new FormatError(`its pickle holds the operation 0x${code.charCodeAt(0).toString(16)}, which weights do not need`);
    }
    OPERATIONS[code](m, rules);
  }
  throw new FormatError("its pickle does not end");
}

/** The name of a constructor that the file passes as a value: the storage types of torch. */
export const namedConstructor = (value: unknown): Constructor | undefined => (value instanceof Named ? value.build : undefined);
