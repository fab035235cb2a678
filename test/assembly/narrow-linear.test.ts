import { suite } from "uvu";
import { hash } from "../reference/formula.js";
import { linearBackward } from "../reference/linear.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { type Arguments, input, label, output, random, run, sweep } from "./harness.js";
import { inputGradient } from "./input-gradient.js";

const test = suite("kernels: narrowLinear");
const CHUNK = 2048;
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);

const shapes = sweep(
  { N: [5, 1, 2, 3, 4, 8, 33], I: [37, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 2047, 2048, 2049, 4097], O: [2, 1, 3, 8] },
  12,
);

/** The kernels that read floats, and those that read the bytes of pixels: x = bytes / 255, rounded once more. */
const SOURCES = [
  {
    name: "narrowLinear",
    values: (length: number) => random(1, length),
    unit: 1,
    roundings: 0,
    partials: "narrowLinearPartials",
    backwardWeights: "narrowLinearBackwardWeights",
    input: "x",
  },
  {
    name: "narrowLinearPixels",
    values: (length: number) => Uint8Array.from({ length }, (_, i) => hash(1, i) >>> 24),
    unit: 255,
    roundings: 1,
    partials: "narrowLinearPixelsPartials",
    backwardWeights: "narrowLinearPixelsBackwardWeights",
    input: "bytes",
  },
] as const;

for (const { name, values, unit, roundings, partials, backwardWeights, input: source } of SOURCES) {
  test(`${name}Partials: a dot product for each chunk of the inputs`, () => {
    for (const { N, I, O } of shapes) {
      const [x, w] = [values(N * I), random(2, O * I)];
      const chunks = Math.ceil(I / CHUNK);
      const partial = output(chunks * N * O);
      const dots = (of: (v: number) => number) =>
        Float64Array.from({ length: chunks * N * O }, (_, i) => {
          const [chunk, n, o] = [Math.floor(i / (N * O)), Math.floor(i / O) % N, i % O];
          let sum = 0;
          for (let k = chunk * CHUNK; k < Math.min((chunk + 1) * CHUNK, I); k++) sum += of((x[n * I + k] / unit) * w[o * I + k]);
          return sum;
        });
      const [expected, magnitude] = [dots((v) => v), dots(Math.abs)];
      run(
        partials,
        label({ N, I, O }),
        { partial, [source]: input(x), w: input(w), N, I, O } as Arguments<typeof partials>,
        (what) => {
          assertClose(partial.result, expected, (i) => tolerance(Math.min(CHUNK, I) + roundings, magnitude[i]), what);
        },
      );
    }
  });

  test(`${name}BackwardWeights`, () => {
    for (const { N, I, O } of shapes) {
      const [x, dy] = [values(N * I), random(2, N * O)];
      const exact = Float64Array.from(x, (v) => v / unit);
      const dw = output(O * I);
      const noWeights = new Float64Array(O * I);
      const shape = { n: N, inputs: I, outputs: O };
      const expected = linearBackward(f64(dy), exact, noWeights, shape).dweight;
      const magnitude = linearBackward(absolute(dy), exact.map(Math.abs), noWeights, shape).dweight;
      run(
        backwardWeights,
        label({ N, I, O }),
        { dw, [source]: input(x), dy: input(dy), N, I, O } as Arguments<typeof backwardWeights>,
        (what) => {
          assertClose(dw.result, expected, (i) => tolerance(N + roundings, magnitude[i]), what);
        },
      );
    }
  });
}

test("narrowLinearSum", () => {
  for (const { N, O, chunks } of sweep({ N: [3, 1, 7], O: [2, 1, 8], chunks: [3, 1, 2, 74] }, 4)) {
    const [partial, bias] = [random(1, chunks * N * O), random(2, O)];
    const y = output(N * O);
    const sum = (of: (v: number) => number) =>
      Float64Array.from({ length: N * O }, (_, i) => {
        let total = of(bias[i % O]);
        for (let k = 0; k < chunks; k++) total += of(partial[k * N * O + i]);
        return total;
      });
    const [expected, magnitude] = [sum((v) => v), sum(Math.abs)];
    run("narrowLinearSum", label({ N, O, chunks }), { y, partial: input(partial), bias: input(bias), N, O, chunks }, (what) => {
      assertClose(y.result, expected, (i) => tolerance(chunks + 1, magnitude[i]), what);
    });
  }
});

test("narrowLinearBackwardData", () => {
  for (const { N, I, O } of shapes) {
    const [w, dy] = [random(1, O * I), random(2, N * O)];
    const dx = output(N * I);
    const { expected, magnitude } = inputGradient(dy, w, { n: N, inputs: I, outputs: O });
    run("narrowLinearBackwardData", label({ N, I, O }), { dx, dy: input(dy), w: input(w), I, O, tiles: N }, (what) => {
      assertClose(dx.result, expected, (i) => tolerance(O, magnitude[i]), what);
    });
  }
});

test.run();
