// Small DICOM files of a few elements.

/** Their length has 32 bits, after two reserved bytes (PS3.5 7.1.2). ZZ stands for those that the standard will add. */
const LONG = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV", "ZZ"]);

/** An element in explicit VR little endian: numbers as 16-bit words, text as it is. */
export function element(tag: string, vr: string, value: string | number[] | Buffer): Buffer {
  const body = Array.isArray(value) ? Buffer.from(Uint16Array.from(value).buffer) : Buffer.from(value);
  const padded = body.length % 2 ? Buffer.concat([body, Buffer.from(vr === "UI" || vr === "OB" ? "\0" : " ")]) : body;
  const head = Buffer.alloc(LONG.has(vr) ? 12 : 8);
  head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  head.write(vr, 4, "latin1");
  if (head.length === 12) head.writeUInt32LE(padded.length, 8);
  else head.writeUInt16LE(padded.length, 6);
  return Buffer.concat([head, padded]);
}

export type Tags = Record<string, [vr: string, value: string | number[] | Buffer] | null>;

/** 3 x 2 pixels of 8 bits, as `tags` change it; null leaves an element out. */
export function dicom(tags: Tags = {}): Buffer {
  const all: Tags = {
    "00020010": ["UI", "1.2.840.10008.1.2.1"],
    "00080060": ["CS", "DX"],
    "00100010": ["PN", "SECRET^NAME"],
    "00280002": ["US", [1]],
    "00280004": ["CS", "MONOCHROME2"],
    "00280010": ["US", [2]],
    "00280011": ["US", [3]],
    "00280100": ["US", [8]],
    "00280101": ["US", [8]],
    "00280102": ["US", [7]],
    "00280103": ["US", [0]],
    "7fe00010": ["OB", Buffer.from([10, 20, 30, 40, 50, 61])],
    ...tags,
  };
  const elements = Object.keys(all)
    .sort()
    .flatMap((tag) => (all[tag] ? [element(tag, ...all[tag])] : []));
  return Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), ...elements]);
}

/** The body of a sequence of one item. */
export function item(tags: Record<string, [vr: string, value: string | number[] | Buffer]>): Buffer {
  const body = Buffer.concat(Object.entries(tags).map(([tag, [vr, value]]) => element(tag, vr, value)));
  const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

/** An encapsulated frame in one fragment behind an empty table of offsets. */
export function fragment(bytes: Buffer): Buffer {
  const padded = bytes.length % 2 ? Buffer.concat([bytes, Buffer.alloc(1)]) : bytes;
  const words = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
  const tag = Buffer.from([0xe0, 0x7f, 0x10, 0, 0x4f, 0x42, 0, 0]);
  const parts = [tag, words(0xffffffff, 0xe000fffe, 0, 0xe000fffe, padded.length), padded, words(0xe0ddfffe, 0)];
  return Buffer.concat(parts);
}
