// Files that are often given in place of another, recognised by their first bytes, so that messages can name them.

/** How many bytes knownFile needs. */
export const KNOWN_BYTES = 512;

interface Known {
  /** For messages: "it is ...". */
  what: string;
  begins: (bytes: Uint8Array, text: string) => boolean;
}

const starts = (...magic: number[]): Known["begins"] => {
  return (bytes) => magic.every((byte, i) => bytes[i] === byte);
};

const KNOWN: Known[] = [
  {
    what: "a Git LFS pointer in place of the file, which git lfs pull fetches",
    begins: (_, text) => text.startsWith("version https://git-lfs"),
  },
  {
    what: "an HTML page in place of the file, such as a login page",
    begins: (_, text) => /^\s*(<!--[\s\S]*?-->\s*)*<(!doctype\s+html|html|head)\b/i.test(text),
  },
  { what: "a RAR archive, to be extracted first", begins: starts(0x52, 0x61, 0x72, 0x21, 0x1a, 0x07) },
  { what: "a 7z archive, to be extracted first", begins: starts(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c) },
  { what: "compressed with gzip, to be extracted first", begins: starts(0x1f, 0x8b) },
  { what: "compressed with xz, to be extracted first", begins: starts(0xfd, 0x37, 0x7a, 0x58, 0x5a) },
  { what: "compressed with bzip2, to be extracted first", begins: (_, text) => /^BZh[1-9]1AY&SY/.test(text) },
  { what: "compressed with Zstandard, to be extracted first", begins: starts(0x28, 0xb5, 0x2f, 0xfd) },
  { what: "a tar archive, to be extracted first", begins: (_, text) => text.slice(257, 262) === "ustar" },
  { what: "a zip archive", begins: (_, text) => /^PK(\x03\x04|\x05\x06)/.test(text) },
  { what: "a PDF document", begins: (_, text) => text.startsWith("%PDF-") },
  { what: "a workbook of old Excel, to be saved as CSV", begins: starts(0xd0, 0xcf, 0x11, 0xe0) },
  { what: "a TIFF image, to be converted to PNG", begins: (_, text) => /^(II\*\0|MM\0\*)/.test(text) },
  { what: "a GIF image, to be converted to PNG", begins: (_, text) => text.startsWith("GIF8") },
  { what: "a BMP image, to be converted to PNG", begins: (_, text) => /^BM[\s\S]{4}\0{4}/.test(text) },
  { what: "a WebP image, to be converted to PNG", begins: (_, text) => /^RIFF[\s\S]{4}WEBP/.test(text) },
  { what: "a HEIC or AVIF image, to be converted to PNG", begins: (_, text) => /^[\s\S]{4}ftyp(heic|heix|mif1|avif)/.test(text) },
];

/** What the file is, for a message after "it is "; undefined if it is none of the known files. */
export function knownFile(bytes: Uint8Array): string | undefined {
  const first = bytes.subarray(0, KNOWN_BYTES);
  let text = "";
  for (const byte of first) text += String.fromCharCode(byte);
  // A byte order mark may precede the text of a page.
  const page = text.replace(/^\xef\xbb\xbf/, "");
  return KNOWN.find(({ begins }) => begins(first, page))?.what;
}
