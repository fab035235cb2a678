// The mark of the class activation maps that `predict --map` writes: a JPEG comment. Folders that are searched for X-rays leave
// out pictures with it.

/** Bytes of a file that contain the mark. */
export const MARK_BYTES = 128;
const MARK = "pulmo class activation map of ";
const [SOI, APP0, COM] = [0xffd8, 0xffe0, 0xfffe];

const word = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1];

/** Where the comment belongs: behind the start marker and JFIF's segment, which must come first. */
const placeIn = (jpeg: Uint8Array): number => (word(jpeg, 2) === APP0 ? 4 + word(jpeg, 4) : 2);

/** The JPEG with the mark. `source`: ASCII, names the image without telling its path. */
export function withMapMark(jpeg: Uint8Array, source: string): Uint8Array {
  const text = new TextEncoder().encode(MARK + source);
  const length = text.length + 2;
  const at = placeIn(jpeg);
  const marked = new Uint8Array(jpeg.length + text.length + 4);
  marked.set(jpeg.subarray(0, at));
  marked.set([COM >> 8, COM & 255, length >> 8, length & 255], at);
  marked.set(text, at + 4);
  marked.set(jpeg.subarray(at), at + 4 + text.length);
  return marked;
}

/** The `source` of a marked JPEG's first bytes; undefined without a mark. */
export function mapMarkOf(start: Uint8Array): string | undefined {
  if (word(start, 0) !== SOI) return undefined;
  const at = placeIn(start);
  if (word(start, at) !== COM) return undefined;
  const text = new TextDecoder("latin1").decode(start.subarray(at + 4, at + 2 + word(start, at + 2)));
  return text.startsWith(MARK) ? text.slice(MARK.length) : undefined;
}
