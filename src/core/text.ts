// Text files of users, in the encodings that Windows, Excel and old systems write.

export interface DecodedText {
  /** Without a byte order mark. */
  text: string;
  /** Set if the encoding was guessed: the file has no byte order mark and is not UTF-8. */
  guessed?: "CP949 (Korean)" | "Windows-1252 (Latin-1)";
}

/**
 * A byte order mark decides (Unicode 23.8). Without one: UTF-16 if every second byte at the start is zero, else UTF-8 if the bytes
 * are valid UTF-8, else CP949 if they are valid and mostly common Hangul syllables, else Windows-1252, which contains Latin-1.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const decode = (encoding: string, fatal = false) => new TextDecoder(encoding, { fatal }).decode(bytes);
  const utf16 = utf16Of(bytes);
  if (utf16) return { text: decode(utf16) };
  try {
    return { text: decode("utf-8", true) };
  } catch {
    if (isKorean(bytes)) return { text: decode("euc-kr"), guessed: "CP949 (Korean)" };
    return { text: decode("windows-1252"), guessed: "Windows-1252 (Latin-1)" };
  }
}

/** Code units at the start that must be ASCII characters. */
const UNITS = 4;

function utf16Of(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  if (bytes.length < 2 * UNITS || bytes.length % 2 === 1) return undefined;
  const areZero = (first: number) => Array.from({ length: UNITS }, (_, i) => bytes[2 * i + first] === 0);
  const [even, odd] = [areZero(0), areZero(1)];
  if (odd.every(Boolean) && !even.some(Boolean)) return "utf-16le";
  return even.every(Boolean) && !odd.some(Boolean) ? "utf-16be" : undefined;
}

/**
 * CP949 and Latin-1 share bytes. Korean text consists of pairs in the rows of Hangul of KS X 1001: B0 to C8, then A1 to FE. In
 * Latin-1, two letters above A0 rarely follow each other.
 */
export function isKorean(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("euc-kr", { fatal: true }).decode(bytes);
  } catch {
    return false;
  }
  let [pairs, common] = [0, 0];
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] < 0x80) continue;
    pairs++;
    if (bytes[i] >= 0xb0 && bytes[i] <= 0xc8 && bytes[i + 1] >= 0xa1) common++;
    i++;
  }
  return common >= pairs / 2;
}

/** The note that goes with a guessed encoding. */
export const encodingNote = (name: string, { guessed }: DecodedText): string[] =>
  guessed ? [`${name} is not UTF-8: it was read as ${guessed}.`] : [];

/** The lines of a text with LF, CRLF or, in a text without LF, CR. Empty lines are left out. */
export function* linesOf(text: string): Generator<string> {
  const end = text.includes("\n") ? "\n" : "\r";
  for (const line of partsOf(text, end)) yield line.endsWith("\r") ? line.slice(0, -1) : line;
}

/** What stands between separators of one unit, without empty parts; one after another, since a text may consist of separators. */
export function* partsOf(text: string, separator: string): Generator<string> {
  const empty = [separator.charCodeAt(0), "\r".charCodeAt(0)];
  for (let start = 0; start < text.length; ) {
    if (empty.includes(text.charCodeAt(start))) start++;
    else {
      const found = text.indexOf(separator, start);
      const end = found < 0 ? text.length : found;
      yield text.slice(start, end);
      start = end + 1;
    }
  }
}
