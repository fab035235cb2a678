// Bytes changed by chance, from a seed: blindly, or with what a corpus and the program's own words suggest.
import { readFileSync } from "node:fs";
import type { Rng } from "#pulmo/core/rng.js";

/** One to four bytes changed, a piece moved, the end cut off, or a piece repeated. */
export function mutated(bytes: Uint8Array, rng: Rng): Uint8Array {
  // An empty file, which an earlier change may have left, has no place to change.
  if (bytes.length === 0) return Uint8Array.of(rng.below(256));
  const out = bytes.slice();
  // Headers are where lengths stand.
  const place = () => rng.below(rng.below(2) ? Math.min(bytes.length, 2048) : bytes.length);
  const kind = rng.below(8);
  if (kind === 0) return out.subarray(0, place());
  if (kind === 1) return Buffer.concat([out.subarray(0, place()), out.subarray(place())]);
  if (kind === 2) out.copyWithin(place(), place(), place());
  else for (let i = 0; i <= rng.below(4); i++) out[place()] = [0, 0xff, 0x80, rng.below(256)][rng.below(4)];
  return out;
}

/** Words and numbers that readers compare with: the literals of their source. */
export function tokensOf(files: readonly string[]): Uint8Array[] {
  const found = new Set<string>();
  for (const file of files) {
    const source = readFileSync(file, "utf8");
    for (const [, word] of source.matchAll(/["'`]([^"'`\n\\]{1,32})["'`]/g)) found.add(word);
    for (const [number] of source.matchAll(/\b(0x[\da-f]{1,8}|\d{2,10})\b/gi)) {
      for (const bytes of widths(Number(number))) found.add(bytes.toString("latin1"));
    }
  }
  return [...found].map((token) => Buffer.from(token, "latin1"));
}

/** Words of the corpus: what stands between quotes, or between commas, colons and line ends. */
export function wordsOf(corpus: readonly Uint8Array[]): Uint8Array[] {
  const found = new Set<string>();
  for (const bytes of corpus) {
    const text = Buffer.from(bytes.subarray(0, 2 ** 16)).toString("latin1");
    for (const [word] of text.matchAll(/[\w.+-]{2,32}/g)) if (found.size < 2000) found.add(word);
  }
  return [...found].map((word) => Buffer.from(word, "latin1"));
}

/** The number in 1, 2, 4 and 8 bytes, both ways round, where it fits. */
function widths(number: number): Buffer[] {
  const value = BigInt.asUintN(64, BigInt(number));
  return [1, 2, 4, 8].flatMap((bytes) => {
    if (bytes < 8 && number >= 256 ** bytes) return [];
    const little = Buffer.alloc(8);
    little.writeBigUInt64LE(value);
    const narrow = little.subarray(0, bytes);
    return [narrow, Buffer.from(narrow).reverse()];
  });
}

/** Ends of ranges, and lengths that are a bit too long. */
const NUMBERS = [0, 1, -1, 2, 7, 8, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const DIGITS = [
  "0",
  "-1",
  "1e400",
  "NaN",
  "null",
  "4294967296",
  "9007199254740993",
  "-0",
  "1e-400",
  "2147483648",
  "[]",
  "{}",
  '""',
];
const BRACKETS = ["[", "{", '"', "'", ",", ":", "\n", "\r\n", ";", "\0", "\u00ef\u00bb\u00bf", "- ", "&a ", "*a", "<<: "];

export interface Suggestions {
  corpus: readonly Uint8Array[];
  tokens: readonly Uint8Array[];
}

/** One to eight changes, one after another. At most twice as long as the longest of the corpus. */
export function mutatedBy(bytes: Uint8Array, { corpus, tokens }: Suggestions, rng: Rng): Uint8Array {
  const most = 2 * Math.max(64, ...corpus.map(({ length }) => length));
  let out = Buffer.from(bytes);
  for (let left = 1 << rng.below(4); left > 0; left--) out = changed(out, corpus, tokens, rng).subarray(0, most) as typeof out;
  return new Uint8Array(out);
}

function changed(bytes: Buffer, corpus: readonly Uint8Array[], tokens: readonly Uint8Array[], rng: Rng): Buffer {
  const { length } = bytes;
  // Headers come first, directories of archives last.
  const near = (size: number) => [rng.below(Math.min(size, 64)), rng.below(size), size - 1 - rng.below(Math.min(size, 256))];
  const place = () => (length === 0 ? 0 : near(length)[rng.below(3)]);
  const of = <T>(list: readonly T[]): T => list[rng.below(list.length)];
  const replaced = (from: number, to: number, by: Uint8Array) =>
    Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(Math.max(from, to))]);
  const over = (by: Uint8Array) => {
    const at = place();
    return replaced(at, at + by.length, by);
  };
  const piece = (from: Uint8Array) => {
    const begin = rng.below(from.length + 1);
    return from.subarray(begin, begin + 1 + rng.below(1 << rng.below(10)));
  };
  const at = place();
  switch (rng.below(13)) {
    case 0:
      return over(Uint8Array.of(rng.below(256)));
    case 1:
      return over(Uint8Array.of((bytes[at] ?? 0) ^ (1 << rng.below(8))));
    case 2:
      return over(of(widths(of(NUMBERS))));
    case 3:
      return over(Uint8Array.of((bytes[at] ?? 0) + rng.below(17) - 8));
    case 4:
      return tokens.length === 0 ? bytes : over(of(tokens));
    case 5:
      return tokens.length === 0 ? bytes : replaced(at, at, of(tokens));
    case 6:
      return replaced(at, at + 1 + rng.below(1 << rng.below(8)), new Uint8Array(0));
    case 7:
      return replaced(at, at, piece(bytes));
    case 8:
      return over(piece(bytes));
    case 9: {
      // The beginning of one, the end of another.
      const other = of(corpus);
      return Buffer.concat([bytes.subarray(0, at), other.subarray(rng.below(other.length + 1))]);
    }
    case 10:
      return replaced(at, at + rng.below(16), piece(of(corpus)));
    case 11:
      return wordReplaced(bytes, at, rng.below(2) ? Buffer.from(of(DIGITS)) : tokens.length === 0 ? bytes : of(tokens));
    default:
      return rng.below(4) === 0 ? bytes.subarray(0, at) : replaced(at, at + rng.below(2), Buffer.from(of(BRACKETS), "latin1"));
  }
}

/** In place of the word or number at a place of a text. */
function wordReplaced(bytes: Buffer, at: number, by: Uint8Array): Buffer {
  const isWord = (i: number) => /[\w.+-]/.test(String.fromCharCode(bytes[i] ?? 0));
  let [from, to] = [at, at];
  while (from > 0 && at - from < 32 && isWord(from - 1)) from--;
  while (to < bytes.length && to - at < 32 && isWord(to)) to++;
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)]);
}
