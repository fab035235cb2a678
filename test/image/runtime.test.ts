// src/image needs only Uint8Array and injected functions, and no other part of a runtime.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MAX_IMAGE } from "#pulmo/image/bounds.js";
import { decodeDicom } from "#pulmo/image/dicom/decode.js";
import { readDicomTags } from "#pulmo/image/dicom/tags.js";
import type * as WasmCodec from "#pulmo/image/jpeg/wasm-codec.js";
import { imageFormat } from "#pulmo/image/magic.js";
import type { ImageRuntime } from "#pulmo/image/runtime.js";
import { decodeImage } from "#pulmo/node/decode.js";
import { inflateRaw } from "#pulmo/node/inflate.js";

const test = suite("image: runtime");
const FIXTURES = "test/fixtures/dicom";
const names = readdirSync(FIXTURES).filter((name) => name.endsWith(".dcm"));

/** A plain Uint8Array, at an odd offset in its ArrayBuffer. */
function plainBytes(path: string): Uint8Array {
  const bytes = readFileSync(path);
  const room = new Uint8Array(bytes.length + 7);
  room.set(bytes, 3);
  return room.subarray(3, 3 + bytes.length);
}

/** Runs `work` as if this were a browser. */
async function withoutBuffer<T>(work: () => Promise<T>): Promise<T> {
  const { Buffer } = globalThis;
  Reflect.deleteProperty(globalThis, "Buffer");
  try {
    return await work();
  } finally {
    globalThis.Buffer = Buffer;
  }
}

const noRuntime: ImageRuntime = {
  inflateRaw: () => {
    throw new Error("no inflate here");
  },
  decodeGreyJpeg: async () => undefined,
};
/** The fixtures that need the injected functions. */
const NEEDS = new Map([
  ["deflated.dcm", "the DICOM data are damaged or cut short"],
  ["jpeg-baseline.dcm", "not greyscale: its JPEG has colours"],
  ["jpeg-extended-8.dcm", "not greyscale: its JPEG has colours"],
]);

test("a decoder that cannot be loaded is not reported as a damaged file, and the next file tries again", async () => {
  // A copy of the module: the usual one may have loaded its decoders already.
  const { decodeWith }: typeof WasmCodec = await import(`${import.meta.resolve("#pulmo/image/jpeg/wasm-codec.js")}?copy`);
  const format = { width: 1, height: 1, allocated: 8, stored: 8, highBit: 7, signed: false };
  const { instantiate } = WebAssembly;
  for (const codec of ["JPEG-LS", "JPEG 2000"] as const) {
    const refusal = () =>
      decodeWith(codec, Uint8Array.of(1, 2, 3), format).then(
        () => "none",
        (error: Error) => error.message,
      );
    WebAssembly.instantiate = (): Promise<never> => Promise.reject(new Error("not found"));
    const refused = await refusal();
    WebAssembly.instantiate = instantiate;
    assert.is(refused, `the ${codec} decoder cannot be loaded`);
    assert.is(await refusal(), "the pixel data are damaged or cut short");
  }
});

test("every DICOM fixture has the same pixels from a plain Uint8Array, without Buffer", async () => {
  const missing: string[] = [];
  for (const name of names) {
    const expected = await decodeImage(join(FIXTURES, name));
    const bytes = plainBytes(join(FIXTURES, name));
    const found = await withoutBuffer(() => decodeDicom(bytes, MAX_IMAGE, noRuntime).catch((error: Error) => error));
    if (found instanceof Error) {
      assert.is(found.message, NEEDS.get(name), name);
      missing.push(name);
      continue;
    }
    assert.equal([found.width, found.height, found.channels, found.notes], [expected.width, expected.height, 1, expected.notes]);
    assert.ok(found.data.every((level, i) => level === expected.data[i]) && found.data.length === expected.data.length, name);
  }
  assert.equal(missing.sort(), [...NEEDS.keys()].sort());
});

test("the runtime's decoder gets the JPEG and its number of pixels, and its levels are used", async () => {
  const calls: number[][] = [];
  const decodeGreyJpeg = async (jpeg: Uint8Array, maxPixels: number) => {
    calls.push([jpeg[0], jpeg[1], maxPixels]);
    return Uint8Array.from({ length: maxPixels }, (_, i) => i % 256);
  };
  const bytes = plainBytes(join(FIXTURES, "jpeg-baseline.dcm"));
  const { data, width, height } = await decodeDicom(bytes, MAX_IMAGE, { ...noRuntime, decodeGreyJpeg });
  assert.equal(calls, [[0xff, 0xd8, width * height]]);
  assert.is(new Set(data).size > 100, true);
});

test("tags are read from bytes; other and damaged files have none", async () => {
  const bytes = plainBytes(join(FIXTURES, "explicit.dcm"));
  const tags = await withoutBuffer(async () => readDicomTags(bytes, inflateRaw));
  assert.is(tags.Modality, "CR");
  assert.equal(readDicomTags(bytes.subarray(0, 140), inflateRaw), {});
  assert.equal(readDicomTags(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), inflateRaw), {});
  assert.is(readDicomTags(plainBytes(join(FIXTURES, "deflated.dcm")), inflateRaw).Modality, "CR");
});

test("a file's first bytes tell its format", () => {
  const preamble = new Uint8Array(132);
  /** The first bytes of an element that is followed by others. */
  const element = (...bytes: number[]) => Uint8Array.from({ length: 16 }, (_, i) => bytes[i] ?? 0);
  preamble.set([0x44, 0x49, 0x43, 0x4d], 128);
  const formats: [bytes: Uint8Array, format: string | undefined][] = [
    [Uint8Array.of(0xff, 0xd8, 0xff), "jpeg"],
    [Uint8Array.of(0xff, 0xd8), undefined],
    [Uint8Array.of(0x89, 0x50, 0x4e, 0x47), "png"],
    [preamble, "dicom"],
    [preamble.subarray(0, 131), undefined],
    // Without preamble: explicit, implicit (a length of 4), big endian; then a length that is too large, a group that is not 8.
    [element(8, 0, 5, 0, 0x43, 0x53, 4, 0), "dicom"],
    [element(8, 0, 5, 0, 4, 0, 0, 0), "dicom"],
    [element(0, 8, 0, 5, 0x43, 0x53, 0, 4), "dicom"],
    [element(8, 0, 5, 0, 1, 1, 0, 0), undefined],
    [Uint8Array.of(9, 0, 5, 0, 0x43, 0x53, 4, 0), undefined],
    [new Uint8Array(0), undefined],
  ];
  for (const [bytes, format] of formats) assert.is(imageFormat(bytes), format, String(bytes));
});

test.run();
