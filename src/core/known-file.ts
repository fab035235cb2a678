// Files that are often given in place of another, recognised by their first bytes, so that messages can name them.

/** How many bytes knownFile needs. */
export const KNOWN_BYTES = 512;

export interface KnownFile {
  /** With its article: "a Git LFS pointer". */
  kind: string;
  /** What the user can do, whatever was expected in place of the file. */
  advice?: string;
}

const DOWNLOAD = "download the file itself";
const EXTRACT = "extract it first";

/** What a file begins with, as Latin-1. */
const KNOWN: [begins: RegExp, kind: string, advice?: string][] = [
  [/^version https:\/\/git-lfs/, "a Git LFS pointer", "run git lfs pull in its repository"],
  [/^\s*(<!--[\s\S]*?-->\s*)*<(!doctype\s+html|html|head)\b/i, "a web page, perhaps of a login", DOWNLOAD],
  [/^\s*<\?xml/i, "an XML document, perhaps a server's error", DOWNLOAD],
  [/^Rar!\x1a\x07/, "a RAR archive", EXTRACT],
  [/^7z\xbc\xaf\x27\x1c/, "a 7z archive", EXTRACT],
  [/^\x1f\x8b/, "compressed with gzip", EXTRACT],
  [/^\xfd7zXZ/, "compressed with xz", EXTRACT],
  [/^BZh[1-9]1AY&SY/, "compressed with bzip2", EXTRACT],
  [/^\x28\xb5\x2f\xfd/, "compressed with Zstandard", EXTRACT],
  [/^[\s\S]{257}ustar/, "a tar archive", EXTRACT],
  [/^PK(\x03\x04|\x05\x06)/, "a zip archive"],
  [/^%PDF-/, "a PDF document"],
  [/^\xd0\xcf\x11\xe0/, "a document of old Excel or Word"],
  [/^(II\*\0|MM\0\*)/, "a TIFF image"],
  [/^GIF8/, "a GIF image"],
  [/^BM[\s\S]{4}\0{4}/, "a BMP image"],
  [/^RIFF[\s\S]{4}WEBP/, "a WebP image"],
  [/^[\s\S]{4}ftyp(heic|heix|mif1|avif)/, "a HEIC or AVIF image"],
];

/** Undefined if the file is none of the known ones. JPEG, PNG and DICOM are no part of them. */
export function knownFile(bytes: Uint8Array): KnownFile | undefined {
  let text = "";
  for (const byte of bytes.subarray(0, KNOWN_BYTES)) text += String.fromCharCode(byte);
  // A byte order mark may precede a text.
  const start = text.replace(/^\xef\xbb\xbf/, "");
  const [, kind, advice] = KNOWN.find(([begins]) => begins.test(start)) ?? [];
  return kind === undefined ? undefined : { kind, ...(advice !== undefined && { advice }) };
}

/** For messages after "it is ". */
export const asClause = ({ kind, advice }: KnownFile): string => (advice === undefined ? kind : `${kind} (${advice})`);
