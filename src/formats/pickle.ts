// A restricted unpickler for protocols 0 to 5. It reads values, lists and dictionaries, and calls only the functions that the caller
// gives. Any other object of the file becomes a placeholder with its parts: no code of the file is run, and nothing is imported.
//
// Opcodes: Python's Lib/pickletools.py.

import { FormatError } from "../core/tensors.js";
import { Machine } from "./pickle-machine.js";

/** What a file may call: a function of values that are already built. */
export type Constructor = (args: unknown[]) => unknown;

export interface Rules {
  /** For `import module; module.name`. Undefined: the name and the results of its calls stay placeholders. */
  find(name: string): Constructor | undefined;
  /** For a reference to something outside the pickle. */
  persistent(id: unknown): unknown;
}

export interface Unpickled {
  value: unknown;
  /** The place after the pickle. */
  end: number;
}

/** A tensor takes about fifty. */
const MAX_OPERATIONS = 2_000_000;
const NEWEST_PROTOCOL = 5;

/** A class or function that the file names. */
export class Global {
  constructor(
    /** "module.name" */
    readonly name: string,
    readonly build?: Constructor | undefined,
  ) {}
}

/** An object that was not made: its class, and what the file would have given to it. */
export class PythonObject {
  /** Its attributes, as the file states them. */
  state: unknown = null;
  #entries: Map<unknown, unknown> | undefined;

  constructor(
    readonly type: string,
    readonly args: unknown,
  ) {}

  /** Entries, if it is a kind of dictionary. */
  get entries(): Map<unknown, unknown> {
    this.#entries ??= new Map();
    return this.#entries;
  }
}

type Operation = (m: Machine, rules: Rules) => void;

function setItems(target: unknown, items: unknown[]): void {
  const entries = target instanceof PythonObject ? target.entries : target;
  if (!(entries instanceof Map) || items.length % 2 !== 0) throw new FormatError("its pickle fills what is not a dictionary");
  for (let i = 0; i < items.length; i += 2) entries.set(items[i], items[i + 1]);
}

/** Items of a set or of a placeholder for a list are not kept. */
function append(target: unknown, items: unknown[]): void {
  if (target instanceof PythonObject) return;
  if (!Array.isArray(target)) throw new FormatError("its pickle appends to what is not a list");
  for (const item of items) target.push(item);
}

function tuple(m: Machine, length: number): void {
  m.push(Array.from({ length }, () => m.pop()).reverse());
}

function global(m: Machine, rules: Rules, module: unknown, name: unknown): void {
  if (typeof module !== "string" || typeof name !== "string") throw new FormatError("its pickle imports what has no name");
  const full = `${module}.${name}`;
  m.push(new Global(full, rules.find(full)));
}

/** Calls a function that the rules know; any other call becomes a placeholder. */
function call(m: Machine, called: unknown, args: unknown): void {
  const isCallable = called instanceof Global || called instanceof PythonObject;
  if (!isCallable || !Array.isArray(args)) throw new FormatError("its pickle calls what is not a function");
  const known = called instanceof Global ? called.build : undefined;
  if (known)
    for (const arg of args) m.spend(Array.isArray(arg) || arg instanceof Uint8Array || typeof arg === "string" ? arg.length : 0);
  m.push(known ? known(args) : placeholder(called, args));
}

/** Protocols 0 and 1 make an object by this function; its first argument is the class. */
const RECONSTRUCTOR = /^copy_?reg\._reconstructor$/;

const placeholder = (called: unknown, args: unknown): PythonObject =>
  called instanceof Global && RECONSTRUCTOR.test(called.name) && Array.isArray(args) && args[0] instanceof Global
    ? new PythonObject(args[0].name, args.slice(1))
    : new PythonObject(called instanceof Global ? called.name : called instanceof PythonObject ? called.type : "object", args);

function build(m: Machine): void {
  const state = m.pop();
  const target = m.top();
  if (target instanceof PythonObject) target.state = state;
  // The state of an OrderedDict or a tensor: torch stores versions of modules and hooks there, which are not needed.
  else if (typeof target !== "object" || target === null || Array.isArray(target)) {
    throw new FormatError("its pickle gives a state to what is not an object");
  }
}

function dictionary(items: unknown[]): Map<unknown, unknown> {
  const made = new Map<unknown, unknown>();
  setItems(made, items);
  return made;
}

/** A number of protocol 0 or 1; "01" and "00" are true and false. */
function decimal(text: string): unknown {
  if (text === "01" || text === "00") return text === "01";
  const digits = text.replace(/L$/, "");
  if (!/^-?\d{1,1000}$/.test(digits)) throw new FormatError("its pickle holds a number that is none");
  return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
}

const remember = (m: Machine, key: number) => void m.memo.set(key, m.top());

/** By opcode. Other opcodes are refused, and the message gives the number. */
const OPERATIONS: Record<string, Operation> = {
  "\x80": (m) => {
    if (m.u8() > NEWEST_PROTOCOL) throw new FormatError(`its pickle has a newer protocol than ${NEWEST_PROTOCOL}`);
  },
  // A frame's length only helps readers of streams.
  "\x95": (m) => void m.u64(),
  "(": (m) => m.mark(),
  "0": (m) => m.popAny(),
  "1": (m) => void m.popToMark(),
  "2": (m) => m.push(m.top()),
  N: (m) => m.push(null),
  "\x88": (m) => m.push(true),
  "\x89": (m) => m.push(false),
  I: (m) => m.push(decimal(m.line())),
  L: (m) => m.push(decimal(m.line())),
  F: (m) => m.push(Number(m.line())),
  K: (m) => m.push(m.u8()),
  M: (m) => m.push(m.u16()),
  J: (m) => m.push(m.i32()),
  "\x8a": (m) => m.push(m.long(m.u8())),
  "\x8b": (m) => m.push(m.long(m.u32())),
  G: (m) => m.push(m.f64()),
  S: (m) => m.push(m.line().replace(/^(['"])(.*)\1$/, "$2")),
  V: (m) => m.push(m.line()),
  X: (m) => m.push(m.text(m.u32())),
  "\x8c": (m) => m.push(m.text(m.u8())),
  "\x8d": (m) => m.push(m.text(m.u64())),
  // Byte strings of Python 2; torch writes them for names only.
  U: (m) => m.push(m.text(m.u8())),
  T: (m) => m.push(m.text(m.u32())),
  C: (m) => m.push(m.raw(m.u8())),
  B: (m) => m.push(m.raw(m.u32())),
  "\x8e": (m) => m.push(m.raw(m.u64())),
  "\x96": (m) => m.push(m.raw(m.u64())),
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
  "\x8f": (m) => m.push(new PythonObject("builtins.set", null)),
  "\x90": (m) => {
    const items = m.popToMark();
    append(m.top(), items);
  },
  "\x91": (m) => m.push(new PythonObject("builtins.frozenset", m.popToMark())),
  "}": (m) => m.push(new Map()),
  d: (m) => m.push(dictionary(m.popToMark())),
  s: (m) => {
    const value = m.pop();
    const key = m.pop();
    setItems(m.top(), [key, value]);
  },
  u: (m) => {
    const items = m.popToMark();
    setItems(m.top(), items);
  },
  p: (m) => remember(m, Number(m.line())),
  q: (m) => remember(m, m.u8()),
  r: (m) => remember(m, m.u32()),
  "\x94": (m) => remember(m, m.memo.size),
  g: (m) => m.recall(Number(m.line())),
  h: (m) => m.recall(m.u8()),
  j: (m) => m.recall(m.u32()),
  c: (m, rules) => global(m, rules, m.line(), m.line()),
  "\x93": (m, rules) => {
    const name = m.pop();
    global(m, rules, m.pop(), name);
  },
  R: (m) => {
    const args = m.pop();
    call(m, m.pop(), args);
  },
  "\x81": (m) => {
    const args = m.pop();
    call(m, m.pop(), args);
  },
  "\x92": (m) => {
    const named = m.pop();
    const args = m.pop();
    m.push(placeholder(m.pop(), [args, named]));
  },
  i: (m, rules) => {
    global(m, rules, m.line(), m.line());
    const made = m.pop();
    m.push(placeholder(made, m.popToMark()));
  },
  o: (m) => {
    const [made, ...args] = m.popToMark();
    m.push(placeholder(made, args));
  },
  b: build,
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
  throw new FormatError(`its pickle has more than ${MAX_OPERATIONS} operations`);
}
