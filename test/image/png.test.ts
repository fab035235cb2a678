// PNG, decoded by the same code in every runtime: what Pillow reads is tested in pillow.test.ts, here what it does not cover.
import { crc32, deflateSync } from "node:zlib";
import { encode } from "fast-png";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MAX_IMAGE } from "#pulmo/image/bounds.js";
import { decodePng } from "#pulmo/image/png/decode.js";
import { inflateRaw as inflateInBrowser } from "#pulmo/lib/browser-inflate.js";
import { decodeBytes } from "#pulmo/node/decode.js";
import { inflateRaw } from "#pulmo/node/inflate.js";
import { patterned } from "../data/patterned.js";

const test = suite("image: png");
const DAMAGED = /^the image data are damaged or cut short$/;
const read = (bytes: Uint8Array) => decodePng(Uint8Array.from(bytes), MAX_IMAGE, { inflateRaw });

function chunk(type: string, body: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + body.length);
  out.writeUInt32BE(body.length, 0);
  out.write(type, 4, "latin1");
  out.set(body, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)), 8 + body.length);
  return out;
}

type Chunks = [type: string, body: Uint8Array][];
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const pngOf = (chunks: Chunks) => Buffer.concat([SIGNATURE, ...chunks.map(([type, body]) => chunk(type, body))]);

function header(width: number, height: number, depth: number, colour: number): Uint8Array {
  const body = Buffer.alloc(13);
  body.writeUInt32BE(width, 0);
  body.writeUInt32BE(height, 4);
  body.set([depth, colour], 8);
  return body;
}

/** 16-bit samples in rows without a filter; `more` chunks precede the pixels. */
function deep(samples: number[], width: number, colour: number, more: Chunks = []): Buffer {
  const perRow = width * ({ 0: 1, 2: 3, 4: 2, 6: 4 }[colour] ?? 0);
  const height = samples.length / perRow;
  const rows = Array.from({ length: height }, (_, y) => [
    0,
    ...samples.slice(y * perRow, (y + 1) * perRow).flatMap((x) => [x >> 8, x & 255]),
  ]);
  const data = deflateSync(Uint8Array.from(rows.flat()));
  return pngOf([["IHDR", header(width, height, 16, colour)], ...more, ["IDAT", data], ["IEND", new Uint8Array()]]);
}

// Without pixels: the bounds are checked before the data are inflated.
test("a PNG whose pixels would take more memory or time than an X-ray is refused by its header", () => {
  const of = (width: number, height: number, depth: number, colour: number, interlaced = false) => {
    const body = header(width, height, depth, colour);
    body[12] = interlaced ? 1 : 0;
    const file = pngOf([
      ["IHDR", body],
      ["IDAT", Uint8Array.of(0)],
    ]);
    return () => read(file);
  };
  assert.throws(of(10_000, 10_000, 16, 6, true), /^an interlaced PNG of more than 40 million pixels$/);
  assert.throws(of(10_000, 10_000, 1, 0, true), /^an interlaced PNG of more than 40 million pixels$/);
  assert.throws(of(10_000, 10_000, 16, 6), /^its pixels take more than 128 MiB: save it in grey of 8 bits$/);
  assert.throws(of(10_000, 10_000, 16, 0), /^its pixels take more than 128 MiB/);
  // Within the bounds: only the data are wrong.
  for (const [depth, colour, side] of [
    [8, 0, 10_000],
    [16, 0, 8000],
    [16, 6, 4000],
    [8, 2, 6000],
  ]) {
    assert.throws(of(side, side, depth, colour), DAMAGED);
  }
});

const bits = (most: number) => `its 16-bit pixels use ${most} bits: scaled by ${2 ** most - 1}`;

test("16 bits: the high 8 of the smallest of 8, 10, 12, 14 and 16 bits that hold the largest value, with a note", () => {
  for (const [most, used] of [
    [200, 8],
    [255, 8],
    [256, 10],
    [1023, 10],
    [1024, 12],
    [4095, 12],
    [4096, 14],
    [16383, 14],
  ]) {
    const { data, channels, notes } = read(deep([0, most >> 1, most], 3, 0));
    assert.equal([[...data], channels], [[0, most >> 1, most].map((x) => x >> (used - 8)), 1]);
    assert.equal(notes, [bits(used)], String(most));
  }
  for (const most of [16384, 65535]) {
    const { data, notes } = read(deep([0, 257, most], 3, 0));
    assert.equal([[...data], notes], [[0, 1, most >> 8], undefined]);
  }
  assert.equal(read(deep([0, 0, 0], 3, 0)).notes, undefined, "black says nothing of its bits");
});

test("16 bits of colours share the largest value; alpha has no part in it", () => {
  const colours = read(deep([4095, 0, 16, 32, 64, 128], 2, 2));
  assert.equal([[...colours.data], colours.notes], [[255, 0, 1, 2, 4, 8], [bits(12)]]);
  const alpha = read(deep([4095, 65535, 16, 65535], 2, 4));
  assert.equal([[...alpha.data], alpha.notes], [[255, 1], [bits(12)]]);
  const both = read(deep([4095, 0, 16, 65535], 1, 6));
  assert.equal([[...both.data], both.notes], [[255, 0, 1], [bits(12)]]);
});

test("sBIT states the bits of unscaled values; scaled values fill 16 bits, as the standard asks", () => {
  const stated = (significant: number[], samples: number[], colour = 0) =>
    read(deep(samples, 1, colour, [["sBIT", Uint8Array.from(significant)]]));
  const unscaled = stated([12], [0, 160, 1000]);
  assert.equal([[...unscaled.data], unscaled.notes], [[0, 10, 62], [bits(12)]]);
  const dark = stated([16], [0, 160, 1000]);
  assert.equal([[...dark.data], dark.notes], [[0, 0, 3], undefined], "a dark image of 16 bits");
  const scaled = stated([12], [0, 0xfff0, 0x1000]);
  assert.equal([[...scaled.data], scaled.notes], [[0, 255, 16], undefined]);
  const colour = stated([10, 12, 10], [16, 32, 1000], 2);
  assert.equal([[...colour.data], colour.notes], [[1, 2, 62], [bits(12)]]);
  const few = stated([5], [0, 31]);
  assert.equal([[...few.data], few.notes], [[0, 31], [bits(8)]]);
});

test("an sBIT that the standard does not have is ignored, as libpng does", () => {
  for (const significant of [[0], [17], [], [12, 12]]) {
    const { data, notes } = read(deep([0, 4095, 256], 1, 0, [["sBIT", Uint8Array.from(significant)]]));
    assert.equal([[...data], notes], [[0, 255, 16], [bits(12)]]);
  }
});

test("8 bits stay as they are, whatever sBIT, gAMA and other chunks say; an animation's first picture is used", async () => {
  const data = deflateSync(Uint8Array.of(0, 3, 7, 15));
  const other: Chunks = [
    ["sBIT", Uint8Array.of(4)],
    ["gAMA", Uint8Array.of(0, 1, 0, 0)],
    ["acTL", Uint8Array.of(0, 0, 0, 5, 0, 0, 0, 0)],
    ["fcTL", new Uint8Array(26)],
  ];
  const chunks: Chunks = [["IHDR", header(3, 1, 8, 0)], ...other, ["IDAT", data], ["fdAT", new Uint8Array(9)]];
  const image = read(pngOf(chunks));
  assert.equal([...image.data], [3, 7, 15]);
  assert.equal(image.notes, ["an animated PNG of 5 frames: only its first picture is used"]);
});

test("IEND may be missing, anything may follow it, and unknown ancillary chunks are skipped", () => {
  const idat = deflateSync(Uint8Array.of(0, 1, 2, 3));
  const chunks: Chunks = [
    ["IHDR", header(3, 1, 8, 0)],
    ["quIt", Uint8Array.of(1, 2)],
    ["IDAT", idat.subarray(0, 4)],
    ["IDAT", new Uint8Array()],
    ["IDAT", idat.subarray(4)],
  ];
  for (const bytes of [pngOf(chunks), Buffer.concat([pngOf([...chunks, ["IEND", new Uint8Array()]]), Buffer.from("more")])]) {
    assert.equal([...read(bytes).data], [1, 2, 3]);
  }
});

test("refused: every cut, damaged streams and chunks, forms that the standard does not have", () => {
  const rows = Uint8Array.of(0, 1, 2, 3, 0, 4, 5, 6);
  const data = deflateSync(rows);
  const ihdr: Chunks[0] = ["IHDR", header(3, 2, 8, 0)];
  const whole = pngOf([ihdr, ["IDAT", data]]);
  assert.equal([...read(whole).data], [1, 2, 3, 4, 5, 6]);
  for (let length = 0; length < whole.length; length++)
    assert.throws(() => read(whole.subarray(0, length)), DAMAGED, `${length}`);
  for (let at = 8; at < whole.length; at++) {
    const altered = Uint8Array.from(whole);
    altered[at] ^= 1;
    assert.throws(() => read(altered), DAMAGED, `byte ${at}`);
  }
  const otherSum = Uint8Array.from(data);
  otherSum[data.length - 1] ^= 1;
  const forms: Record<string, Chunks> = {
    "a wrong Adler-32": [ihdr, ["IDAT", otherSum]],
    "too few rows": [ihdr, ["IDAT", deflateSync(rows.subarray(0, 4))]],
    "too many rows": [ihdr, ["IDAT", deflateSync(new Uint8Array(12))]],
    "no filter of that number": [ihdr, ["IDAT", deflateSync(Uint8Array.of(5, 1, 2, 3, 0, 4, 5, 6))]],
    "no pixels": [ihdr, ["IEND", new Uint8Array()]],
    "no header": [["IDAT", data]],
    "two headers": [ihdr, ihdr, ["IDAT", data]],
    "data in two places": [ihdr, ["IDAT", data.subarray(0, 4)], ["tEXt", new Uint8Array()], ["IDAT", data.subarray(4)]],
    "an unknown critical chunk": [ihdr, ["QUIT", new Uint8Array()], ["IDAT", data]],
    "3 bits": [
      ["IHDR", header(3, 2, 3, 0)],
      ["IDAT", data],
    ],
    "indices without a palette": [
      ["IHDR", header(3, 2, 8, 3)],
      ["IDAT", data],
    ],
    "an index outside the palette": [
      ["IHDR", header(3, 2, 8, 3)],
      ["PLTE", new Uint8Array(18)],
      ["IDAT", data],
    ],
  };
  for (const [name, chunks] of Object.entries(forms)) assert.throws(() => read(pngOf(chunks)), DAMAGED, name);
  assert.throws(() => read(pngOf([["CgBI", new Uint8Array(4)], ihdr, ["IDAT", data]])), /\(CgBI\) is not supported/);
  assert.throws(() => decodePng(whole, { ...MAX_IMAGE, edge: 2 }, { inflateRaw }), /^an edge is longer than 2 pixels$/);
});

test("a stream that inflates to more than the pixels is stopped there, and a size without pixels is refused", () => {
  const bomb = pngOf([
    ["IHDR", header(3, 1, 8, 0)],
    ["IDAT", deflateSync(new Uint8Array(2 ** 24))],
  ]);
  let asked = 0;
  const counting = (bytes: Uint8Array, most: number) => {
    asked = most;
    return inflateRaw(bytes, most);
  };
  assert.throws(() => decodePng(bomb, MAX_IMAGE, { inflateRaw: counting }), DAMAGED);
  assert.is(asked, 4);
  const empty = pngOf([
    ["IHDR", header(0, 1, 8, 0)],
    ["IDAT", deflateSync(Uint8Array.of(0))],
  ]);
  assert.throws(() => read(empty), /^it has no pixels$/);
});

test("browsers and Node have the same pixels, from views into larger buffers too", async () => {
  const data = Uint16Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 40503) & 65535);
  const files = [
    encode({ width: 64, height: 64, channels: 3, depth: 16, data }),
    await patterned(91, 61, 3).png({ progressive: true }).toBuffer(),
    await patterned(90, 60, 4).png({ palette: true }).toBuffer(),
  ];
  for (const bytes of files) {
    const room = new Uint8Array(bytes.length + 9);
    room.set(bytes, 5);
    const { sha256: _, ...expected } = await decodeBytes(bytes);
    const found = decodePng(room.subarray(5, 5 + bytes.length), MAX_IMAGE, { inflateRaw: inflateInBrowser });
    assert.equal(found, expected);
  }
});

test.run();
