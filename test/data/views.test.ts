// Views of images, compared with the float64 oracle of their kernels and with their definitions.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createResizer } from "#pulmo/core/resize.js";
import type { PixelRows } from "#pulmo/data/types.js";
import { createViews, rescaled, seenThrough, sharpness } from "#pulmo/data/views.js";
import { loadKernels } from "#pulmo/node/variant.js";
import { blurred, contrasted, resampled } from "../reference/augment.js";
import { hash } from "../reference/formula.js";

const test = suite("views");
const SIZE = 40;
const BYTES = SIZE * SIZE * 3;
const image = (stream: number) => Uint8Array.from({ length: BYTES }, (_, i) => hash(stream, i) >>> 24);
const pixels = image(1);
const views = createViews(SIZE);
const whole = { bytes: pixels, H: SIZE, W: SIZE };

/** As in test/assembly/augment.test.ts: half a level for rounding, a hundredth for float32. */
function assertRounded(actual: Uint8Array, expected: Float64Array, what: string): void {
  const worst = expected.reduce((most, x, i) => Math.max(most, Math.abs(actual[i] - x)), 0);
  assert.ok(worst <= 0.51, `${what}: ${worst} levels off`);
}

test("blur, brightness, contrast and crop are the kernels'", () => {
  for (const sigma of [0.5, 2, 4]) assertRounded(views.blurred(sigma)(pixels, 0), blurred(whole, sigma), `blur ${sigma}`);
  for (const factor of [0.6, 1.5]) {
    const single = Math.fround(factor);
    assertRounded(views.brightened(factor)(pixels, 0), resampled(whole, [1, 0, 0, 0, 1, 0, single, 1]), `brightness ${factor}`);
    assertRounded(views.contrasted(factor)(pixels, 0), contrasted(Float64Array.from(pixels), single), `contrast ${factor}`);
  }
  // Of 40 pixels, 4 left out on every side: output pixel x has its centre at 4 + (x + 1/2) 32 / 40 of the image's length.
  const expected = resampled(whole, [0.8, 0, 4 + 0.4 - 0.5, 0, 0.8, 4 + 0.4 - 0.5, 1]);
  assertRounded(views.cropped(0.1)(pixels, 0), expected, "crop");
});

test("neutral levels return the pixels unchanged", () => {
  const same = [
    views.blurred(0),
    views.rescaled(SIZE),
    views.brightened(1),
    views.contrasted(1),
    views.cropped(0),
    views.noisy(0),
    views.covered(0),
  ];
  for (const view of same) assert.equal(view(pixels, 3), pixels);
});

test("down-sampling is the decoder's resizing, there and back; views of one memory do not disturb each other", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 256, shared: true });
  const kernels = loadKernels("simd", memory);
  const [down, up] = [11, SIZE].map((to) => createResizer(kernels, memory, to));
  const small = down({ data: pixels, width: SIZE, height: SIZE, channels: 3 });
  const expected = up({ data: small, width: 11, height: 11, channels: 3 });
  const [shrunk, smooth] = [views.rescaled(11), views.blurred(2)];
  const before = smooth(pixels, 0);
  assert.equal(shrunk(pixels, 0), expected);
  assert.equal(smooth(pixels, 0), before);
  assert.equal(rescaled(SIZE, 11)(pixels, 0), expected);
});

test("noise has the right deviation, is equal in the three channels, reproducible, and different for each row", () => {
  const grey = new Uint8Array(BYTES).fill(128);
  const seen = views.noisy(20)(grey, 5);
  const noise = Float64Array.from({ length: SIZE * SIZE }, (_, i) => seen[3 * i] - 128);
  seen.forEach((value, i) => assert.is(value, seen[i - (i % 3)]));
  const mean = noise.reduce((sum, x) => sum + x, 0) / noise.length;
  const deviation = Math.sqrt(noise.reduce((sum, x) => sum + (x - mean) ** 2, 0) / noise.length);
  // Standard errors of 1,600 draws: 20 / 40 of the mean, 20 / sqrt(3200) of the deviation; four of them.
  assert.ok(Math.abs(mean) < 2 && Math.abs(deviation - 20) < 1.5, `${mean}, ${deviation}`);
  assert.equal(views.noisy(20)(grey, 5), seen);
  assert.not.equal(views.noisy(20)(grey, 6), seen);
  const half = views.noisy(10)(grey, 5);
  half.forEach((value, i) => assert.ok(Math.abs(2 * (value - 128) - (seen[i] - 128)) <= 1.5, `${i}`));
});

test("noise is clipped at black and at white", () => {
  const ends = Uint8Array.from({ length: BYTES }, (_, i) => (i < BYTES / 2 ? 0 : 255));
  const seen = views.noisy(30)(ends, 0);
  seen.forEach((value, i) => assert.ok(ends[i] === 0 ? value < 200 : value > 55));
  assert.ok(seen.includes(0) && seen.includes(255));
});

test("the covered square is centred and has the mean colour", () => {
  const mean = [0, 1, 2].map((c) => Math.round(pixels.reduce((sum, v, i) => sum + (i % 3 === c ? v : 0), 0) / (SIZE * SIZE)));
  views
    .covered(0.5)(pixels, 0)
    .forEach((value, i) => {
      const [y, x] = [Math.floor(i / 3 / SIZE), Math.floor(i / 3) % SIZE];
      const inside = [y, x].every((at) => at >= 10 && at < 30);
      assert.is(value, inside ? mean[i % 3] : pixels[i]);
    });
});

test("sharpness is the mean difference from the blurred image, none of a flat one", () => {
  const blur = views.blurred(1);
  const smooth = blurred(whole, 1);
  const expected = smooth.reduce((sum, x, i) => sum + Math.abs(pixels[i] - x), 0) / BYTES;
  // Rounding moves a value by half a level.
  assert.ok(Math.abs(sharpness(pixels, blur) - expected) < 0.5);
  assert.is(sharpness(new Uint8Array(BYTES).fill(77), blur), 0);
  assert.ok(sharpness(blur(pixels, 0), blur) < sharpness(pixels, blur) / 3);
});

test("a view gets the index of a row and does not modify the row", async () => {
  const rows: PixelRows = { images: [], rowBytes: BYTES, read: async (i, into) => into.set(image(i)) };
  const into = new Uint8Array(BYTES);
  await seenThrough(rows, views.noisy(9)).read(2, into);
  assert.equal(into, views.noisy(9)(image(2), 2));
  await rows.read(2, into);
  assert.equal(into, image(2));
});

test.run();
