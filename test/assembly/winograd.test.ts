// Winograd F(4x4, 3x3): each stage is compared with the matrices of Lavin & Gray (arXiv:1509.09308), and the matrices with a
// convolution. All stages together are tested as layers, in test/core/layers.test.ts.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { conv2d } from "../reference/conv2d.js";
import { matmul } from "../reference/matmul.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { assertUntouched, input, label, output, outputRows, random, run, sameBits, sweep, updated, variants } from "./harness.js";
import { panelsOfRows } from "./panels.js";

const test = suite("kernels: winograd");
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);

type Matrix = number[][];
const INPUT: Matrix = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];
const WEIGHT: Matrix = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];
const OUTPUT: Matrix = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
];
// F(2, 3) of cropped patches, for the same WEIGHT: rows for the points 0, 1, -1 and infinity.
const INPUT2: Matrix = [
  [4, 0, -4, 0],
  [0, -3, -3, 0],
  [0, 3, -3, 0],
  [0, -1, 0, 1],
];
const OUTPUT2: Matrix = [
  [1, 1, 1, 0],
  [0, 1, -1, 1],
];
const transpose = (m: Matrix): Matrix => m[0].map((_, j) => m.map((row) => row[j]));
const magnitudeOf = (m: Matrix): Matrix => m.map((row) => row.map(Math.abs));

/** What a patch is in one direction: rows (or columns) of outputs, its matrices, and the places of its points among the six. */
interface Side {
  outputs: number;
  input: Matrix;
  output: Matrix;
  points: number[];
}
const WHOLE: Side = { outputs: 4, input: INPUT, output: OUTPUT, points: [0, 1, 2, 3, 4, 5] };
const CROPPED: Side = { outputs: 2, input: INPUT2, output: OUTPUT2, points: [0, 1, 2, 5] };

/** A p B^T of a patch given row by row. */
function both(a: Matrix, p: ArrayLike<number>, b: Matrix): Float64Array {
  const flat = (m: Matrix) => Float64Array.from(m.flat());
  const half = matmul(flat(a), f64(p), { m: a.length, n: b[0].length, k: a[0].length });
  return matmul(half, flat(b), { m: a.length, n: b.length, k: b[0].length, transposeB: true });
}

const twice = (m: Matrix, patch: ArrayLike<number>): Float64Array => both(m, patch, m);

/** Terms of each sum, both ways: six by six at most; and a factor like 1/6 is rounded, each way. */
const TERMS = 36 + 2;
const FREQUENCIES = 36;

interface Shape {
  n: number;
  h: number;
  w: number;
  c: number;
}

const shapes: Shape[] = sweep({ n: [2, 1, 3], h: [7, 1, 4, 5, 8, 9], w: [6, 1, 3, 4, 13, 14], c: [16, 32, 48] }, 10);

interface Patch {
  n: number;
  /** Place among the image's patches. */
  i: number;
  j: number;
  rows: Side;
  columns: Side;
  /** The frequencies that it has, in the order of its transforms' elements. */
  frequencies: number[];
}

/** In the kernels' order: short of columns only, whole, short of rows only, short of both. */
function patchesOf({ n, h, w }: Omit<Shape, "c">): Patch[] {
  const sides = (length: number) =>
    Array.from({ length: Math.ceil(length / 4) }, (_, k) => (length - 4 * k > 2 ? WHOLE : CROPPED));
  const groups: Patch[][] = [[], [], [], []];
  for (let image = 0; image < n; image++) {
    for (const [i, rows] of sides(h).entries()) {
      for (const [j, columns] of sides(w).entries()) {
        const frequencies = rows.points.flatMap((p) => columns.points.map((q) => 6 * p + q));
        const group = rows === WHOLE ? (columns === WHOLE ? 1 : 0) : columns === WHOLE ? 2 : 3;
        groups[group].push({ n: image, i, j, rows, columns, frequencies });
      }
    }
  }
  return groups.flat();
}

/** The index of pixel (k, l) of a patch in NHWC, the first one `border` above and left of its outputs; -1 outside the image. */
function pixelOf({ h, w, c }: Shape, { n, i, j }: Patch, k: number, l: number, border: number): number {
  const [y, x] = [4 * i - border + k, 4 * j - border + l];
  return y >= 0 && y < h && x >= 0 && x < w ? ((n * h + y) * w + x) * c : -1;
}

const valuesOf = (x: Float32Array, shape: Shape, patch: Patch, channel: number, rows: number, columns: number, border: number) =>
  Float64Array.from({ length: rows * columns }, (_, k) => {
    const at = pixelOf(shape, patch, Math.floor(k / columns), k % columns, border);
    return at < 0 ? 0 : x[at + channel];
  });

/** The 3x3 windows of a patch's outputs. */
const inputOf = (x: Float32Array, shape: Shape, patch: Patch, channel: number) =>
  valuesOf(x, shape, patch, channel, patch.rows.outputs + 2, patch.columns.outputs + 2, 1);

interface Transform {
  rows: Matrix;
  columns: Matrix;
  values: ArrayLike<number>;
  /** Where the result's elements belong. */
  places: number[];
}

/** Compares the elements of every item's transform with the oracle, and that nothing else was written. */
function assertTransformed(
  result: Float32Array<ArrayBuffer>,
  items: number,
  transform: (item: number) => Transform,
  what: string,
): void {
  const [expected, magnitude, actual]: number[][] = [[], [], []];
  const written = new Set<number>();
  for (let item = 0; item < items; item++) {
    const { rows, columns, values, places } = transform(item);
    expected.push(...both(rows, values, columns));
    magnitude.push(...both(magnitudeOf(rows), absolute(values), magnitudeOf(columns)));
    for (const place of places) {
      actual.push(result[place]);
      written.add(place);
    }
  }
  assertClose(Float32Array.from(actual), f64(expected), (i) => tolerance(TERMS, magnitude[i]), what);
  assertUntouched(result, (i) => !written.has(i), what);
}

test("the matrices make a convolution", () => {
  const g = f64(random(2, 9));
  const U = twice(WEIGHT, g);
  for (const rows of [WHOLE, CROPPED]) {
    for (const columns of [WHOLE, CROPPED]) {
      const [h, w] = [rows.outputs + 2, columns.outputs + 2];
      const d = f64(random(1, h * w));
      const frequencies = rows.points.flatMap((p) => columns.points.map((q) => 6 * p + q));
      const V = both(rows.input, d, columns.input);
      const M = V.map((v, k) => v * U[frequencies[k]]);
      const expected = conv2d(d, g, { n: 1, h, w, c: 1, o: 1, r: 3, s: 3, stride: 1, pad: 0 });
      assertClose(
        Float32Array.from(both(rows.output, M, columns.output)),
        expected,
        tolerance(1, 9),
        `${rows.outputs}x${columns.outputs} outputs`,
      );
    }
  }
});

test("winogradInput", () => {
  for (const shape of shapes) {
    const { n, h, w, c } = shape;
    const patches = patchesOf(shape);
    const T = patches.length;
    const k = variants[0].kernels;
    const ldv = k.winogradPitch(c);
    // Room for one more patch than there is: chunks of unequal length share a buffer.
    const plane = k.winogradPlane(T + 1, ldv);
    const x = random(1, n * h * w * c);
    const v = outputRows(FREQUENCIES * plane);
    run("winogradInput", label(shape), { v, x: input(x), H: h, W: w, C: c, T, ldv, plane }, (what) => {
      const transform = (item: number): Transform => {
        const [t, channel] = [Math.floor(item / c), item % c];
        const { rows, columns, frequencies } = patches[t];
        const places = frequencies.map((f) => f * plane + t * ldv + channel);
        return { rows: rows.input, columns: columns.input, values: inputOf(x, shape, patches[t], channel), places };
      };
      assertTransformed(v.result, T * c, transform, what);
    });
  }
});

test("winogradGradient", () => {
  for (const shape of shapes) {
    const { n, h, w, c: o } = shape;
    const patches = patchesOf(shape);
    const T = patches.length;
    const plane = variants[0].kernels.winogradPlane(T + 1, o);
    const dy = random(1, n * h * w * o);
    const z = outputRows(FREQUENCIES * plane);
    run("winogradGradient", label(shape), { z, dy: input(dy), H: h, W: w, O: o, T, plane }, (what) => {
      const transform = (item: number): Transform => {
        const [t, channel] = [Math.floor(item / o), item % o];
        const { rows, columns, frequencies } = patches[t];
        const values = valuesOf(dy, shape, patches[t], channel, rows.outputs, columns.outputs, 0);
        const places = frequencies.map((f) => f * plane + panelIndex(channel, t, T));
        return { rows: transpose(rows.output), columns: transpose(columns.output), values, places };
      };
      assertTransformed(z.result, T * o, transform, what);
    });
  }
});

for (const accumulate of [0, 1]) {
  test(`winogradOutput accumulate=${accumulate}`, () => {
    for (const shape of shapes) {
      const { n, h, w, c: o } = shape;
      const patches = patchesOf(shape);
      const T = patches.length;
      const plane = variants[0].kernels.winogradPlane(T + 1, o);
      const m = random(1, FREQUENCIES * plane);
      const before = random(2, n * h * w * o);
      const y = accumulate ? updated(before) : output(before.length);
      const [expected, magnitude] = [new Float64Array(before.length), new Float64Array(before.length)];
      for (let i = 0; i < T * o; i++) {
        const patch = patches[Math.floor(i / o)];
        const [rows, columns] = [patch.rows.output, patch.columns.output];
        const values = Float64Array.from(patch.frequencies, (f) => m[f * plane + i]);
        const sizes = both(magnitudeOf(rows), absolute(values), magnitudeOf(columns));
        both(rows, values, columns).forEach((value, k) => {
          const at = pixelOf(shape, patch, Math.floor(k / columns.length), k % columns.length, 0);
          if (at < 0) return;
          expected[at + (i % o)] = value + accumulate * before[at + (i % o)];
          magnitude[at + (i % o)] = sizes[k] + accumulate * Math.abs(before[at + (i % o)]);
        });
      }
      run(
        "winogradOutput",
        label(shape),
        { y, m: input(m), H: h, W: w, O: o, T, plane, accumulate, scale: 0, shift: 0, residual: 0, relu: 0 },
        (what) => {
          assertClose(y.result, expected, (i) => tolerance(TERMS + accumulate, magnitude[i]), what);
        },
      );
    }
  });
}

const fusedShapes = sweep({ n: [2, 1, 3], h: [7, 1, 4, 9], w: [6, 1, 3, 13, 28], c: [16, 48], o: [16, 32] }, 6);

/** The whole chain in float64, each matrix through `size`: the result, or its magnitude. */
function chain(x: Float32Array, u: Element, { o, ...shape }: Shape & { o: number }, size: (v: number) => number): Float64Array {
  const { n, h, w, c } = shape;
  const of = (m: Matrix): Matrix => m.map((row) => row.map(size));
  const y = new Float64Array(n * h * w * o);
  for (const patch of patchesOf(shape)) {
    const { rows, columns, frequencies } = patch;
    const V = Array.from({ length: c }, (_, k) => both(of(rows.input), inputOf(x, shape, patch, k).map(size), of(columns.input)));
    for (let out = 0; out < o; out++) {
      const M = Float64Array.from(frequencies, (f, at) => V.reduce((sum, v, k) => sum + v[at] * size(u(f, k, out)), 0));
      both(of(rows.output), M, of(columns.output)).forEach((value, k) => {
        const at = pixelOf({ ...shape, c: o }, patch, Math.floor(k / columns.outputs), k % columns.outputs, 0);
        if (at >= 0) y[at + out] = value;
      });
    }
  }
  return y;
}

for (const [accumulate, scaled, added, relu] of [
  [0, 0, 0, 0],
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 1, 1, 1],
]) {
  test(`winogradFused accumulate=${accumulate} scale=${scaled} residual=${added} relu=${relu}`, () => {
    for (const shape of fusedShapes) {
      const { n, h, w, c, o } = shape;
      const T = patchesOf(shape).length;
      const plane = variants[0].kernels.winogradWeightPlane(o, c);
      const x = random(1, n * h * w * c);
      const u = random(2, FREQUENCIES * plane);
      const at: Element = (f, k, out) => u[f * plane + panelIndex(out, k, c)];
      const [scale, shift, other] = [random(3, o), random(4, o), random(5, n * h * w * o)];
      const follow = (z: Float64Array, size: (v: number) => number) =>
        z.map((v, i) => (scaled ? size(scale[i % o]) * v + size(shift[i % o]) : v) + (accumulate + added) * size(other[i]));
      const z = follow(chain(x, at, shape, Number), Number);
      const magnitude = follow(chain(x, at, shape, Math.abs), Math.abs);
      const expected = relu ? z.map((v) => Math.max(v, 0)) : z;
      const y = accumulate ? updated(other) : output(other.length);
      const epilogue = {
        scale: scaled ? input(scale) : (0 as const),
        shift: scaled ? input(shift) : (0 as const),
        residual: added ? input(other) : (0 as const),
        relu,
      };
      run(
        "winogradFused",
        label(shape),
        { y, x: input(x), u: input(u), H: h, W: w, C: c, O: o, T, accumulate, ...epilogue },
        (what) => {
          assertClose(y.result, expected, (i) => tolerance(TERMS + c + TERMS + 3, magnitude[i]), what);
        },
      );
    }
  });
}

const weights = sweep({ O: [16, 32, 48], C: [16, 32, 80] }, 3);

for (const flip of [0, 1]) {
  test(`winogradWeights flip=${flip}`, () => {
    for (const { O, C } of weights) {
      const w = random(1, O * 9 * C);
      const plane = variants[0].kernels.winogradWeightPlane(O, C);
      const u = outputRows(FREQUENCIES * plane);
      run("winogradWeights", label({ O, C }), { u, panels: input(panelsOfRows(w, O, 9 * C)), O, C, flip }, (what) => {
        const tap = (o: number, t: number, c: number) => w[(o * 9 + (flip ? 8 - t : t)) * C + c];
        const transform = (i: number): Transform => {
          const values = Float64Array.from({ length: 9 }, (_, t) => tap(Math.floor(i / C), t, i % C));
          const places = Array.from({ length: FREQUENCIES }, (_, f) => f * plane + panelIndex(Math.floor(i / C), i % C, C));
          return { rows: WEIGHT, columns: WEIGHT, values, places };
        };
        assertTransformed(u.result, O * C, transform, what);
      });
    }
  });
}

/** [O/16][rows][16] */
const panelIndex = (column: number, row: number, rows: number) => (Math.floor(column / 16) * rows + row) * 16 + (column % 16);

test("winogradWeightsGradient", () => {
  for (const { O, C } of weights) {
    const plane = variants[0].kernels.winogradWeightPlane(O, C);
    const s = random(1, FREQUENCIES * plane);
    const dw = output(O * 9 * C);
    run("winogradWeightsGradient", label({ O, C }), { dw, s: input(s), O, C }, (what) => {
      const transform = (i: number): Transform => {
        const first = panelIndex(Math.floor(i / C), i % C, C);
        const values = Float64Array.from({ length: FREQUENCIES }, (_, f) => s[f * plane + first]);
        const places = Array.from({ length: 9 }, (_, tap) => panelIndex(Math.floor(i / C), tap * C + (i % C), 9 * C));
        return { rows: transpose(WEIGHT), columns: transpose(WEIGHT), values, places };
      };
      assertTransformed(dw.result, O * C, transform, what);
    });
  }
});

const products = sweep({ T: [7, 1, 2, 5, 6, 13, 96, 97, 130], C: [16, 32, 80, 528], O: [16, 48, 144] }, 4);

/** A value or an index, by frequency, row and column. */
type Element = (f: number, row: number, column: number) => number;

/** A product: result[at(f, r, o)] against the oracle over a(f, r, k), b(f, k, o) and c(f, r, o), for rows r and depths k. */
function assertProduct(
  f: number,
  result: Float32Array,
  rows: number[],
  columns: number,
  depths: number[],
  a: Element,
  b: Element,
  c: Element,
  at: Element,
  accumulate: number,
  what: string,
): void {
  const [m, n, k] = [rows.length, columns, depths.length];
  const matrix = (length: number, width: number, of: (i: number, j: number) => number) =>
    Float64Array.from({ length: length * width }, (_, i) => of(Math.floor(i / width), i % width));
  const A = matrix(m, k, (i, j) => a(f, rows[i], depths[j]));
  const B = matrix(k, n, (i, j) => b(f, depths[i], j));
  const before = matrix(m, n, (i, j) => c(f, rows[i], j));
  const shape = { m, n, k, beta: accumulate };
  const magnitude = matmul(absolute(A), absolute(B), shape, absolute(before));
  const actual = Float32Array.from(matrix(m, n, (i, j) => result[at(f, rows[i], j)]));
  assertClose(actual, matmul(A, B, shape, before), (i) => tolerance(k + accumulate, magnitude[i]), `${what} frequency ${f}`);
}

const upTo = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** The patches that have a frequency. */
const patchesWith = (f: number, patches: Patch[]): number[] =>
  upTo(patches.length).filter((t) => patches[t].frequencies.includes(f));

test("winogradProducts", () => {
  for (const { T, C, O } of products) {
    const k = variants[0].kernels;
    const ldv = k.winogradPitch(C);
    const [planeV, planeM, planeU] = [k.winogradPlane(T, ldv), k.winogradPlane(T, O), k.winogradWeightPlane(O, C)];
    const [v, u] = [random(1, FREQUENCIES * planeV), random(2, FREQUENCIES * planeU)];
    const m = outputRows(FREQUENCIES * planeM);
    run("winogradProducts", label({ T, C, O }), { m, v: input(v), u: input(u), T, C, O, ldv, planeM, planeV }, (what) => {
      for (const f of upTo(FREQUENCIES)) {
        const left: Element = (f, t, c) => v[f * planeV + t * ldv + c];
        const right: Element = (f, c, o) => u[f * planeU + panelIndex(o, c, C)];
        const at: Element = (f, t, o) => f * planeM + t * O + o;
        assertProduct(f, m.result, upTo(T), O, upTo(C), left, right, () => 0, at, 0, what);
      }
      assertUntouched(m.result, (i) => i % planeM >= T * O, what);
    });
  }
});

const cropped = sweep({ n: [3, 1, 40], h: [6, 1, 4, 7, 14], w: [5, 2, 3, 4, 13], c: [16, 32, 528], o: [16, 48, 144] }, 4);

test("winogradCroppedProducts: each frequency's patches only", () => {
  for (const shape of cropped) {
    const { h: H, w: W, c: C, o: O } = shape;
    const patches = patchesOf(shape);
    const T = patches.length;
    const k = variants[0].kernels;
    const ldv = k.winogradPitch(C);
    const [planeV, planeM, planeU] = [k.winogradPlane(T, ldv), k.winogradPlane(T, O), k.winogradWeightPlane(O, C)];
    const [v, u] = [random(1, FREQUENCIES * planeV), random(2, FREQUENCIES * planeU)];
    const before = random(3, FREQUENCIES * planeM);
    const m = updated(before);
    const given = { m, v: input(v), u: input(u), H, W, T, C, O, ldv, planeM, planeV };
    run("winogradCroppedProducts", label(shape), given, (what) => {
      const expected = Float32Array.from(before);
      for (const f of upTo(FREQUENCIES)) {
        const left: Element = (f, t, c) => v[f * planeV + t * ldv + c];
        const right: Element = (f, c, o) => u[f * planeU + panelIndex(o, c, C)];
        const at: Element = (f, t, o) => f * planeM + t * O + o;
        const rows = patchesWith(f, patches);
        assertProduct(f, m.result, rows, O, upTo(C), left, right, () => 0, at, 0, what);
        for (const t of rows) expected.set(m.result.subarray(at(f, t, 0), at(f, t, O)), at(f, t, 0));
      }
      sameBits(m.result, expected, `${what}: other rows`);
    });
  }
});

for (const accumulate of [0, 1]) {
  test(`winogradWeightProducts accumulate=${accumulate}`, () => {
    for (const shape of cropped) {
      const { h: H, w: W, c: C, o: O } = shape;
      const patches = patchesOf(shape);
      const T = patches.length;
      const k = variants[0].kernels;
      const ldv = k.winogradPitch(C);
      const [planeV, planeZ, planeS] = [k.winogradPlane(T, ldv), k.winogradPlane(T, O), k.winogradWeightPlane(O, C)];
      const [v, z, before] = [random(1, FREQUENCIES * planeV), random(2, FREQUENCIES * planeZ), random(3, FREQUENCIES * planeS)];
      const s = accumulate ? updated(before) : outputRows(before.length);
      const given = { s, v: input(v), z: input(z), H, W, T, C, O, ldv, planeV, planeZ, accumulate };
      run("winogradWeightProducts", label(shape), given, (what) => {
        const at: Element = (f, c, o) => f * planeS + panelIndex(o, c, C);
        for (const f of upTo(FREQUENCIES)) {
          const left: Element = (f, c, t) => v[f * planeV + t * ldv + c];
          const right: Element = (f, t, o) => z[f * planeZ + panelIndex(o, t, T)];
          const c: Element = (f, row, o) => before[at(f, row, o)];
          assertProduct(f, s.result, upTo(C), O, patchesWith(f, patches), left, right, c, at, accumulate, what);
        }
      });
    }
  });
}

test("winogradElements counts the patches of each frequency", () => {
  const { winogradElements } = variants[0].kernels;
  for (const { n, h, w } of shapes) {
    const patches = patchesOf({ n, h, w });
    const expected = patches.reduce((sum, { frequencies }) => sum + frequencies.length, 0);
    assert.equal(winogradElements(patches.length, h, w), expected, `${h}x${w}`);
  }
});

test.run();
