import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ConvShape, conv2dBackwardWeights, conv2d as oracle } from "../reference/conv2d.js";
import { hash } from "../reference/formula.js";
import { padded } from "../reference/layout.js";
import { pixelsToUnit } from "../reference/pixels.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { extents } from "./convolutions.js";
import { input, label, output, outputBytes, random, run, sameBits, sweep, updated, variants } from "./harness.js";
import { panelCount, panelsOfRows, rowsOfPanels } from "./panels.js";

const test = suite("kernels: stem");

interface Stem {
  n: number;
  h: number;
  w: number;
  o: number;
  r: number;
  stride: number;
  pad: number;
}

const shapes = sweep(
  {
    n: [3, 1, 2],
    h: [9, 8, 15, 33],
    w: [12, 8, 9, 11, 30],
    o: [16, 8, 24, 64, 128],
    r: [7, 1, 3, 5, 8],
    stride: [2, 1, 3],
    pad: [3, 0, 1, 2],
  },
  30,
);
const convOf = (s: Stem): ConvShape => ({ ...s, c: 3, s: s.r });
const geometry = ({ n, h, w, o, r, stride, pad }: Stem) => ({ N: n, H: h, W: w, O: o, R: r, stride, pad });
const f32 = (values: number[]) => values.map(Math.fround);
const NORMALIZATIONS = [
  { mean: [0, 0, 0], std: [1, 1, 1] },
  { mean: f32([0.485, 0.456, 0.406]), std: f32([0.229, 0.224, 0.225]) },
];
type Normalization = (typeof NORMALIZATIONS)[number];
const channels = ({ mean, std }: Normalization) => ({
  meanR: mean[0],
  meanG: mean[1],
  meanB: mean[2],
  stdR: std[0],
  stdG: std[1],
  stdB: std[2],
});
const centred = ({ mean }: Normalization) => mean.some((m) => m !== 0);

/** Images of which every other one, from `first` on, is grey. */
function images(
  { n, h, w }: { n: number; h: number; w: number },
  first = 0,
): { bytes: Uint8Array<ArrayBuffer>; grey: Uint8Array<ArrayBuffer> } {
  const grey = Uint8Array.from({ length: n }, (_, i) => ((i + first) % 2 === 0 ? 1 : 0));
  const bytes = Uint8Array.from(
    { length: n * h * w * 3 },
    (_, i) => hash(1, grey[Math.floor(i / (h * w * 3))] ? Math.floor(i / 3) : i) >>> 24,
  );
  return { bytes, grey };
}

/** What stemPixels makes of them; `before` where it writes nothing. */
function stemPixels(bytes: Uint8Array, grey: Uint8Array, shape: Stem, { mean, std }: Normalization, before: Float32Array) {
  const { h, w, pad } = shape;
  const x = before.slice();
  const [image, size] = [h * w * 3, (h + 2 * pad) * (w + 2 * pad) * 3];
  for (const [i, isGrey] of grey.entries()) {
    const unit = Float32Array.from(pixelsToUnit(bytes.subarray(i * image, (i + 1) * image)));
    const own = isGrey ? unit.filter((_, k) => k % 3 === 0) : unit.map((v, k) => Math.fround(v - mean[k % 3]) / std[k % 3]);
    x.set(padded(own, { n: 1, h, w, c: isGrey ? 1 : 3, pad }), i * size);
  }
  return x;
}

test("stemPixels", () => {
  for (const [i, shape] of shapes.entries()) {
    const { n, h, w, pad } = shape;
    const normalization = NORMALIZATIONS[i % 2];
    const { bytes, grey } = images(shape, i % 2);
    const x = updated(random(4, n * (h + 2 * pad) * (w + 2 * pad) * 3));
    const flags = outputBytes(n);
    const expected = stemPixels(bytes, grey, shape, normalization, x.initial as Float32Array);
    const given = { x, grey: flags, bytes: input(bytes), H: h, W: w, pad, ...channels(normalization), tiles: n };
    run("stemPixels", label(shape), given, (what) => {
      sameBits(flags.result, grey, what);
      sameBits(x.result, expected, what);
    });
  }
});

test("stemPixels: one channel of one pixel differs", () => {
  const [h, w] = [3, 9];
  for (let i = 0; i < h * w * 3; i++) {
    const bytes = new Uint8Array(h * w * 3).fill(100);
    bytes[i]++;
    const [x, flags] = [updated(random(4, h * w * 3)), outputBytes(1)];
    const given = { x, grey: flags, bytes: input(bytes), H: h, W: w, pad: 0, ...channels(NORMALIZATIONS[1]), tiles: 1 };
    run("stemPixels", `byte ${i}`, given, (what) => assert.equal([...flags.result], [0], what));
  }
});

/** One variant's weights of grey images. */
function greyWeights(panels: Float32Array<ArrayBuffer>, shape: Stem, normalization: Normalization) {
  const { o, r } = shape;
  const weights = output(panelCount(o) * 16 * r * r);
  const sums = centred(normalization) ? output(variants[0].kernels.stemTable(o, r)) : (0 as const);
  const given = { weights, sums, panels: input(panels), O: o, R: r, ...channels(normalization) };
  run("stemWeights", label(shape), given, () => {});
  return { weights: input(weights.result), sums: sums && input(sums.result) };
}

/** The normalized pixels, and the sums of absolute values that the kernels add up. */
function normalized(bytes: Uint8Array, { mean, std }: Normalization) {
  const unit = pixelsToUnit(bytes);
  return {
    x: Float64Array.from(unit, (v, i) => (v - mean[i % 3]) / std[i % 3]),
    magnitude: Float64Array.from(unit, (v, i) => (v + mean[i % 3]) / std[i % 3]),
  };
}

test("stem", () => {
  for (const [i, shape] of shapes.entries()) {
    const { n, h, w, o, r, pad } = shape;
    const conv = convOf(shape);
    const normalization = NORMALIZATIONS[i % 2];
    const { bytes, grey } = images(shape, (i >> 1) % 2);
    const weight = random(2, o * r * r * 3);
    const panels = panelsOfRows(weight, o, r * r * 3);
    const { x, magnitude } = normalized(bytes, normalization);
    const pixels = stemPixels(bytes, grey, shape, normalization, random(4, n * (h + 2 * pad) * (w + 2 * pad) * 3));
    const { OH, OW } = extents(conv);
    const y = output(n * OH * OW * o);
    const [scale, shift] = [random(5, o), random(6, o)];
    const folded = i % 3 === 0;
    const follow = (z: Float64Array, size: (v: number) => number) =>
      folded ? z.map((v, k) => size(scale[k % o]) * v + size(shift[k % o])) : z;
    const z = follow(oracle(x, Float64Array.from(weight), conv), Number);
    const bound = follow(oracle(magnitude, absolute(weight), conv), Math.abs);
    const epilogue = folded ? { scale: input(scale), shift: input(shift), relu: 1 } : ({ scale: 0, shift: 0, relu: 0 } as const);
    const given = { y, x: input(pixels), grey: input(grey), panels: input(panels), ...greyWeights(panels, shape, normalization) };
    run("stem", label(shape), { ...given, ...geometry(shape), ...epilogue }, (what) => {
      assertClose(y.result, folded ? z.map((v) => Math.max(v, 0)) : z, (k) => tolerance(6 * r * r + 6, bound[k]), what);
    });
  }
});

test("stemBackwardWeights", () => {
  for (const [i, shape] of shapes.entries()) {
    const { n, h, w, o, r, pad } = shape;
    const conv = convOf(shape);
    const normalization = NORMALIZATIONS[i % 2];
    const { bytes, grey } = images(shape, (i >> 1) % 2);
    const { x, magnitude } = normalized(bytes, normalization);
    const pixels = stemPixels(bytes, grey, shape, normalization, random(4, n * (h + 2 * pad) * (w + 2 * pad) * 3));
    const { OH, OW } = extents(conv);
    const dy = random(3, n * OH * OW * o);
    const expected = conv2dBackwardWeights(Float64Array.from(dy), x, conv);
    // The sums over taps inside the image are differences of sums over all pixels.
    const whole = conv2dBackwardWeights(absolute(dy), magnitude, conv);
    const all = Array.from({ length: o }, (_, k) => dy.reduce((sum, v, at) => (at % o === k ? sum + Math.abs(v) : sum), 0));
    const share = Math.max(...normalization.mean.map((m, c) => m / normalization.std[c]));
    const count = panelCount(o) * 16 * r * r * 3;
    const partial = output(n * count);
    const given = {
      partial,
      x: input(pixels),
      grey: input(grey),
      dy: input(dy),
      ...geometry(shape),
      centred: centred(normalization) ? 1 : 0,
    };
    run("stemBackwardWeights", label(shape), { ...given, ...channels(normalization) }, (what) => {
      const sum = new Float32Array(count);
      for (let k = 0; k < count; k++) {
        let total = 0;
        for (let image = 0; image < n; image++) total += partial.result[image * count + k];
        sum[k] = total;
      }
      const bound = (k: number) => whole[k] + 4 * share * all[Math.floor(k / (r * r * 3))];
      assertClose(rowsOfPanels(sum, o, r * r * 3), expected, (k) => tolerance(n * OH * OW + 8, bound(k)), what);
    });
  }
});

test("an image has the same bits beside grey images and others", () => {
  const shape = { n: 2, h: 20, w: 20, o: 16, r: 7, stride: 2, pad: 3 };
  const normalization = NORMALIZATIONS[1];
  const panels = panelsOfRows(random(2, 16 * 49 * 3), 16, 49 * 3);
  const first = images({ ...shape, n: 1 });
  const results = [0, 1].map((other) => {
    const bytes = Uint8Array.from([...first.bytes, ...images({ ...shape, n: 1 }, other).bytes]);
    const grey = Uint8Array.of(1, 1 - other);
    const pixels = stemPixels(bytes, grey, shape, normalization, random(4, 2 * 26 * 26 * 3));
    const y = output(2 * 10 * 10 * 16);
    const given = { y, x: input(pixels), grey: input(grey), panels: input(panels), ...greyWeights(panels, shape, normalization) };
    run("stem", `beside ${other}`, { ...given, ...geometry(shape), scale: 0, shift: 0, relu: 0 }, () => {});
    return y.result.slice(0, 10 * 10 * 16);
  });
  sameBits(results[0], results[1], "the first image");
});

test.run();
