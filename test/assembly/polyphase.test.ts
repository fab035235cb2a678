// Polyphase Winograd for stride 2: each stage is compared with the matrices of Toom-Cook, and the matrices with a convolution. All stages
// together are tested as layers, in test/core/layers.test.ts.
import { suite } from "uvu";
import { matmul } from "../reference/matmul.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { assertUntouched, input, label, output, outputRows, random, run, sweep, updated, variants } from "./harness.js";
import { panelsOfRows } from "./panels.js";

const test = suite("kernels: polyphase");
const pure = variants[0].kernels;

type Matrix = number[][];
type Side = 3 | 4;

/** Points 0, 1, -1, 2 and infinity; a side of three outputs has no point 2 and reads one pixel of a phase less. */
const INPUT: Record<Side, Matrix> = {
  4: [
    [1, -1 / 2, -1, 1 / 2, 0],
    [0, 1, 1 / 2, -1 / 2, 0],
    [0, -1 / 3, 1 / 2, -1 / 6, 0],
    [0, -1 / 6, 0, 1 / 6, 0],
    [0, 2, -1, -2, 1],
  ],
  3: [
    [1, 0, -1, 0, 0],
    [0, 1 / 2, 1 / 2, 0, 0],
    [0, -1 / 2, 1 / 2, 0, 0],
    [0, 0, 0, 0, 0],
    [0, -1, 0, 1, 0],
  ],
};
const GRADIENT: Record<Side, Matrix> = {
  4: [
    [1, 0, 0, 0],
    [1, 1, 1, 1],
    [1, -1, 1, -1],
    [1, 2, 4, 8],
    [0, 0, 0, 1],
  ],
  3: [
    [1, 0, 0],
    [1, 1, 1],
    [1, -1, 1],
    [0, 0, 0],
    [0, 0, 1],
  ],
};
const TAPS: Matrix = [
  [1, 0, 0],
  [1, 0, 1],
  [1, 0, -1],
  [1, 0, 2],
  [0, 0, 1],
  [0, 1, 0],
];
const [POINTS, PHASED] = [5, 9];
const TWO = 3;
/** Of planes along a direction: the point, and the row of TAPS. */
const pointOf = (plane: number) => plane % POINTS;
const tapOf = (plane: number) => Math.min(plane, POINTS);

const transpose = (m: Matrix): Matrix => m[0].map((_, j) => m.map((row) => row[j]));
const magnitudeOf = (m: Matrix): Matrix => m.map((row) => row.map(Math.abs));
const times = (m: Matrix, v: ArrayLike<number>) => m.map((row) => row.reduce((sum, value, k) => sum + value * v[k], 0));
const OUTPUT = { 4: transpose(GRADIENT[4]), 3: transpose(GRADIENT[3]) };

/** Nine pixels to nine planes: pixels 0, 2, ... are the odd phase, 1, 3, ... the even one, without infinity. */
const phasedInput = (side: Side): Matrix =>
  Array.from({ length: PHASED }, (_, plane) => {
    const even = plane < POINTS ? 0 : 1;
    return Array.from({ length: 9 }, (_, k) => (k % 2 === even ? INPUT[side][pointOf(plane)][(k - even) / 2] : 0));
  });

/** Nine planes to the pixels of dx: 0, 2, ... are the even phase. */
const phasedOutput = (side: Side): Matrix =>
  Array.from({ length: 2 * side }, (_, pixel) => {
    const even = pixel % 2 === 0;
    return Array.from({ length: PHASED }, (_, plane) =>
      even === plane < POINTS ? 0 : OUTPUT[side][Math.floor(pixel / 2)][pointOf(plane)],
    );
  });

test("the matrices make a convolution and its gradient", () => {
  for (const side of [4, 3] as const) {
    const [x, w, dy] = [random(1, 9), random(2, 3), random(3, 5)];
    const [V, U] = [times(phasedInput(side), x), times(TAPS, w)];
    const M = Array.from({ length: POINTS }, (_, p) => V[p] * U[p] + (p < 4 ? V[POINTS + p] * U[POINTS] : 0));
    const y = Float64Array.from({ length: side }, (_, i) => w[0] * x[2 * i] + w[1] * x[2 * i + 1] + w[2] * x[2 * i + 2]);
    assertClose(Float32Array.from(times(OUTPUT[side], M)), y, tolerance(4, 20), `${side} outputs`);
    const [D, turned] = [times(INPUT[side], dy), times(TAPS, [w[2], w[1], w[0]])];
    const products = Array.from({ length: PHASED }, (_, i) => D[pointOf(i)] * turned[tapOf(i)]);
    const dx = Float64Array.from({ length: 2 * side }, (_, k) => {
      const i = Math.floor(k / 2);
      return k % 2 === 0 ? w[1] * dy[i] : w[2] * dy[i] + w[0] * dy[i + 1];
    });
    assertClose(Float32Array.from(times(phasedOutput(side), products)), dx, tolerance(4, 20), `${side} pairs of gradients`);
  }
});

interface Shape {
  n: number;
  h: number;
  w: number;
  c: number;
}

/** Sides of h and w outputs: three of which no four, a four, both, and several of each. */
const shapes: Shape[] = sweep({ n: [2, 1, 3], h: [7, 1, 2, 4, 5, 8, 10], w: [6, 1, 3, 4, 13, 14], c: [16, 32] }, 4);
const inputs: Shape[] = sweep({ n: [2, 1, 3], h: [14, 1, 2, 9, 16, 19], w: [13, 1, 4, 7, 28], c: [16, 32] }, 4);
const outputsOf = (shape: Shape): Shape => ({ ...shape, h: Math.ceil(shape.h / 2), w: Math.ceil(shape.w / 2) });

interface Patch {
  image: number;
  top: number;
  left: number;
  rows: Side;
  columns: Side;
}

/** Where patches begin along a side of L outputs: as many of four as fit before those of three. */
function sides(L: number): { first: number; side: Side }[] {
  const count = Math.ceil(L / 4);
  const fours = Math.max(0, L - 3 * count);
  return Array.from({ length: count }, (_, i) =>
    i < fours ? { first: 4 * i, side: 4 } : { first: 4 * fours + 3 * (i - fours), side: 3 },
  );
}

/** In the order of the kernels' rows, for images of h x w outputs. */
function patchesOf({ n, h, w }: { n: number; h: number; w: number }): Patch[] {
  const groups: [Side, Side][] = [
    [4, 3],
    [4, 4],
    [3, 4],
    [3, 3],
  ];
  return groups.flatMap(([rows, columns]) =>
    Array.from({ length: n }, (_, image) =>
      sides(h)
        .filter(({ side }) => side === rows)
        .flatMap(({ first: top }) =>
          sides(w)
            .filter(({ side }) => side === columns)
            .map(({ first: left }) => ({ image, top, left, rows, columns })),
        ),
    ).flat(),
  );
}

const uses = ({ rows, columns }: Patch, p: number, q: number) => (p !== TWO || rows === 4) && (q !== TWO || columns === 4);

/** Index of pixel (y, x) of an image in NHWC, or -1 outside it. */
const pixelOf = ({ h, w, c }: Shape, image: number, y: number, x: number) =>
  y >= 0 && y < h && x >= 0 && x < w ? ((image * h + y) * w + x) * c : -1;

/** rows P columns^T of a patch given row by row. */
function both(rows: Matrix, columns: Matrix, patch: ArrayLike<number>): Float64Array {
  const [r, c] = [rows[0].length, columns[0].length];
  const half = matmul(Float64Array.from(rows.flat()), Float64Array.from(patch), { m: rows.length, n: c, k: r });
  const flat = Float64Array.from(columns.flat());
  return matmul(half, flat, { m: rows.length, n: columns.length, k: c, transposeB: true });
}

/** Terms of each sum, both ways: five by five at most; and some factors are rounded, each way. */
const TERMS = 25 + 4;

/** Compares result[at(f, t, c)] with the transform of every patch and channel. `read` gives a pixel (i, j) of patch t's channel. */
function assertPlanes(
  result: Float32Array<ArrayBuffer>,
  patches: Patch[],
  channels: number,
  matrixOf: (side: Side) => Matrix,
  read: (patch: Patch, i: number, j: number, channel: number) => number,
  at: (f: number, t: number, channel: number) => number,
  what: string,
): void {
  const places = new Set<number>();
  const [actual, expected, magnitude]: number[][] = [[], [], []];
  for (const [t, patch] of patches.entries()) {
    const [rows, columns] = [matrixOf(patch.rows), matrixOf(patch.columns)];
    const [height, width] = [rows[0].length, columns[0].length];
    for (let c = 0; c < channels; c++) {
      const values = Float64Array.from({ length: height * width }, (_, k) => read(patch, Math.floor(k / width), k % width, c));
      const sizes = both(magnitudeOf(rows), magnitudeOf(columns), absolute(values));
      both(rows, columns, values).forEach((value, f) => {
        const [p, q] = [pointOf(Math.floor(f / columns.length)), pointOf(f % columns.length)];
        places.add(at(f, t, c));
        // Nobody reads point 2 of a side of three.
        if (!uses(patch, p, q)) return;
        actual.push(result[at(f, t, c)]);
        expected.push(value);
        magnitude.push(sizes[f]);
      });
    }
  }
  assertClose(Float32Array.from(actual), Float64Array.from(expected), (i) => tolerance(TERMS, magnitude[i]), what);
  assertUntouched(result, (i) => !places.has(i), what);
}

test("polyphaseInput", () => {
  for (const shape of inputs) {
    const { n, h, w, c } = shape;
    const patches = patchesOf(outputsOf(shape));
    const ldv = pure.polyphasePitch(c);
    // Room for one more patch than there is: chunks of unequal length share a buffer.
    const plane = pure.polyphasePlane(patches.length + 1, ldv);
    const x = random(1, n * h * w * c);
    const v = outputRows(PHASED ** 2 * plane);
    run("polyphaseInput", label(shape), { v, x: input(x), N: n, H: h, W: w, C: c, ldv, plane }, (what) => {
      const read = ({ image, top, left }: Patch, i: number, j: number, channel: number) => {
        const from = pixelOf(shape, image, 2 * top - 1 + i, 2 * left - 1 + j);
        return from < 0 ? 0 : x[from + channel];
      };
      assertPlanes(v.result, patches, c, phasedInput, read, (f, t, k) => f * plane + t * ldv + k, what);
    });
  }
});

test("polyphaseDataInput", () => {
  for (const shape of shapes) {
    const { n, h, w, c: o } = shape;
    const patches = patchesOf(shape);
    const ldv = pure.polyphasePitch(o);
    const plane = pure.polyphasePlane(patches.length + 1, ldv);
    const dy = random(1, n * h * w * o);
    const v = outputRows(POINTS ** 2 * plane);
    run("polyphaseDataInput", label(shape), { v, dy: input(dy), N: n, OH: h, OW: w, O: o, ldv, plane }, (what) => {
      const read = ({ image, top, left }: Patch, i: number, j: number, channel: number) => {
        const from = pixelOf(shape, image, top + i, left + j);
        return from < 0 ? 0 : dy[from + channel];
      };
      assertPlanes(
        v.result,
        patches,
        o,
        (side) => INPUT[side],
        read,
        (f, t, k) => f * plane + t * ldv + k,
        what,
      );
    });
  }
});

test("polyphaseGradient", () => {
  for (const shape of shapes) {
    const { n, h, w, c: o } = shape;
    const patches = patchesOf(shape);
    const T = patches.length;
    const plane = pure.polyphasePlane(T + 1, o);
    const dy = random(1, n * h * w * o);
    const z = outputRows(POINTS ** 2 * plane);
    run("polyphaseGradient", label(shape), { z, dy: input(dy), N: n, OH: h, OW: w, O: o, plane }, (what) => {
      const read = ({ image, top, left }: Patch, i: number, j: number, channel: number) => {
        const from = pixelOf(shape, image, top + i, left + j);
        return from < 0 ? 0 : dy[from + channel];
      };
      const at = (f: number, t: number, k: number) => f * plane + panelIndex(k, t, T);
      assertPlanes(z.result, patches, o, (side) => GRADIENT[side], read, at, what);
    });
  }
});

/** [O/16][rows][16] */
const panelIndex = (column: number, row: number, rows: number) => (Math.floor(column / 16) * rows + row) * 16 + (column % 16);

/** Products of every patch; where a side of three has no point 2, nothing may be read. */
function productsOf(patches: Patch[], planes: number, plane: number, channels: number) {
  const m = random(1, planes ** 2 * plane);
  for (const [t, patch] of patches.entries()) {
    for (let f = 0; f < planes ** 2; f++) {
      const first = f * plane + t * channels;
      if (!uses(patch, pointOf(Math.floor(f / planes)), pointOf(f % planes))) m.fill(Number.NaN, first, first + channels);
    }
  }
  return m;
}

/** z[image] = the outputs of every patch, and the same of absolute values. */
function transformed(
  shape: Shape,
  patches: Patch[],
  m: Float32Array,
  planes: number,
  plane: number,
  matrixOf: (side: Side) => Matrix,
  scale: number,
) {
  const length = shape.n * shape.h * shape.w * shape.c;
  const [expected, magnitude] = [new Float64Array(length), new Float64Array(length)];
  for (const [t, { image, top, left, rows, columns }] of patches.entries()) {
    const [down, across] = [matrixOf(rows), matrixOf(columns)];
    for (let c = 0; c < shape.c; c++) {
      const values = Float64Array.from({ length: planes ** 2 }, (_, f) => m[f * plane + t * shape.c + c] || 0);
      const sizes = both(magnitudeOf(down), magnitudeOf(across), absolute(values));
      both(down, across, values).forEach((value, k) => {
        const [i, j] = [Math.floor(k / across.length), k % across.length];
        const to = pixelOf(shape, image, scale * top + i, scale * left + j);
        if (to < 0) return;
        expected[to + c] = value;
        magnitude[to + c] = sizes[k];
      });
    }
  }
  return { expected, magnitude };
}

for (const [scaled, added, relu] of [
  [0, 0, 0],
  [1, 0, 0],
  [1, 1, 1],
]) {
  test(`polyphaseOutput scale=${scaled} residual=${added} relu=${relu}`, () => {
    for (const shape of shapes) {
      const { n, h, w, c: o } = shape;
      const patches = patchesOf(shape);
      const plane = pure.polyphasePlane(patches.length + 1, o);
      const m = productsOf(patches, POINTS, plane, o);
      const { expected, magnitude } = transformed(shape, patches, m, POINTS, plane, (side) => OUTPUT[side], 1);
      const [scale, shift, residual] = [random(3, o), random(4, o), random(5, n * h * w * o)];
      const follow = (z: Float64Array, size: (v: number) => number) =>
        z.map((v, i) => (scaled ? size(scale[i % o]) * v + size(shift[i % o]) : v) + added * size(residual[i]));
      const [z, bound] = [follow(expected, Number), follow(magnitude, Math.abs)];
      const y = output(n * h * w * o);
      const epilogue = {
        scale: scaled ? input(scale) : (0 as const),
        shift: scaled ? input(shift) : (0 as const),
        residual: added ? input(residual) : (0 as const),
        relu,
      };
      run("polyphaseOutput", label(shape), { y, m: input(m), N: n, OH: h, OW: w, O: o, plane, ...epilogue }, (what) => {
        assertClose(y.result, relu ? z.map((v) => Math.max(v, 0)) : z, (i) => tolerance(TERMS + 3, bound[i]), what);
      });
    }
  });
}

for (const accumulate of [0, 1]) {
  test(`polyphaseDataOutput accumulate=${accumulate}`, () => {
    for (const shape of inputs) {
      const { n, h, w, c } = shape;
      const patches = patchesOf(outputsOf(shape));
      const plane = pure.polyphasePlane(patches.length + 1, c);
      const m = productsOf(patches, PHASED, plane, c);
      const { expected, magnitude } = transformed(shape, patches, m, PHASED, plane, phasedOutput, 2);
      const before = random(2, n * h * w * c);
      const dx = accumulate ? updated(before) : output(before.length);
      run("polyphaseDataOutput", label(shape), { dx, m: input(m), N: n, H: h, W: w, C: c, plane, accumulate }, (what) => {
        const z = expected.map((v, i) => v + accumulate * before[i]);
        assertClose(dx.result, z, (i) => tolerance(TERMS + 1, magnitude[i] + accumulate * Math.abs(before[i])), what);
      });
    }
  });
}

const weights = sweep({ O: [16, 32, 48], C: [16, 32, 80] }, 3);

for (const flip of [0, 1]) {
  test(`polyphaseWeights flip=${flip}`, () => {
    for (const { O, C } of weights) {
      const w = random(1, O * 9 * C);
      const plane = pure.polyphaseWeightPlane(O, C);
      const u = outputRows(36 * plane);
      run("polyphaseWeights", label({ O, C }), { u, panels: input(panelsOfRows(w, O, 9 * C)), O, C, flip }, (what) => {
        const tap = (o: number, t: number, c: number) => w[(o * 9 + (flip ? 8 - t : t)) * C + c];
        assertWeights(u.result, TAPS, O, C, tap, (f, o, c) => f * plane + panelIndex(o, c, C), what);
      });
    }
  });
}

test("polyphaseWeightsGradient", () => {
  for (const { O, C } of weights) {
    const plane = pure.polyphaseWeightPlane(O, C);
    const s = random(1, 36 * plane);
    const dw = output(O * 9 * C);
    run("polyphaseWeightsGradient", label({ O, C }), { dw, s: input(s), O, C }, (what) => {
      const read = (o: number, f: number, c: number) => s[f * plane + panelIndex(o, c, C)];
      assertWeights(dw.result, transpose(TAPS), O, C, read, (tap, o, c) => panelIndex(o, tap * C + c, 9 * C), what);
    });
  }
});

function assertWeights(
  result: Float32Array<ArrayBuffer>,
  matrix: Matrix,
  O: number,
  C: number,
  read: (o: number, k: number, c: number) => number,
  at: (f: number, o: number, c: number) => number,
  what: string,
): void {
  const places = new Set<number>();
  const [actual, expected, magnitude]: number[][] = [[], [], []];
  for (let o = 0; o < O; o++) {
    for (let c = 0; c < C; c++) {
      const values = Float64Array.from({ length: matrix[0].length ** 2 }, (_, k) => read(o, k, c));
      magnitude.push(...both(magnitudeOf(matrix), magnitudeOf(matrix), absolute(values)));
      both(matrix, matrix, values).forEach((value, f) => {
        places.add(at(f, o, c));
        actual.push(result[at(f, o, c)]);
        expected.push(value);
      });
    }
  }
  assertClose(Float32Array.from(actual), Float64Array.from(expected), (i) => tolerance(TERMS, magnitude[i]), what);
  assertUntouched(result, (i) => !places.has(i), what);
}

interface Product {
  n: number;
  h: number;
  w: number;
  C: number;
  O: number;
}

/** Several blocks of rows, panels and depth, and sides of three and four. */
const products: Product[] = [
  ...sweep({ n: [2, 1, 3], h: [7, 1, 4, 8, 10], w: [7, 2, 4, 14], C: [16, 32], O: [16, 32] }, 2),
  { n: 1, h: 7, w: 3, C: 144, O: 16 },
  { n: 1, h: 4, w: 3, C: 272, O: 144 },
  { n: 1, h: 3, w: 4, C: 16, O: 528 },
  { n: 25, h: 7, w: 8, C: 16, O: 16 },
];
/** More patches than a block of the sum has. */
const long: Product = { n: 514, h: 3, w: 1, C: 16, O: 16 };
const planesOf = (count: number) =>
  Array.from({ length: count ** 2 }, (_, f): [number, number] => [Math.floor(f / count), f % count]);

test("polyphaseProducts", () => {
  for (const shape of products) {
    const { n, h, w, C, O } = shape;
    const patches = patchesOf(shape);
    const T = patches.length;
    const ldv = pure.polyphasePitch(C);
    const [planeV, planeM, planeU] = [pure.polyphasePlane(T, ldv), pure.polyphasePlane(T, O), pure.polyphaseWeightPlane(O, C)];
    const [v, u] = [random(1, PHASED ** 2 * planeV), random(2, 36 * planeU)];
    const m = outputRows(POINTS ** 2 * planeM);
    const given = { m, v: input(v), u: input(u), N: n, OH: h, OW: w, C, O, ldv, planeM, planeV };
    run("polyphaseProducts", label(shape), given, (what) => {
      const places = new Set<number>();
      for (const [p, q] of planesOf(POINTS)) {
        const rows = patches.flatMap((patch, t) => (uses(patch, p, q) ? [t] : []));
        const at = (row: number, o: number) => (p * POINTS + q) * planeM + rows[row] * O + o;
        const parts = planesOf(PHASED).filter(([i, j]) => pointOf(i) === p && pointOf(j) === q);
        assertSums(
          m.result,
          rows.length,
          O,
          parts.map(([i, j]) => ({
            depth: C,
            a: (row, c) => v[(i * PHASED + j) * planeV + rows[row] * ldv + c],
            b: (c, o) => u[(tapOf(i) * 6 + tapOf(j)) * planeU + panelIndex(o, c, C)],
          })),
          at,
          `${what} plane ${p},${q}`,
        );
        for (let i = 0; i < rows.length * O; i++) places.add(at(Math.floor(i / O), i % O));
      }
      assertUntouched(m.result, (i) => !places.has(i), what);
    });
  }
});

test("polyphaseDataProducts", () => {
  for (const shape of products) {
    const { n, h, w, C, O } = shape;
    const patches = patchesOf(shape);
    const T = patches.length;
    const ldv = pure.polyphasePitch(O);
    const [planeV, planeM, planeU] = [pure.polyphasePlane(T, ldv), pure.polyphasePlane(T, C), pure.polyphaseWeightPlane(C, O)];
    const [v, u] = [random(1, POINTS ** 2 * planeV), random(2, 36 * planeU)];
    const m = outputRows(PHASED ** 2 * planeM);
    const given = { m, v: input(v), u: input(u), N: n, OH: h, OW: w, C, O, ldv, planeM, planeV };
    run("polyphaseDataProducts", label(shape), given, (what) => {
      const places = new Set<number>();
      for (const [i, j] of planesOf(PHASED)) {
        const [p, q] = [pointOf(i), pointOf(j)];
        const rows = patches.flatMap((patch, t) => (uses(patch, p, q) ? [t] : []));
        const at = (row: number, c: number) => (i * PHASED + j) * planeM + rows[row] * C + c;
        const part: Part = {
          depth: O,
          a: (row, o) => v[(p * POINTS + q) * planeV + rows[row] * ldv + o],
          b: (o, c) => u[(tapOf(i) * 6 + tapOf(j)) * planeU + panelIndex(c, o, O)],
        };
        assertSums(m.result, rows.length, C, [part], at, `${what} plane ${i},${j}`);
        for (let k = 0; k < rows.length * C; k++) places.add(at(Math.floor(k / C), k % C));
      }
      assertUntouched(m.result, (i) => !places.has(i), what);
    });
  }
});

for (const accumulate of [0, 1]) {
  test(`polyphaseWeightProducts accumulate=${accumulate}`, () => {
    for (const shape of [...products, long]) {
      const { n, h, w, C, O } = shape;
      const patches = patchesOf(shape);
      const T = patches.length;
      const ldv = pure.polyphasePitch(C);
      const [planeV, planeZ, planeS] = [pure.polyphasePlane(T, ldv), pure.polyphasePlane(T, O), pure.polyphaseWeightPlane(O, C)];
      const [v, z, before] = [random(1, PHASED ** 2 * planeV), random(2, POINTS ** 2 * planeZ), random(3, 36 * planeS)];
      const s = accumulate ? updated(before) : outputRows(before.length);
      const given = { s, v: input(v), z: input(z), N: n, OH: h, OW: w, C, O, ldv, planeV, planeZ, accumulate };
      run("polyphaseWeightProducts", label(shape), given, (what) => {
        for (const [a, b] of planesOf(6)) {
          const at = (c: number, o: number) => (a * 6 + b) * planeS + panelIndex(o, c, C);
          const parts = planesOf(PHASED).filter(([i, j]) => tapOf(i) === a && tapOf(j) === b);
          const sums = parts.map(([i, j]): Part => {
            const [p, q] = [pointOf(i), pointOf(j)];
            const rows = patches.flatMap((patch, t) => (uses(patch, p, q) ? [t] : []));
            return {
              depth: rows.length,
              a: (c, row) => v[(i * PHASED + j) * planeV + rows[row] * ldv + c],
              b: (row, o) => z[(p * POINTS + q) * planeZ + panelIndex(o, rows[row], T)],
            };
          });
          assertSums(s.result, C, O, sums, at, `${what} plane ${a},${b}`, (c, o) => (accumulate ? before[at(c, o)] : 0));
        }
      });
    }
  });
}

/** A product that is added: a(row, k) b(k, column), summed over k < depth. */
interface Part {
  depth: number;
  a(row: number, k: number): number;
  b(k: number, column: number): number;
}

/** result[at(row, column)] against start plus the sum of products. */
function assertSums(
  result: Float32Array,
  rows: number,
  columns: number,
  parts: Part[],
  at: (row: number, column: number) => number,
  what: string,
  start: (row: number, column: number) => number = () => 0,
): void {
  const expected = Float64Array.from({ length: rows * columns }, (_, i) => start(Math.floor(i / columns), i % columns));
  const magnitude = expected.map(Math.abs);
  let terms = 1;
  for (const { depth, a, b } of parts) {
    const A = Float64Array.from({ length: rows * depth }, (_, i) => a(Math.floor(i / depth), i % depth));
    const B = Float64Array.from({ length: depth * columns }, (_, i) => b(Math.floor(i / columns), i % columns));
    const shape = { m: rows, n: columns, k: depth };
    matmul(A, B, shape).forEach((v, i) => {
      expected[i] += v;
    });
    matmul(absolute(A), absolute(B), shape).forEach((v, i) => {
      magnitude[i] += v;
    });
    terms += depth;
  }
  const actual = Float32Array.from({ length: rows * columns }, (_, i) => result[at(Math.floor(i / columns), i % columns)]);
  assertClose(actual, expected, (i) => tolerance(terms, magnitude[i]), what);
}

test.run();
