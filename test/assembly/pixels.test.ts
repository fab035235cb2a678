import { suite } from "uvu";
import { hash } from "../reference/formula.js";
import { padded } from "../reference/layout.js";
import { pixelsToUnit } from "../reference/pixels.js";
import { input, label, output, run, sameBits, sweep, updated } from "./harness.js";

const test = suite("kernels: pixels");

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => hash(1, i) >>> 24);

test("pixels: all 256 values", () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const x = output(256);
  run("pixels", "0..255", { x, bytes: input(all), row: 16, tiles: 16 }, (what) => {
    sameBits(x.result, Float32Array.from(pixelsToUnit(all)), what);
  });
});

test("pixels", () => {
  for (const { row, rows } of sweep({ row: [9, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33, 672], rows: [3, 1, 2] }, 4)) {
    const from = bytes(row * rows);
    const x = output(row * rows);
    run("pixels", label({ row, rows }), { x, bytes: input(from), row, tiles: rows }, (what) => {
      sameBits(x.result, Float32Array.from(pixelsToUnit(from)), what);
    });
  }
});

test("pixelsPadded", () => {
  for (const shape of sweep({ n: [2, 1, 3], h: [3, 1, 2, 8], w: [5, 1, 2, 3, 11, 32], c: [3, 1], pad: [3, 0, 1, 2] }, 12)) {
    const { n, h, w, c, pad } = shape;
    const from = bytes(n * h * w * c);
    const x = output(n * (h + 2 * pad) * (w + 2 * pad) * c);
    const expected = padded(Float32Array.from(pixelsToUnit(from)), shape);
    run("pixelsPadded", label(shape), { x, bytes: input(from), H: h, W: w, C: c, pad, tiles: n }, (what) => {
      sameBits(x.result, expected, what);
    });
  }
});

test("normalize", () => {
  const [mean, std] = [[0.485, 0.456, 0.406].map(Math.fround), [0.229, 0.224, 0.225].map(Math.fround)];
  const [meanR, meanG, meanB] = mean;
  const [stdR, stdG, stdB] = std;
  for (const shape of sweep({ n: [2, 1], h: [3, 1, 8], w: [5, 1, 2, 3, 4, 11, 32], pad: [2, 0, 1, 3] }, 12)) {
    const { n, h, w, pad } = shape;
    const inside = Float32Array.from({ length: n * h * w * 3 }, (_, i) => hash(2, i) / 2 ** 32);
    const x = updated(Float32Array.from(padded(inside, { ...shape, c: 3 })));
    // Float32 rounds the difference and the quotient, as torchvision does.
    const after = inside.map((value, i) => Math.fround(value - mean[i % 3]) / std[i % 3]);
    const expected = padded(after, { ...shape, c: 3 });
    run("normalize", label(shape), { x, H: h, W: w, pad, meanR, meanG, meanB, stdR, stdG, stdB, tiles: n }, (what) => {
      sameBits(x.result, expected, what);
    });
  }
});

test.run();
