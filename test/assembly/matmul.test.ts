import { suite } from "uvu";
import { matmul as oracle } from "../reference/matmul.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { assertUntouched, input, label, output, outputRows, random, run, sameBits, sweep, updated } from "./harness.js";
import { panelCount, panelsOf, panelsOfRows, transposedPanels } from "./panels.js";

const test = suite("kernels: matmul");

/** Floats between the end of a row and the start of the next one. */
const GAP = 5;

for (const { N, K } of sweep({ N: [16, 1, 3, 15, 17, 31, 32, 33, 129], K: [5, 1, 2, 16, 33, 131, 320] }, 12)) {
  test(`packPanels N=${N} K=${K}`, () => {
    const ldb = N + GAP;
    const b = random(1, (K - 1) * ldb + N);
    const panels = output(panelCount(N) * K * 16);
    run("packPanels", label({ N, K }), { panels, b: input(b), N, K, ldb }, (what) => {
      sameBits(
        panels.result,
        panelsOf(K, N, (k, n) => b[k * ldb + n]),
        what,
      );
    });
  });
}

for (const { C, O, T } of sweep({ C: [17, 1, 3, 15, 16, 32, 33], O: [5, 1, 16, 17, 33], T: [1, 9] }, 10)) {
  test(`transposePanels C=${C} O=${O} T=${T}`, () => {
    const w = random(2, O * T * C);
    const out = output(panelCount(C) * T * O * 16);
    const panels = panelsOfRows(w, O, T * C);
    run("transposePanels", label({ C, O, T }), { out, panels: input(panels), T, C, O }, (what) => {
      sameBits(out.result, transposedPanels(w, O, T, C), what);
    });
  });
}

const shapes = sweep(
  {
    M: [7, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 32, 47, 48, 49, 59, 95, 96, 97, 145],
    N: [19, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 127, 128, 129, 257],
    K: [11, 1, 2, 3, 4, 5, 16, 17, 33, 255, 256, 257, 511, 512, 513, 1025],
  },
  24,
);

for (const accumulate of [0, 1]) {
  test(`matmul accumulate=${accumulate}`, () => {
    for (const { M, N, K } of shapes) {
      const [lda, ldc] = [K + GAP, N + GAP];
      const stored = random(1, (M - 1) * lda + K);
      const a = Float64Array.from({ length: M * K }, (_, i) => stored[Math.floor(i / K) * lda + (i % K)]);
      const b = random(2, K * N);
      const before = random(3, M * N);
      const c = accumulate ? updated(spread(before, M, N, ldc)) : outputRows((M - 1) * ldc + N);
      const shape = { m: M, n: N, k: K, beta: accumulate };
      const expected = oracle(a, Float64Array.from(b), shape, Float64Array.from(before));
      const magnitude = oracle(absolute(a), absolute(b), shape, absolute(before));
      const panels = input(panelsOf(K, N, (i, n) => b[i * N + n]));
      run("matmul", label({ M, N, K }), { c, a: input(stored), panels, M, N, K, lda, ldc, accumulate }, (what) => {
        const rows = Float32Array.from({ length: M * N }, (_, i) => c.result[Math.floor(i / N) * ldc + (i % N)]);
        assertClose(rows, expected, (i) => tolerance(K + accumulate, magnitude[i]), what);
        assertUntouched(c.result, (i) => i % ldc >= N, what);
      });
    }
  });
}

/** Rows of n values, ld apart, with the harness's NaN between them. */
function spread(values: Float32Array, m: number, n: number, ld: number): Float32Array<ArrayBuffer> {
  const rows = outputRows((m - 1) * ld + n).initial;
  for (let i = 0; i < m; i++) rows.set(values.subarray(i * n, (i + 1) * n), i * ld);
  return rows;
}

test.run();
