import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createResizer, triangleWeights } from "#pulmo/core/resize.js";
import { decodeImage } from "#pulmo/node/decode.js";
import { loadKernels } from "#pulmo/node/variant.js";
import { fixture, realData, temporaryFolder, withoutData } from "../data/places.js";
import { unless } from "../skip.js";

const GUARD = 0xa5;
const memory = new WebAssembly.Memory({ initial: 1, maximum: 8192, shared: true });
const kernels = loadKernels("simd", memory);
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

for (const { width, height, channels, size, input, output } of fixture("pil-resize.json").cases) {
  test(`${width}x${height}x${channels} to ${size}x${size} equals Pillow's bytes`, () => {
    const resized = createResizer(kernels, memory, size)({ data: bytes(input), width, height, channels });
    assert.equal(resized, bytes(output));
  });
}

for (const { name, width, height, file, rgb } of fixture("pil-decode.json").cases) {
  test(`${name} decodes to the pixels of Pillow's convert("RGB")`, async () => {
    const path = join(temporaryFolder(), name);
    writeFileSync(path, bytes(file));
    const image = await decodeImage(path);
    assert.equal([image.width, image.height], [width, height]);
    const pixels =
      image.channels === 3
        ? image.data
        : Uint8Array.from({ length: width * height * 3 }, (_, i) => image.data[Math.floor(i / 3)]);
    assert.equal(new Uint8Array(pixels), bytes(rgb));
  });
}

test("a range of rows writes those rows and nothing beside them", () => {
  const [width, height, size, channels] = [19, 23, 7, 3];
  const x = triangleWeights(width, size);
  const y = triangleWeights(height, size);
  const [input, middle, out, xBounds, xWeights, yBounds, yWeights] = [0, 4096, 8192, 12288, 16384, 20480, 24576];
  const view = new Uint8Array(memory.buffer);
  for (const [array, at] of [
    [x.bounds, xBounds],
    [x.weights, xWeights],
    [y.bounds, yBounds],
    [y.weights, yWeights],
  ] as const) {
    new Int32Array(memory.buffer).set(array, at / 4);
  }
  for (let i = 0; i < width * height * channels; i++) view[input + i] = (i * 37) % 256;

  const rowBytes = size * channels;
  const run = (rows: [number, number], lines: [number, number]) => {
    view.fill(GUARD, middle, xBounds);
    kernels.resizeHorizontal(middle, input, xBounds, xWeights, width, size, channels, x.taps, rows[0], rows[1]);
    const between = view.slice(middle, middle + rowBytes * (height + 1));
    kernels.resizeVertical(out, middle, yBounds, yWeights, rowBytes, y.taps, lines[0], lines[1]);
    return { between, end: view.slice(out, out + rowBytes * (size + 1)) };
  };
  const whole = run([0, height], [0, size]);
  const part = run([5, 9], [0, 0]);
  assert.equal(part.between.subarray(5 * rowBytes, 9 * rowBytes), whole.between.subarray(5 * rowBytes, 9 * rowBytes));
  assert.ok(part.between.subarray(0, 5 * rowBytes).every((b) => b === GUARD));
  assert.ok(part.between.subarray(9 * rowBytes).every((b) => b === GUARD));
  const lines = run([0, height], [2, 4]);
  assert.equal(lines.end.subarray(2 * rowBytes, 4 * rowBytes), whole.end.subarray(2 * rowBytes, 4 * rowBytes));
  assert.ok(lines.end.subarray(0, 2 * rowBytes).every((b) => b === GUARD));
  assert.ok(lines.end.subarray(4 * rowBytes).every((b) => b === GUARD));
});

test("weights of every position sum to 2^22 within a rounding each", () => {
  for (const [from, to] of [
    [1, 9],
    [9, 1],
    [1000, 224],
    [223, 224],
    [224, 224],
    [65535, 224],
  ]) {
    const { bounds, weights, taps } = triangleWeights(from, to);
    for (let i = 0; i < to; i++) {
      const sum = weights.subarray(i * taps, i * taps + bounds[2 * i + 1]).reduce((a, w) => a + w, 0);
      assert.ok(Math.abs(sum - 2 ** 22) <= bounds[2 * i + 1] / 2, `${from} to ${to} at ${i}: ${sum}`);
      assert.ok(bounds[2 * i] >= 0 && bounds[2 * i] + bounds[2 * i + 1] <= from && bounds[2 * i + 1] <= taps);
    }
  }
});

unless(withoutData("originals"), test)("the originals at 224x224 equal Pillow's, every byte", async () => {
  const resize = createResizer(kernels, memory, 224);
  const { files } = fixture("pil-originals.json");
  assert.is(files.length, 48);
  for (const { file, sha256 } of files) {
    const pixels = resize(await decodeImage(join(realData("originals"), file)));
    assert.is(createHash("sha256").update(pixels).digest("hex"), sha256, file);
  }
});

test.run();
