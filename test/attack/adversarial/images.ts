// Images that say they are large, or that hold many parts.
import { deflateRawSync } from "node:zlib";
import type { AdversarialCase } from "../adversarial.js";
import { dicom, element, encapsulated, png, pngChunk, UNDEFINED, u16, u32 } from "./bytes.js";

const LARGE = { width: 10_000, height: 10_000 };

const PNGS: [string, () => Uint8Array][] = [
  ["RGBA of 16 bits, interlaced, 10,000 x 10,000", () => png({ ...LARGE, depth: 16, colour: 6, interlaced: true })],
  ["RGBA of 16 bits, 10,000 x 10,000, Paeth", () => png({ ...LARGE, depth: 16, colour: 6, filter: 4 })],
  ["RGB of 8 bits, interlaced, 10,000 x 10,000", () => png({ ...LARGE, depth: 8, colour: 2, interlaced: true, filter: 4 })],
  ["grey of 1 bit, interlaced, 10,000 x 10,000", () => png({ ...LARGE, depth: 1, colour: 0, interlaced: true })],
  ["grey of 16 bits, 10,000 x 10,000", () => png({ ...LARGE, depth: 16, colour: 0, filter: 3 })],
  ["one row", () => png({ width: 65535, height: 1, depth: 16, colour: 6, interlaced: true })],
  ["more data than pixels", () => png({ width: 64, height: 64, depth: 8, colour: 0, inflated: 800e6 })],
  ["fewer data than pixels", () => png({ ...LARGE, depth: 16, colour: 6, inflated: 8e6 })],
  [
    "five million empty chunks",
    () => png({ width: 64, height: 64, depth: 8, colour: 0, before: Array(5e6).fill(pngChunk("tEXt", Buffer.alloc(0))) }),
  ],
  ["a chunk of 60 MB", () => png({ width: 64, height: 64, depth: 8, colour: 0, before: [pngChunk("zTXt", Buffer.alloc(60e6))] })],
];

/** A progressive JPEG of one component and `scans` scans, whose data are zero bits. */
function progressiveJpeg(width: number, height: number, scans: number): Uint8Array {
  const be = (value: number) => [value >> 8, value & 255];
  const segment = (marker: number, body: number[]) => Buffer.from([0xff, marker, ...be(body.length + 2), ...body]);
  const table = (kind: number) => segment(0xc4, [kind, 1, ...Array(15).fill(0), 0]);
  // A code of one bit, which says: difference 0.
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const data = Buffer.alloc(Math.ceil(blocks / 8));
  const first = [segment(0xda, [1, 1, 0, 0, 0, 0x0d]), data];
  const next = (i: number) => [segment(0xda, [1, 1, 0, 0, 0, ((13 - i) << 4) | (12 - i)]), data];
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, [0, ...Array(64).fill(1)]),
    segment(0xc2, [8, ...be(height), ...be(width), 1, 1, 0x11, 0]),
    table(0),
    table(0x10),
    ...first,
    ...Array.from({ length: scans }, (_, i) => next(i % 13)).flat(),
    Buffer.from([0xff, 0xd9]),
  ]);
}

const JPEGS: [string, () => Uint8Array][] = [
  ["progressive, 10,000 x 10,000, a scan", () => progressiveJpeg(10_000, 10_000, 0)],
  ["progressive, 10,000 x 10,000, 13 scans", () => progressiveJpeg(10_000, 10_000, 13)],
  ["progressive, 10,000 x 10,000, 99 scans", () => progressiveJpeg(10_000, 10_000, 99)],
  ["60 MB of markers", () => Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(60e6, Buffer.from([0xff, 0xfe, 0, 2]))])],
  ["60 MB of fill bytes", () => Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(60e6, 0xff)])],
];

const sequence = (tag: number, inner: Buffer): Buffer =>
  Buffer.concat([
    element(tag, "SQ", Buffer.alloc(0), UNDEFINED),
    ...[u16(0xfffe), u16(0xe000), u32(UNDEFINED), inner, u16(0xfffe), u16(0xe00d), u32(0)],
    ...[u16(0xfffe), u16(0xe0dd), u32(0)],
  ]);

const opening = Buffer.concat([element(0x00081115, "SQ", Buffer.alloc(0), UNDEFINED), u16(0xfffe), u16(0xe000), u32(UNDEFINED)]);

const pixels = (bytes = 64 * 64 * 2): Buffer => element(0x7fe00010, "OW", Buffer.alloc(bytes));

function deep(levels: number): Buffer {
  let inner = element(0x00080018, "UI", "1.2");
  for (let i = 0; i < levels; i++) inner = sequence(0x00081115, inner);
  return inner;
}

const deflated = (file: Uint8Array): Uint8Array => {
  // Behind the preamble and the element of the transfer syntax.
  const end = 132 + 8 + 22;
  return Buffer.concat([file.subarray(0, end), deflateRawSync(file.subarray(end), { level: 9 })]);
};
const DEFLATED = "1.2.840.10008.1.2.1.99";

/** A frame of PackBits: runs of 128 zeros. */
function rle(samples: number): Buffer {
  const segment = Buffer.alloc(2 * Math.ceil(samples / 128), Buffer.from([0x81, 0]));
  return Buffer.concat([u32(2), u32(64), u32(64 + segment.length), Buffer.alloc(52), segment, segment]);
}

/** JPEG lossless of one component, all codes one zero bit. */
function losslessJpeg(width: number, height: number): Buffer {
  const be = (value: number) => [value >> 8, value & 255];
  const segment = (marker: number, body: number[]) => Buffer.from([0xff, marker, ...be(body.length + 2), ...body]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xc3, [16, ...be(height), ...be(width), 1, 1, 0x11, 0]),
    segment(0xc4, [0, 1, ...Array(15).fill(0), 0]),
    segment(0xda, [1, 1, 0, 7, 0, 0]),
    Buffer.alloc(Math.ceil((width * height) / 8)),
    Buffer.from([0xff, 0xd9]),
  ]);
}

/** 12-bit DCT: each block is two one-bit codes. */
function extendedJpeg(width: number, height: number): Buffer {
  const be = (value: number) => [value >> 8, value & 255];
  const segment = (marker: number, body: number[]) => Buffer.from([0xff, marker, ...be(body.length + 2), ...body]);
  const table = (kind: number) => segment(0xc4, [kind, 1, ...Array(15).fill(0), 0]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, [0, ...Array(64).fill(1)]),
    segment(0xc1, [12, ...be(height), ...be(width), 1, 1, 0x11, 0]),
    table(0),
    table(0x10),
    segment(0xda, [1, 1, 0, 0, 63, 0]),
    Buffer.alloc(Math.ceil((Math.ceil(width / 8) * Math.ceil(height / 8) * 2) / 8)),
    Buffer.from([0xff, 0xd9]),
  ]);
}

const ten = { rows: 10_000, columns: 10_000, allocated: 16, stored: 16 };

const DICOMS: [string, () => Uint8Array][] = [
  ["RLE, 10,000 x 10,000", () => dicom({ ...ten, syntax: "1.2.840.10008.1.2.5", pixels: encapsulated([rle(1e8)]) })],
  [
    "JPEG lossless, 10,000 x 10,000",
    () => dicom({ ...ten, syntax: "1.2.840.10008.1.2.4.70", pixels: encapsulated([losslessJpeg(10_000, 10_000)]) }),
  ],
  [
    "JPEG of 12 bits, 10,000 x 10,000",
    () => dicom({ ...ten, stored: 12, syntax: "1.2.840.10008.1.2.4.51", pixels: encapsulated([extendedJpeg(10_000, 10_000)]) }),
  ],
  [
    "JPEG, progressive, 99 scans, 10,000 x 10,000",
    () =>
      dicom({
        ...ten,
        allocated: 8,
        stored: 8,
        syntax: "1.2.840.10008.1.2.4.51",
        pixels: encapsulated([progressiveJpeg(10_000, 10_000, 99)]),
      }),
  ],
  ["deflated, 10,000 x 10,000", () => deflated(dicom({ ...ten, syntax: DEFLATED, pixels: pixels(2e8) }))],
  [
    "deflated, 200 MB of elements",
    () => deflated(dicom({ syntax: DEFLATED, more: [Buffer.alloc(200e6, element(0x00280200, "US", u16(0)))], pixels: pixels() })),
  ],
  ["64 sequences in one another", () => dicom({ more: [deep(64)], pixels: pixels() })],
  ["a million sequences in one another", () => dicom({ more: [Buffer.alloc(20e6, opening)], pixels: pixels() })],
  [
    "60 MB of items",
    () =>
      dicom({
        more: [element(0x00081115, "SQ", Buffer.alloc(60e6, Buffer.concat([u16(0xfffe), u16(0xe000), u32(0)])))],
        pixels: pixels(),
      }),
  ],
  [
    "60 MB of items of a functional group",
    () =>
      dicom({
        more: [element(0x52009229, "SQ", Buffer.alloc(60e6, Buffer.concat([u16(0xfffe), u16(0xe000), u32(0)])))],
        pixels: pixels(),
      }),
  ],
  ["60 MB of elements", () => dicom({ more: [Buffer.alloc(60e6, element(0x00280200, "US", u16(0)))], pixels: pixels() })],
  [
    "sequences in a sequence of 1,000 items",
    () => dicom({ more: [sequence(0x00081115, Buffer.concat(Array(1000).fill(deep(60))))], pixels: pixels() }),
  ],
  ["two billion frames", () => dicom({ frames: 2 ** 31 - 1, pixels: pixels() })],
  [
    "seven million fragments",
    () => dicom({ syntax: "1.2.840.10008.1.2.4.70", pixels: encapsulated(Array(1e6).fill(Buffer.alloc(0))) }),
  ],
];

const QUICK = new Set(["one row", "progressive, 10,000 x 10,000, a scan", "64 sequences in one another"]);

const cases = (area: string, found: [string, () => Uint8Array][]): AdversarialCase[] =>
  found.map(([name, bytes]) => ({ area, name, quick: QUICK.has(name), bytes }));

export const images: AdversarialCase[] = [...cases("PNG", PNGS), ...cases("JPEG", JPEGS), ...cases("DICOM", DICOMS)];
