import { suite } from "uvu";
import type { Kernels } from "#pulmo/core/kernels.js";
import { linearBackward } from "../reference/linear.js";
import { matmul } from "../reference/matmul.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { input, label, output, random, run, runVariant, sameBits, scratch, sweep, updated, variants } from "./harness.js";
import { inputGradient } from "./input-gradient.js";
import { panelCount, panelsOf, panelsOfRows, rowsOfPanels } from "./panels.js";

const test = suite("kernels: linear");
const CHUNK = 1024;
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);

const shapes = sweep(
  {
    N: [7, 1, 2, 3, 4, 5, 6, 8, 13, 33],
    I: [21, 1, 2, 3, 5, 16, 17, 239, 240, 241, 481, 1023, 1024, 1025, 2050],
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
    const build = (k: Kernels) => ({
      args: [partial, input(x), input(panelsOfRows(w, O, I)), scratch(k.matmulScratch()), N, I, O],
      tiles: k.linearChunks(I) * panelCount(O),
    });
    // partial[chunk][n][o] = x[n][chunk] . w[o][chunk], zero where o is padding
    const cut = (values: Float32Array, rows: number, from: number, depth: number) =>
      Float64Array.from({ length: rows * depth }, (_, i) => values[Math.floor(i / depth) * I + from + (i % depth)]);
    run("linearPartials", label({ N, I, O }), build, (what) => {
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
      const build = () => ({ args: [y, input(partial), input(bias), N, O, chunks, relu], tiles: N });
      run("linearSum", label({ N, O, chunks }), build, (what) => {
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
    const build = (k: Kernels) => ({
      args: [
        dw, input(x), input(panelsOf(N, O, (n, o) => dy[n * O + o])), scratch(k.linearBackwardWeightsScratch(N)), N, I, O,
      ],
      tiles: k.linearBackwardWeightsTiles(I),
    });
    run("linearBackwardWeights", label({ N, I, O }), build, (what) => {
      assertClose(rowsOfPanels(dw.result, O, I), expected, (i) => tolerance(N, magnitude[i]), what);
    });
  }
});

test("linearUpdate is linearBackwardWeights and adam, bit for bit", () => {
  const EPS = 1e-8;
  const hyper = Float32Array.of(0.9, 0.999, 0.1, 0.001, 1e-3, 1.5);
  for (const variant of variants) {
    const k = variant.kernels;
    for (const { N, I, O } of shapes) {
      const count = panelCount(O) * I * 16;
      const [x, dy] = [random(1, N * I), random(2, N * O)];
      const [w, m, v] = [random(3, count), random(4, count), random(5, count).map(Math.abs)];
      const panels = panelsOf(N, O, (n, o) => dy[n * O + o]);
      const space = scratch(k.linearBackwardWeightsScratch(N));
      const tiles = k.linearBackwardWeightsTiles(I);
      const dw = output(count);
      runVariant(variant, "linearBackwardWeights", { args: [dw, input(x), input(panels), space, N, I, O], tiles });
      const apart = [w, m, v].map(updated);
      const step = { args: [...apart, input(dw.result), input(hyper), count, EPS], tiles: k.adamTiles(count) };
      runVariant(variant, "adam", step);
      const fused = [w, m, v].map(updated);
      const call = { args: [...fused, input(x), input(panels), input(hyper), space, N, I, O, EPS], tiles };
      runVariant(variant, "linearUpdate", call);
      fused.forEach((region, i) => sameBits(region.result, apart[i].result, `${variant.variant} ${label({ N, I, O })}: ${"wmv"[i]}`));
    }
  }
});

test("linearBackwardInput", () => {
  for (const { N, I, O } of shapes) {
    const [w, dy] = [random(1, O * I), random(2, N * O)];
    const dx = output(N * I);
    const { expected, magnitude } = inputGradient(dy, w, { n: N, inputs: I, outputs: O });
    const build = (k: Kernels) => ({
      args: [dx, input(panelsOf(N, O, (n, o) => dy[n * O + o])), input(panelsOfRows(w, O, I)), N, I, O], tiles: k.linearChunks(I),
    });
    run("linearBackwardInput", label({ N, I, O }), build, (what) => {
      assertClose(dx.result, expected, (i) => tolerance(O, magnitude[i]), what);
    });
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
    run("biasGradient", label({ N, O }), () => ({ args: [db, input(dy), N, O], tiles: 1 }), (what) => {
      assertClose(db.result, expected, (i) => tolerance(N, magnitude[i]), what);
    });
  }
});

test.run();
