import { suite } from "uvu";
import { hash } from "../reference/formula.js";
import { padded } from "../reference/layout.js";
import { pixelsToUnit } from "../reference/pixels.js";
import { input, label, output, run, sameBits, sweep } from "./harness.js";

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

test.run();
