import { suite } from "uvu";
import { linearBackward } from "../reference/linear.js";
import { matmul } from "../reference/matmul.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { input, label, output, random, run, runVariant, sameBits, sweep, updated, variants } from "./harness.js";
import { inputGradient } from "./input-gradient.js";
import { panelCount, panelsOf, panelsOfRows, rowsOfPanels } from "./panels.js";

const test = suite("kernels: linear");
const CHUNK = 1024;
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);

const shapes = sweep(
  {
    N: [7, 1, 2, 3, 4, 5, 6, 8, 13, 32, 33],
    I: [21, 1, 2, 3, 5, 16, 17, 239, 240, 241, 256, 257, 481, 1023, 1024, 1025, 2050],
    O: [19, 9, 15, 16, 17, 31, 32, 33, 130],
  },
  16,
);

test("linearPartials: a product for each chunk of the inputs", () => {
  for (const { N, I, O } of shapes) {
    const x = random(1, N * I);
    const w = random(2, O * I);
    const columns = panelCount(O) * 16;
    const chunks = Math.ceil(I / CHUNK);
    const partial = output(chunks * N * columns);
    // partial[chunk][n][o] = x[n][chunk] . w[o][chunk], zero where o is padding
    const cut = (values: Float32Array, rows: number, from: number, depth: number) =>
      Float64Array.from({ length: rows * depth }, (_, i) => values[Math.floor(i / depth) * I + from + (i % depth)]);
    run("linearPartials", label({ N, I, O }), { partial, x: input(x), panels: input(panelsOfRows(w, O, I)), N, I, O }, (what) => {
      for (let chunk = 0; chunk < chunks; chunk++) {
        const depth = Math.min(CHUNK, I - chunk * CHUNK);
        const [a, b] = [cut(x, N, chunk * CHUNK, depth), cut(w, O, chunk * CHUNK, depth)];
        const shape = { m: N, n: O, k: depth, transposeB: true };
        const padded = (product: Float64Array) =>
          Float64Array.from({ length: N * columns }, (_, i) => {
            const [n, o] = [Math.floor(i / columns), i % columns];
            return o < O ? product[n * O + o] : 0;
          });
        const magnitude = padded(matmul(absolute(a), absolute(b), shape));
        const rows = partial.result.slice(chunk * N * columns, (chunk + 1) * N * columns);
        assertClose(rows, padded(matmul(a, b, shape)), (i) => tolerance(depth, magnitude[i]), `${what} chunk ${chunk}`);
      }
    });
  }
});

for (const relu of [0, 1]) {
  test(`linearSum relu=${relu}`, () => {
    for (const { N, O, chunks } of sweep({ N: [3, 1, 7], O: [19, 1, 15, 16, 17, 33], chunks: [3, 1, 2, 147] }, 8)) {
      const pitch = panelCount(O) * 16;
      const [partial, bias] = [random(1, chunks * N * pitch), random(2, O)];
      const y = output(N * O);
      const sum = (of: (v: number) => number) =>
        Float64Array.from({ length: N * O }, (_, i) => {
          let total = of(bias[i % O]);
          for (let k = 0; k < chunks; k++) total += of(partial[(k * N + Math.floor(i / O)) * pitch + (i % O)]);
          return total;
        });
      const expected = sum((v) => v).map((v) => (relu ? Math.max(v, 0) : v));
      const magnitude = sum(Math.abs);
      run("linearSum", label({ N, O, chunks }), { y, partial: input(partial), bias: input(bias), N, O, chunks, relu }, (what) => {
        assertClose(y.result, expected, (i) => tolerance(chunks + 1, magnitude[i]), what);
      });
    }
  });
}

test("linearBackwardWeights", () => {
  for (const { N, I, O } of shapes) {
    const [x, dy] = [random(1, N * I), random(2, N * O)];
    const dw = output(panelCount(O) * I * 16);
    const noWeights = new Float64Array(O * I);
    const shape = { n: N, inputs: I, outputs: O };
    const expected = linearBackward(f64(dy), f64(x), noWeights, shape).dweight;
    const magnitude = linearBackward(absolute(dy), absolute(x), noWeights, shape).dweight;
    run(
      "linearBackwardWeights",
      label({ N, I, O }),
      { dw, x: input(x), dyPanels: input(panelsOf(N, O, (n, o) => dy[n * O + o])), N, I, O },
      (what) => {
        assertClose(rowsOfPanels(dw.result, O, I), expected, (i) => tolerance(N, magnitude[i]), what);
      },
    );
  }
});

test("linearUpdate is linearBackwardWeights and adam, bit for bit", () => {
  const EPS = 1e-8;
  const hyper = Float32Array.of(0.9, 0.999, 0.1, 0.001, 1e-3, 1.5);
  for (const variant of variants) {
    for (const { N, I, O } of shapes) {
      const count = panelCount(O) * I * 16;
      const [x, dy] = [random(1, N * I), random(2, N * O)];
      const [w, m, v] = [random(3, count), random(4, count), random(5, count).map(Math.abs)];
      const panels = panelsOf(N, O, (n, o) => dy[n * O + o]);
      const dw = output(count);
      runVariant(variant, "linearBackwardWeights", { dw, x: input(x), dyPanels: input(panels), N, I, O });
      const apart = [w, m, v].map(updated);
      const adam = { w: apart[0], m: apart[1], v: apart[2], g: input(dw.result), hyper: input(hyper), count, eps: EPS };
      runVariant(variant, "adam", adam);
      const fused = [w, m, v].map(updated);
      const update = { w: fused[0], m: fused[1], v: fused[2], x: input(x), dyPanels: input(panels), hyper: input(hyper) };
      runVariant(variant, "linearUpdate", { ...update, N, I, O, eps: EPS });
      fused.forEach((region, i) =>
        sameBits(region.result, apart[i].result, `${variant.variant} ${label({ N, I, O })}: ${"wmv"[i]}`),
      );
    }
  }
});

test("linearBackwardInput", () => {
  for (const { N, I, O } of shapes) {
    const [w, dy] = [random(1, O * I), random(2, N * O)];
    const dx = output(N * I);
    const { expected, magnitude } = inputGradient(dy, w, { n: N, inputs: I, outputs: O });
    run(
      "linearBackwardInput",
      label({ N, I, O }),
      { dx, dyPanels: input(panelsOf(N, O, (n, o) => dy[n * O + o])), panels: input(panelsOfRows(w, O, I)), N, I, O },
      (what) => {
        assertClose(dx.result, expected, (i) => tolerance(O, magnitude[i]), what);
      },
    );
  }
});

test("biasGradient", () => {
  for (const { N, O } of sweep({ N: [7, 1, 2, 33], O: [19, 1, 2, 15, 16, 17, 33] }, 6)) {
    const dy = random(1, N * O);
    const db = output(O);
    const sum = (of: (v: number) => number) => {
      const total = new Float64Array(O);
      dy.forEach((v, i) => (total[i % O] += of(v)));
      return total;
    };
    const [expected, magnitude] = [sum((v) => v), sum(Math.abs)];
    run("biasGradient", label({ N, O }), { db, dy: input(dy), N, O }, (what) => {
      assertClose(db.result, expected, (i) => tolerance(N, magnitude[i]), what);
    });
  }
});

test.run();
