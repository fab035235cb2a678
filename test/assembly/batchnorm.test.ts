import { suite } from "uvu";
import { batchNormBackward, batchNormEval, updateRunning } from "../reference/batchnorm.js";
import { reluBackward, relu as reluOf, residualAdd } from "../reference/relu.js";
import { assertClose, tolerance } from "../reference/tolerance.js";
import { input, label, output, type Region, random, run, sameBits, sweep, updated } from "./harness.js";

const test = suite("kernels: batch norm");
const CHUNK_ROWS = 128;
const MOMENTUM = Math.fround(0.1);
const EPS = Math.fround(1e-5);
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);

const shapes = sweep({ P: [7, 1, 2, 63, 64, 65, 127, 128, 129, 257, 385, 770], C: [24, 8, 16, 40, 64] }, 10);

const chunkRows = (P: number, chunk: number) => Math.min(CHUNK_ROWS, P - chunk * CHUNK_ROWS);
const chunkCount = (P: number) => Math.ceil(P / CHUNK_ROWS);

/** Where a channel's sums over a chunk of rows lie: partial[chunk][2][C]. */
const partialIndex = (chunk: number, which: 0 | 1, c: number, C: number) => (2 * chunk + which) * C + c;

function eachColumn(P: number, C: number, visit: (chunk: number, c: number, rows: number[]) => void): void {
  for (let chunk = 0; chunk < chunkCount(P); chunk++) {
    const rows = Array.from({ length: chunkRows(P, chunk) }, (_, i) => (chunk * CHUNK_ROWS + i) * C);
    for (let c = 0; c < C; c++)
      visit(
        chunk,
        c,
        rows.map((at) => at + c),
      );
  }
}

const sumOver = (indexes: number[], term: (i: number) => number) => indexes.reduce((sum, i) => sum + term(i), 0);

for (const offset of [0, 300]) {
  test(`batchNormPartials of rows around ${offset}`, () => {
    for (const { P, C } of shapes) {
      const x = random(1, P * C, 1, offset);
      const expected = new Float64Array(chunkCount(P) * 2 * C);
      const allowed = new Float64Array(expected.length);
      eachColumn(P, C, (chunk, c, column) => {
        const n = column.length;
        const mean = sumOver(column, (i) => x[i]) / n;
        const m2 = sumOver(column, (i) => (x[i] - mean) ** 2);
        // Rounded: the sum, 1/n and the product with it. A mean off by d adds n d^2 to m2, and nothing of first order.
        const d = tolerance(n + 2, sumOver(column, (i) => Math.abs(x[i])) / n);
        const at = [partialIndex(chunk, 0, c, C), partialIndex(chunk, 1, c, C)];
        [expected[at[0]], expected[at[1]]] = [mean, m2];
        [allowed[at[0]], allowed[at[1]]] = [d, tolerance(n + 2, m2 + n * d ** 2) + n * d ** 2];
      });
      const partial = output(expected.length);
      run("batchNormPartials", label({ P, C }), { partial, x: input(x), P, C }, (what) =>
        assertClose(partial.result, expected, (i) => allowed[i], what),
      );
    }
  });
}

test("batchNormStatistics merges chunks and moves the running statistics", () => {
  for (const { P, C } of shapes.filter(({ P }) => P > 1)) {
    const partial = random(1, chunkCount(P) * 2 * C, 3);
    eachColumn(P, C, (chunk, c, column) => {
      const at = partialIndex(chunk, 1, c, C);
      partial[at] = Math.abs(partial[at]) * column.length;
    });
    const before = { mean: random(2, C), variance: random(3, C, 0.5, 1) };
    const batch = { mean: new Float64Array(C), variance: new Float64Array(C) };
    eachColumn(P, C, (chunk, c, column) => (batch.mean[c] += (column.length * partial[partialIndex(chunk, 0, c, C)]) / P));
    eachColumn(P, C, (chunk, c, column) => {
      const deviation = partial[partialIndex(chunk, 0, c, C)] - batch.mean[c];
      batch.variance[c] += (partial[partialIndex(chunk, 1, c, C)] + column.length * deviation ** 2) / P;
    });
    const moved = updateRunning({ mean: f64(before.mean), variance: f64(before.variance) }, batch, P, MOMENTUM);
    const [mean, invstd] = [output(C), output(C)];
    const [runningMean, runningVar] = [updated(before.mean), updated(before.variance)];
    // Float64 inside, so a result is rounded once; means cancel, hence the magnitude of the largest (3, or 1 before).
    run(
      "batchNormStatistics",
      label({ P, C }),
      { mean, invstd, runningMean, runningVar, partial: input(partial), P, C, momentum: MOMENTUM, eps: EPS },
      (what) => {
        assertClose(mean.result, batch.mean, tolerance(1, 3), `${what}: mean`);
        const inverse = batch.variance.map((v) => 1 / Math.sqrt(v + EPS));
        assertClose(invstd.result, inverse, (i) => tolerance(1, inverse[i]), `${what}: invstd`);
        assertClose(runningMean.result, moved.mean, tolerance(1, 3), `${what}: running mean`);
        assertClose(runningVar.result, moved.variance, (i) => tolerance(1, moved.variance[i]), `${what}: running variance`);
      },
    );
  }
});

test("batchNormStatistics of a single row stays finite", () => {
  const partial = new Float32Array(8).fill(2, 0, 4);
  const [mean, invstd] = [output(4), output(4)];
  const [runningMean, runningVar] = [updated(new Float32Array(4)), updated(new Float32Array(4).fill(1))];
  run(
    "batchNormStatistics",
    "P=1 C=4",
    { mean, invstd, runningMean, runningVar, partial: input(partial), P: 1, C: 4, momentum: MOMENTUM, eps: EPS },
    (what) => {
      assertClose(mean.result, new Float64Array(4).fill(2), 0, what);
      assertClose(invstd.result, new Float64Array(4).fill(1 / Math.sqrt(EPS)), tolerance(1, 1 / Math.sqrt(EPS)), what);
      assertClose(runningVar.result, new Float64Array(4).fill(1 - MOMENTUM), tolerance(1, 1), what);
    },
  );
});

test("invertStd", () => {
  for (const C of [1, 3, 4, 17, 64]) {
    const variance = random(1, C, 2, 2);
    const invstd = output(C);
    const expected = Float64Array.from(variance, (v) => 1 / Math.sqrt(v + EPS));
    run("invertStd", label({ C }), { invstd, variance: input(variance), C, eps: EPS }, (what) => {
      assertClose(invstd.result, expected, (i) => tolerance(1, expected[i]), what);
    });
  }
});

test("foldBatchNorm", () => {
  for (const C of [1, 3, 8, 17]) {
    const [gamma, beta, mean, variance] = [random(1, C), random(2, C), random(3, C), random(4, C, 2, 2)];
    const [scale, shift] = [output(C), output(C)];
    const s = Float64Array.from(gamma, (g, i) => g / Math.sqrt(variance[i] + EPS));
    const b = s.map((v, i) => beta[i] - v * mean[i]);
    const statistics = { gamma: input(gamma), beta: input(beta), mean: input(mean), variance: input(variance) };
    run("foldBatchNorm", label({ C }), { scale, shift, ...statistics, C, eps: EPS }, (what) => {
      assertClose(scale.result, s, (i) => tolerance(1, Math.abs(s[i])), `${what} scale`);
      assertClose(shift.result, b, (i) => tolerance(1, Math.abs(beta[i]) + Math.abs(s[i] * mean[i])), `${what} shift`);
    });
  }
});

interface Rows {
  P: number;
  C: number;
}

/** Rows and channels with plausible statistics, not those of x: each kernel takes what it is given. */
function operands({ P, C }: Rows) {
  return {
    x: random(1, P * C, 2, 1),
    mean: random(2, C, 1, 1),
    invstd: random(3, C, 0.5, 1),
    gamma: random(4, C, 1, 0.5),
    beta: random(5, C),
    residual: random(6, P * C),
    dy: random(7, P * C),
  };
}

for (const { relu, withResidual } of sweep({ relu: [0, 1], withResidual: [0, 1] }, 4)) {
  test(`batchNorm relu=${relu} residual=${withResidual}`, () => {
    for (const { P, C } of shapes) {
      const { x, mean, invstd, gamma, beta, residual } = operands({ P, C });
      const variance = f64(invstd).map((s) => s ** -2);
      const normal = batchNormEval(f64(x), f64(gamma), f64(beta), f64(mean), variance, 0);
      const z = withResidual ? residualAdd(normal, f64(residual)) : normal;
      const magnitude = (i: number) => {
        const c = i % C;
        const terms = (Math.abs(x[i]) + Math.abs(mean[c])) * Math.abs(gamma[c] * invstd[c]) + Math.abs(beta[c]);
        return terms + withResidual * Math.abs(residual[i]);
      };
      const y = output(P * C);
      const statistics = { mean: input(mean), invstd: input(invstd), gamma: input(gamma), beta: input(beta) };
      // Terms: x, mean, beta, residual; and the scale gamma * invstd is rounded.
      run(
        "batchNorm",
        label({ P, C }),
        { y, x: input(x), ...statistics, residual: withResidual ? input(residual) : 0, P, C, relu },
        (what) => {
          assertClose(y.result, relu ? reluOf(z) : z, (i) => tolerance(5, magnitude(i)), what);
        },
      );
    }
  });
}

for (const relu of [0, 1]) {
  test(`batchNormBackwardPartials relu=${relu}`, () => {
    for (const { P, C } of shapes) {
      const { x, mean, invstd, dy } = operands({ P, C });
      const y = reluOf(f64(random(8, P * C)));
      const g = relu ? reluBackward(f64(dy), y) : f64(dy);
      const expected = new Float64Array(chunkCount(P) * 2 * C);
      const allowed = new Float64Array(expected.length);
      eachColumn(P, C, (chunk, c, column) => {
        const at = [partialIndex(chunk, 0, c, C), partialIndex(chunk, 1, c, C)];
        expected[at[0]] = sumOver(column, (i) => g[i]);
        expected[at[1]] = sumOver(column, (i) => g[i] * (x[i] - mean[c]) * invstd[c]);
        allowed[at[0]] = tolerance(
          column.length,
          sumOver(column, (i) => Math.abs(g[i])),
        );
        const magnitude = sumOver(column, (i) => Math.abs(g[i]) * (Math.abs(x[i]) + Math.abs(mean[c])) * invstd[c]);
        allowed[at[1]] = tolerance(column.length + 2, magnitude);
      });
      const partial = output(expected.length);
      run(
        "batchNormBackwardPartials",
        label({ P, C }),
        {
          partial,
          dy: input(dy),
          y: relu ? input(Float32Array.from(y)) : 0,
          x: input(x),
          mean: input(mean),
          invstd: input(invstd),
          P,
          C,
        },
        (what) => assertClose(partial.result, expected, (i) => allowed[i], what),
      );
    }
  });
}

test("batchNormBackwardSums", () => {
  for (const { P, C } of shapes) {
    const partial = random(1, chunkCount(P) * 2 * C);
    const sums = (which: 0 | 1, of: (v: number) => number) => {
      const total = new Float64Array(C);
      eachColumn(P, C, (chunk, c) => (total[c] += of(partial[partialIndex(chunk, which, c, C)])));
      return total;
    };
    const [dgamma, dbeta] = [output(C), output(C)];
    run("batchNormBackwardSums", label({ P, C }), { dgamma, dbeta, partial: input(partial), P, C }, (what) => {
      for (const [actual, which] of [
        [dbeta, 0],
        [dgamma, 1],
      ] as [Region<Float32Array<ArrayBuffer>>, 0 | 1][]) {
        const magnitude = sums(which, Math.abs);
        assertClose(
          actual.result,
          sums(which, (v) => v),
          (i) => tolerance(chunkCount(P), magnitude[i]),
          what,
        );
      }
    });
  }
});

/** None; written; added to. */
const RESIDUAL = ["without residual", "residual", "residual accumulated"];

for (const { relu, mode } of sweep({ relu: [0, 1], mode: [0, 1, 2] }, 8)) {
  test(`batchNormBackward relu=${relu} ${RESIDUAL[mode]}`, () => {
    for (const { P, C } of shapes) {
      const { x, mean, invstd, gamma, dy, residual } = operands({ P, C });
      const y = reluOf(f64(random(8, P * C)));
      const g = relu ? reluBackward(f64(dy), y) : f64(dy);
      const oracle = batchNormBackward(g, f64(x), f64(gamma), f64(mean), f64(invstd), { rows: P, channels: C });
      // The kernel takes the sums rounded to float32; so does the magnitude.
      const [dgamma, dbeta] = [Float32Array.from(oracle.dgamma), Float32Array.from(oracle.dbeta)];
      const magnitude = (i: number) => {
        const c = i % C;
        const slope = (Math.abs(x[i]) + Math.abs(mean[c])) * invstd[c] * Math.abs(dgamma[c]);
        return Math.abs(gamma[c] * invstd[c]) * (Math.abs(g[i]) + (Math.abs(dbeta[c]) + slope) / P);
      };
      const dx = output(P * C);
      const dresidual = mode === 2 ? updated(residual) : output(P * C);
      const expectedResidual = Float32Array.from(g, (v, i) => v + (mode === 2 ? residual[i] : 0));
      // Terms: g, dbeta, x, mean; one more each for the sums' rounding, 1/P, and the two scales.
      run(
        "batchNormBackward",
        label({ P, C }),
        {
          dx,
          dresidual: mode ? dresidual : 0,
          dy: input(dy),
          y: relu ? input(Float32Array.from(y)) : 0,
          x: input(x),
          mean: input(mean),
          invstd: input(invstd),
          gamma: input(gamma),
          dgamma: input(dgamma),
          dbeta: input(dbeta),
          P,
          C,
          accumulate: mode === 2 ? 1 : 0,
        },
        (what) => {
          assertClose(dx.result, oracle.dx, (i) => tolerance(8, magnitude(i)), what);
          if (mode)
            sameBits(
              dresidual.result.map((v) => v + 0),
              expectedResidual.map((v) => v + 0),
              `${what} dresidual`,
            );
        },
      );
    }
  });
}

test.run();
