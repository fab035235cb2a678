// Winograd F(4x4, 3x3): each stage is compared with the matrices of Lavin & Gray (arXiv:1509.09308), and the matrices with a
// convolution. All stages together are tested as layers, in test/core/layers.test.ts.
import { suite } from "uvu";
import { conv2d } from "../reference/conv2d.js";
import { matmul } from "../reference/matmul.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { assertUntouched, input, label, output, outputRows, random, run, sweep, updated, variants } from "./harness.js";
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
const transpose = (m: Matrix): Matrix => m[0].map((_, j) => m.map((row) => row[j]));
const magnitudeOf = (m: Matrix): Matrix => m.map((row) => row.map(Math.abs));

/** M p M^T of a square patch given row by row. */
function twice(m: Matrix, patch: ArrayLike<number>): Float64Array {
  const [rows, side] = [m.length, m[0].length];
  const flat = Float64Array.from(m.flat());
  const half = matmul(flat, f64(patch), { m: rows, n: side, k: side });
  return matmul(half, flat, { m: rows, n: rows, k: side, transposeB: true });
}

/** Terms of each sum, both ways: six by six at most; and a factor like 1/6 is rounded, each way. */
const TERMS = 36 + 2;
const FREQUENCIES = 36;

interface Shape {
  n: number;
  h: number;
  w: number;
  c: number;
}

const shapes: Shape[] = sweep({ n: [2, 1, 3], h: [7, 1, 4, 5, 8, 9], w: [6, 1, 3, 4, 13], c: [16, 32, 48] }, 10);

const patchesOf = ({ n, h, w }: Shape) => n * Math.ceil(h / 4) * Math.ceil(w / 4);

/** Where patch t begins, and the index of its pixel (i, j) in NHWC, or -1 outside the image. */
function pixelOf({ h, w, c }: Shape, t: number, i: number, j: number, border: number): number {
  const [down, across] = [Math.ceil(h / 4), Math.ceil(w / 4)];
  const y = (Math.floor(t / across) % down) * 4 - border + i;
  const x = (t % across) * 4 - border + j;
  return y >= 0 && y < h && x >= 0 && x < w ? ((Math.floor(t / (across * down)) * h + y) * w + x) * c : -1;
}

const patchOf = (x: Float32Array, shape: Shape, t: number, channel: number, side: number, border: number) =>
  Float64Array.from({ length: side * side }, (_, k) => {
    const at = pixelOf(shape, t, Math.floor(k / side), k % side, border);
    return at < 0 ? 0 : x[at + channel];
  });

/** Compares result[at(f, i)] for every frequency f of every item i with the transform of the item's patch. */
function assertTransformed(
  result: Float32Array<ArrayBuffer>,
  matrix: Matrix,
  items: number,
  patch: (item: number) => ArrayLike<number>,
  at: (f: number, item: number) => number,
  what: string,
): void {
  const points = matrix.length ** 2;
  const [expected, magnitude] = [new Float64Array(points * items), new Float64Array(points * items)];
  const actual = new Float32Array(points * items);
  const places = new Set<number>();
  for (let item = 0; item < items; item++) {
    const values = patch(item);
    expected.set(twice(matrix, values), item * points);
    magnitude.set(twice(magnitudeOf(matrix), absolute(values)), item * points);
    for (let f = 0; f < points; f++) {
      actual[item * points + f] = result[at(f, item)];
      places.add(at(f, item));
    }
  }
  assertClose(actual, expected, (i) => tolerance(TERMS, magnitude[i]), what);
  assertUntouched(result, (i) => !places.has(i), what);
}

test("the matrices make a convolution", () => {
  const d = f64(random(1, 36));
  const g = f64(random(2, 9));
  const [V, U] = [twice(INPUT, d), twice(WEIGHT, g)];
  const y = twice(
    OUTPUT,
    V.map((v, f) => v * U[f]),
  );
  const expected = conv2d(d, g, { n: 1, h: 6, w: 6, c: 1, o: 1, r: 3, s: 3, stride: 1, pad: 0 });
  assertClose(Float32Array.from(y), expected, tolerance(1, 9), "4x4 outputs");
});

test("winogradInput", () => {
  for (const shape of shapes) {
    const { n, h, w, c } = shape;
    const T = patchesOf(shape);
    const k = variants[0].kernels;
    const ldv = k.winogradPitch(c);
    // Room for one more patch than there is: chunks of unequal length share a buffer.
    const plane = k.winogradPlane(T + 1, ldv);
    const x = random(1, n * h * w * c);
    const v = outputRows(FREQUENCIES * plane);
    run("winogradInput", label(shape), { v, x: input(x), H: h, W: w, C: c, T, ldv, plane }, (what) => {
      const at = (f: number, i: number) => f * plane + Math.floor(i / c) * ldv + (i % c);
      assertTransformed(v.result, INPUT, T * c, (i) => patchOf(x, shape, Math.floor(i / c), i % c, 6, 1), at, what);
    });
  }
});

test("winogradGradient", () => {
  for (const shape of shapes) {
    const { n, h, w, c: o } = shape;
    const T = patchesOf(shape);
    const plane = variants[0].kernels.winogradPlane(T + 1, o);
    const dy = random(1, n * h * w * o);
    const z = outputRows(FREQUENCIES * plane);
    run("winogradGradient", label(shape), { z, dy: input(dy), H: h, W: w, O: o, T, plane }, (what) => {
      const at = (f: number, i: number) => f * plane + (Math.floor((i % o) / 16) * T + Math.floor(i / o)) * 16 + (i % 16);
      assertTransformed(z.result, transpose(OUTPUT), T * o, (i) => patchOf(dy, shape, Math.floor(i / o), i % o, 4, 0), at, what);
    });
  }
});

for (const accumulate of [0, 1]) {
  test(`winogradOutput accumulate=${accumulate}`, () => {
    for (const shape of shapes) {
      const { n, h, w, c: o } = shape;
      const T = patchesOf(shape);
      const plane = variants[0].kernels.winogradPlane(T + 1, o);
      const m = random(1, FREQUENCIES * plane);
      const before = random(2, n * h * w * o);
      const y = accumulate ? updated(before) : output(before.length);
      const [expected, magnitude] = [new Float64Array(before.length), new Float64Array(before.length)];
      for (let i = 0; i < T * o; i++) {
        const values = Float64Array.from({ length: FREQUENCIES }, (_, f) => m[f * plane + i]);
        const [patch, sizes] = [twice(OUTPUT, values), twice(magnitudeOf(OUTPUT), absolute(values))];
        for (let k = 0; k < 16; k++) {
          const at = pixelOf(shape, Math.floor(i / o), k >> 2, k & 3, 0);
          if (at < 0) continue;
          expected[at + (i % o)] = patch[k] + accumulate * before[at + (i % o)];
          magnitude[at + (i % o)] = sizes[k] + accumulate * Math.abs(before[at + (i % o)]);
        }
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
  for (let t = 0; t < patchesOf(shape); t++) {
    const V = Array.from({ length: c }, (_, k) => twice(of(INPUT), patchOf(x, shape, t, k, 6, 1).map(size)));
    for (let out = 0; out < o; out++) {
      const M = Float64Array.from({ length: FREQUENCIES }, (_, f) => V.reduce((sum, v, k) => sum + v[f] * size(u(f, k, out)), 0));
      twice(of(OUTPUT), M).forEach((value, k) => {
        const at = pixelOf({ ...shape, c: o }, t, k >> 2, k & 3, 0);
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
      const T = patchesOf(shape);
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

for (const turn of [0, 1]) {
  test(`winogradWeights turn=${turn}`, () => {
    for (const { O, C } of weights) {
      const w = random(1, O * 9 * C);
      const plane = variants[0].kernels.winogradWeightPlane(O, C);
      const u = outputRows(FREQUENCIES * plane);
      run("winogradWeights", label({ O, C }), { u, panels: input(panelsOfRows(w, O, 9 * C)), O, C, turn }, (what) => {
        const tap = (o: number, t: number, c: number) => w[(o * 9 + (turn ? 8 - t : t)) * C + c];
        const patch = (i: number) => Float64Array.from({ length: 9 }, (_, t) => tap(Math.floor(i / C), t, i % C));
        const at = (f: number, i: number) => f * plane + panelIndex(Math.floor(i / C), i % C, C);
        assertTransformed(u.result, WEIGHT, O * C, patch, at, what);
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
      const patch = (i: number) => {
        const first = panelIndex(Math.floor(i / C), i % C, C);
        return Float64Array.from({ length: FREQUENCIES }, (_, f) => s[f * plane + first]);
      };
      const at = (tap: number, i: number) => panelIndex(Math.floor(i / C), tap * C + (i % C), 9 * C);
      assertTransformed(dw.result, transpose(WEIGHT), O * C, patch, at, what);
    });
  }
});

const products = sweep({ T: [7, 1, 2, 5, 6, 13, 96, 97, 130, 520], C: [16, 32, 80, 528], O: [16, 48, 144] }, 4);

/** A value or an index, by frequency, row and column. */
type Element = (f: number, row: number, column: number) => number;

/** 36 products: result[at(f, r, o)] against the oracle over a(f, r, k), b(f, k, o) and c(f, r, o). */
function assertProducts(
  result: Float32Array,
  rows: number,
  columns: number,
  depth: number,
  a: Element,
  b: Element,
  c: Element,
  at: Element,
  accumulate: number,
  what: string,
): void {
  for (let f = 0; f < FREQUENCIES; f++) {
    const A = Float64Array.from({ length: rows * depth }, (_, i) => a(f, Math.floor(i / depth), i % depth));
    const B = Float64Array.from({ length: depth * columns }, (_, i) => b(f, Math.floor(i / columns), i % columns));
    const before = Float64Array.from({ length: rows * columns }, (_, i) => c(f, Math.floor(i / columns), i % columns));
    const shape = { m: rows, n: columns, k: depth, beta: accumulate };
    const magnitude = matmul(absolute(A), absolute(B), shape, absolute(before));
    const actual = Float32Array.from(before, (_, i) => result[at(f, Math.floor(i / columns), i % columns)]);
    assertClose(
      actual,
      matmul(A, B, shape, before),
      (i) => tolerance(depth + accumulate, magnitude[i]),
      `${what} frequency ${f}`,
    );
  }
}

test("winogradProducts", () => {
  for (const { T, C, O } of products) {
    const k = variants[0].kernels;
    const ldv = k.winogradPitch(C);
    const [planeV, planeM, planeU] = [k.winogradPlane(T, ldv), k.winogradPlane(T, O), k.winogradWeightPlane(O, C)];
    const [v, u] = [random(1, FREQUENCIES * planeV), random(2, FREQUENCIES * planeU)];
    const m = outputRows(FREQUENCIES * planeM);
    run("winogradProducts", label({ T, C, O }), { m, v: input(v), u: input(u), T, C, O, ldv, planeM, planeV }, (what) => {
      const at = (f: number, t: number, o: number) => f * planeM + t * O + o;
      assertProducts(
        m.result,
        T,
        O,
        C,
        (f, t, c) => v[f * planeV + t * ldv + c],
        (f, c, o) => u[f * planeU + panelIndex(o, c, C)],
        () => 0,
        at,
        0,
        what,
      );
      assertUntouched(m.result, (i) => i % planeM >= T * O, what);
    });
  }
});

for (const accumulate of [0, 1]) {
  test(`winogradWeightProducts accumulate=${accumulate}`, () => {
    for (const { T, C, O } of products) {
      const k = variants[0].kernels;
      const ldv = k.winogradPitch(C);
      const [planeV, planeZ, planeS] = [k.winogradPlane(T, ldv), k.winogradPlane(T, O), k.winogradWeightPlane(O, C)];
      const [v, z, before] = [random(1, FREQUENCIES * planeV), random(2, FREQUENCIES * planeZ), random(3, FREQUENCIES * planeS)];
      const s = accumulate ? updated(before) : outputRows(before.length);
      run(
        "winogradWeightProducts",
        label({ T, C, O }),
        { s, v: input(v), z: input(z), T, C, O, ldv, planeV, planeZ, accumulate },
        (what) => {
          const at = (f: number, c: number, o: number) => f * planeS + panelIndex(o, c, C);
          assertProducts(
            s.result,
            C,
            O,
            T,
            (f, c, t) => v[f * planeV + t * ldv + c],
            (f, t, o) => z[f * planeZ + panelIndex(o, t, T)],
            (f, c, o) => before[at(f, c, o)],
            at,
            accumulate,
            what,
          );
        },
      );
    }
  });
}

test.run();
