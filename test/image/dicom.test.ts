// DICOM radiographs against pydicom's grey levels (test/fixtures/make-dicom-files.py), refusals, and broken files.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeImage } from "#pulmo/node/decode.js";
import { temporaryFolder } from "../data/places.js";
import { dicom, fragment, type Tags } from "./dicom-file.js";

const test = suite("dicom");

interface Expected {
  width: number;
  height: number;
  within: number;
  grey: string;
}

const FIXTURES = "test/fixtures/dicom";
const expected: Record<string, Expected> = JSON.parse(readFileSync(join(FIXTURES, "expected.json"), "utf8"));
const fixture = (name: string): Buffer => readFileSync(join(FIXTURES, `${name}.dcm`));
const folder = temporaryFolder();

/** By any name: the content decides. */
function decode(bytes: Uint8Array) {
  const path = join(folder, "image.jpeg");
  writeFileSync(path, bytes);
  return decodeImage(path);
}

for (const [name, { width, height, within, grey }] of Object.entries(expected)) {
  test(`${name}: pydicom's grey levels${within ? `, to ${within}` : ""}`, async () => {
    const image = await decodeImage(join(FIXTURES, `${name}.dcm`));
    assert.equal([image.width, image.height, image.channels], [width, height, 1]);
    const levels = Buffer.from(grey, "base64");
    assert.is(image.data.length, levels.length);
    const off = levels.map((level, i) => Math.abs(level - image.data[i]));
    assert.ok(Math.max(...off) <= within, `off by ${Math.max(...off)} at ${off.findIndex((d) => d > within)}`);
    assert.is(image.sha256, createHash("sha256").update(fixture(name)).digest("hex"));
  });
}

const refusal = (bytes: Uint8Array): Promise<string> =>
  decode(bytes).then(
    () => "none",
    (error: Error) => error.message,
  );

const SYNTAX = "1.2.840.10008.1.2";
const DAMAGED = /damaged or cut short/;
const refused: [what: string, tags: Tags, message: RegExp][] = [
  ["another modality", { "00080060": ["CS", "CT"] }, /^not a radiograph: its modality is CT$/],
  ["mammography", { "00080060": ["CS", "MG"] }, /modality is MG$/],
  ["no pixel data", { "7fe00010": null }, /^the DICOM file has no pixel data$/],
  ["colour", { "00280004": ["CS", "RGB"] }, /^not greyscale: its photometric interpretation is RGB$/],
  ["a palette", { "00280004": ["CS", "PALETTE COLOR"] }, /interpretation is PALETTE COLOR$/],
  ["nothing said of grey", { "00280004": null }, /interpretation is missing$/],
  ["three samples", { "00280002": ["US", [3]] }, /^not greyscale: it has more than one sample per pixel$/],
  ["a video", { "00020010": ["UI", `${SYNTAX}.4.102`] }, /^the transfer syntax 1\.2\.840\.10008\.1\.2\.4\.102 is not supported$/],
  ["no rows", { "00280010": null }, /^the DICOM file does not state its rows and columns$/],
  ["too many pixels", { "00280010": ["US", [65535]], "00280011": ["US", [65535]] }, /^more than 100 million pixels$/],
  ["32 bits", { "00280100": ["US", [32]] }, /^32 bits allocated per sample are not supported$/],
  ["more bits stored than allocated", { "00280101": ["US", [12]] }, /^the DICOM file's bits per sample contradict each other$/],
  ["too few pixels", { "00280011": ["US", [5]] }, DAMAGED],
];
for (const [what, tags, message] of refused) {
  test(`refused: ${what}`, async () => {
    const found = await refusal(dicom(tags));
    assert.match(found, message);
    assert.not.match(found, /SECRET/);
  });
}

test("an image of one value is black, the whole range white to black; a window that is none is passed over", async () => {
  const { data } = await decode(dicom({ "00281050": ["DS", "30"], "00281051": ["DS", "0"] }));
  assert.equal([...data], [0, 50, 100, 150, 200, 255]);
  assert.equal([...(await decode(dicom({ "7fe00010": ["OB", Buffer.alloc(6, 9)] }))).data], [0, 0, 0, 0, 0, 0]);
  const step = await decode(dicom({ "00281050": ["DS", "30.5"], "00281051": ["DS", "1"] }));
  assert.equal([...step.data], [0, 0, 0, 255, 255, 255]);
});

test("a note tells that only the first of several frames is used", async () => {
  assert.equal((await decode(fixture("frames"))).notes, ["3 frames: only the first one is used"]);
  assert.is((await decode(fixture("explicit"))).notes, undefined);
});

test("what inflates without end is refused", async () => {
  const head = dicom({ "7fe00010": null, "00020010": ["UI", `${SYNTAX}.1.99`] });
  const meta = head.indexOf(Buffer.from([0x08, 0, 0x60, 0]));
  const bomb = Buffer.concat([head.subarray(0, meta), deflateRawSync(Buffer.alloc(300 * 2 ** 20), { level: 1 })]);
  assert.match(await refusal(bomb), /deflated data set takes more than 128 MiB/);
});

/**
 * Lossless JPEG (T.81 annex H) with what no tool here writes: restart markers and a point transform. Every size's code has 5 bits
 * and is the size; the predictor is the sample on the left, above at a row's begin.
 */
function losslessJpeg(samples: number[], width: number, { rows, shift }: { rows: number; shift: number }): Buffer {
  const sizes = Array.from({ length: 17 }, (_, i) => i);
  const height = samples.length / width;
  const segment = (marker: number, body: number[]) => [0xff, marker, 0, body.length + 2, ...body];
  const out = [0xff, 0xd8];
  out.push(...segment(0xc3, [8, 0, height, 0, width, 1, 1, 0x11, 0]));
  out.push(...segment(0xc4, [0, ...Array.from({ length: 16 }, (_, i) => (i === 4 ? 17 : 0)), ...sizes]));
  out.push(...segment(0xdd, [0, rows * width]), ...segment(0xda, [1, 1, 0, 1, 0, shift]));
  let bits = "";
  const flush = () => {
    for (const byte of bits.match(/.{1,8}/g) ?? []) {
      const value = Number.parseInt(byte.padEnd(8, "1"), 2);
      out.push(value, ...(value === 0xff ? [0] : []));
    }
    bits = "";
  };
  samples.forEach((sample, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const fresh = y % rows === 0;
    if (fresh && x === 0 && y > 0) {
      flush();
      out.push(0xff, 0xd0 + ((y / rows - 1) % 8));
    }
    const above = fresh ? 2 ** (7 - shift) : samples[i - width] >> shift;
    const difference = (sample >> shift) - (x > 0 ? samples[i - 1] >> shift : above);
    const size = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
    const coded = difference < 0 ? difference + 2 ** size - 1 : difference;
    bits += size.toString(2).padStart(5, "0") + (size > 0 ? coded.toString(2).padStart(size, "0") : "");
  });
  flush();
  return Buffer.from([...out, 0xff, 0xd9]);
}

test("lossless JPEG with restart markers and a point transform", async () => {
  const samples = Array.from({ length: 5 * 18 }, (_, i) => (i * 37 + (i >> 3) * 11) % 256);
  const tags: Tags = {
    "00020010": ["UI", `${SYNTAX}.4.57`],
    "00280010": ["US", [18]],
    "00280011": ["US", [5]],
    "00281050": ["DS", "128"],
    "00281051": ["DS", "256"],
    "7fe00010": null,
  };
  for (const [rows, shift] of [
    [1, 0],
    [2, 0],
    [5, 1],
    [3, 3],
  ]) {
    const { data } = await decode(Buffer.concat([dicom(tags), fragment(losslessJpeg(samples, 5, { rows, shift }))]));
    assert.equal(
      [...data],
      samples.map((sample) => (sample >> shift) << shift),
      `${rows} rows, ${shift} bits`,
    );
  }
});

test("a decoder that a broken file has upset is not used for the next", async () => {
  for (const name of ["jpeg-2000", "jpeg-ls"]) {
    for (let i = 0; i < 3; i++) {
      const bytes = fixture(name);
      const pixels = bytes.indexOf(Buffer.from(name === "jpeg-ls" ? [0xff, 0xda] : [0xff, 0x93]));
      // Behind it nothing but the end, or not even that; the parameters of the coding are broken as well.
      bytes.fill(0xff, pixels + 4);
      assert.match(await refusal(bytes), DAMAGED);
      assert.is(Buffer.from((await decode(fixture(name))).data).toString("base64"), expected[name].grey);
    }
  }
});

test("JPEG 2000 headers that cost memory by themselves are refused", async () => {
  const MANY = /^its JPEG 2000 data have too many tiles or blocks$/;
  const changed = (marker: number[], offset: number, value: number[]) => {
    const bytes = fixture("jpeg-2000");
    bytes.set(value, bytes.indexOf(Buffer.from(marker)) + offset);
    return refusal(bytes);
  };
  const [siz, cod] = [
    [0xff, 0x51],
    [0xff, 0x52],
  ];
  assert.match(await changed(siz, 22, [0, 0, 0, 0]), MANY, "tiles without width");
  assert.match(await changed(cod, 10, [0]), MANY, "blocks of 4 pixels");
  assert.is(await changed(cod, 10, [4]), "none");
  const rows = Buffer.from(fixture("jpeg-2000"));
  for (const tag of [0x10, 0x11]) rows.writeUInt16LE(7000, rows.indexOf(Buffer.from([0x28, 0, tag, 0])) + 8);
  for (const edge of [6, 10]) rows.writeUInt32BE(7000, rows.indexOf(Buffer.from(siz)) + edge);
  assert.match(await refusal(rows), /^more than 40 million compressed pixels$/);
});

/** Numerical Recipes' linear congruential generator. */
function generator(seed: number) {
  let state = seed;
  return (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("a file that is cut or altered decodes or is refused in a sentence", async () => {
  const names = Object.keys(expected);
  const random = generator(12);
  let decoded = 0;
  for (let i = 0; i < Number(process.env.PULMO_DICOM_MUTATIONS ?? 300); i++) {
    const name = names[i % names.length];
    let bytes = fixture(name);
    // Behind the preamble; every other time in the pixels' half, where the codecs' headers are.
    const from = i % 2 ? 132 : Math.max(132, bytes.length >> 1);
    for (let n = random(8); n >= 0; n--) bytes[from + random(bytes.length - from)] = [0, 255, random(256)][random(3)];
    if (random(5) === 0) bytes = bytes.subarray(0, 132 + random(bytes.length - 132));
    const outcome = await decode(bytes).catch((error: Error) => error);
    if (outcome instanceof Error) {
      assert.match(outcome.message, /^[^\n]{10,120}$/, `mutation ${i} of ${name}`);
      assert.not.match(outcome.message, /SECRET|undefined|TypeError|of null|offset|range/, `mutation ${i} of ${name}`);
    } else {
      assert.is(outcome.data.length, outcome.width * outcome.height, `mutation ${i} of ${name}`);
      decoded++;
    }
  }
  assert.ok(decoded > 0);
});

test.run();
