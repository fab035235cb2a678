// Maps of small networks against central differences of the float64 oracles, and against the oracles themselves.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { classActivation, pixelGradient } from "#pulmo/core/layers/explain.js";
import { linear } from "#pulmo/core/layers/linear.js";
import { pixelBytes, pixels } from "#pulmo/core/layers/pixels.js";
import { maxPool } from "#pulmo/core/layers/pooling.js";
import { buffer, type Tape, type Tensor } from "#pulmo/core/tape.js";
import { centralDifferences } from "../reference/differences.js";
import { hash } from "../reference/formula.js";
import { transposeInner } from "../reference/layout.js";
import { linear as linearOf } from "../reference/linear.js";
import { pixelsToUnit } from "../reference/pixels.js";
import { relu as reluOf } from "../reference/relu.js";
import { assertNear } from "./near.js";
import { inputTensor, keep, newTape, prepare } from "./replay.js";

const test = suite("explanations");

const [N, SIZE, C] = [3, 7, 3];
const INPUTS = SIZE * SIZE * C;

type Values = Record<string, Float64Array>;

/** Layers named 1, 2, ... on x[n][HWC], ReLU between them; r = logit 1 - logit 0. */
function logOdds(x: Float64Array, p: Values, n: number): Float64Array {
  const count = Object.keys(p).length / 2;
  let y = x;
  for (let i = 1; i <= count; i++) {
    const [weight, bias] = [p[`${i}.weight`], p[`${i}.bias`]];
    const shape = { n, inputs: y.length / n, outputs: bias.length };
    const hwc = i === 1 ? transposeInner(weight, bias.length, C, SIZE * SIZE) : weight;
    y = linearOf(y, hwc, bias, shape);
    if (i < count) y = reluOf(y);
  }
  return Float64Array.from({ length: n }, (_, k) => y[2 * k + 1] - y[2 * k]);
}

/** dr/dx[n][p][c] by central differences. */
function gradientOf(x: Float64Array, p: Values): Float64Array {
  const images = Array.from({ length: x.length / INPUTS }, (_, n) => x.slice(n * INPUTS, (n + 1) * INPUTS));
  return Float64Array.from(images.flatMap((row) => [...centralDifferences(() => logOdds(row, p, 1)[0], row).derivatives]));
}

const overChannels = (values: Float64Array) =>
  Float64Array.from({ length: values.length / C }, (_, i) => values[i * C] + values[i * C + 1] + values[i * C + 2]);

const CASES: { name: string; widths: number[]; shares: boolean }[] = [
  { name: "one narrow layer: each pixel's share", widths: [], shares: true },
  { name: "one narrow layer: the gradient", widths: [], shares: false },
  { name: "two layers", widths: [17], shares: false },
  { name: "four layers", widths: [33, 20, 16], shares: false },
];

for (const { name, widths, shares } of CASES) {
  test(name, () => {
    const tape = newTape("explain");
    const bytes = buffer("bytes", N * INPUTS, "slot");
    const input = { bytes, N, size: SIZE };
    const x = shares ? pixelBytes(tape, input) : pixels(tape, input);
    let y = x;
    widths.forEach((width, i) => (y = linear(tape, y, `${i + 1}`, width, { relu: true })));
    const logits = linear(tape, y, `${widths.length + 1}`, 2);
    const map = pixelGradient(tape, x, logits, input, { shares });
    assert.equal(map.shape, [N, SIZE, SIZE]);
    const replay = prepare(tape, tape.forwardCalls, [keep(map.data)]);
    const given = Uint8Array.from({ length: bytes.bytes }, (_, i) => hash(2, i) >>> 24);
    new Uint8Array(replay.memory.buffer, bytes.address, bytes.bytes).set(given);
    replay.run(tape.forwardCalls);

    const exact = pixelsToUnit(given);
    const gradient = gradientOf(exact, replay.parameters);
    assertNear(replay.floats(map.data), overChannels(gradient.map((g, i) => (shares ? g * exact[i] : g))), name);
  });
}

test("class activation: the last layer at each position", () => {
  const tape = newTape("explain");
  const x = inputTensor(tape, [2, 3, 4, 24]);
  const map = classActivation(tape, x, "fc");
  assert.equal(map.shape, [2, 3, 4]);
  const replay = prepare(tape, tape.forwardCalls, [x.data, keep(map.data)]);
  const values = Float32Array.from({ length: x.data.bytes / 4 }, (_, i) => hash(2, i) / 2 ** 32);
  replay.floats(x.data).set(values);
  replay.run(tape.forwardCalls);
  const { "fc.weight": w, "fc.bias": b } = replay.parameters;
  const expected = Float64Array.from({ length: 24 }, (_, place) => {
    let r = b[1] - b[0];
    for (let c = 0; c < 24; c++) r += (w[24 + c] - w[c]) * values[place * 24 + c];
    return r;
  });
  assertNear(replay.floats(map.data), expected, "map");
});

test("a layer that cannot propagate a gradient is detected", () => {
  const input = { bytes: buffer("bytes", 2 * 4 * 4 * 3, "slot"), N: 2, size: 4 };
  const record = (tape: Tape, x: Tensor) =>
    pixelGradient(tape, x, linear(tape, maxPool(tape, x, "m"), "l", 2), input, { shares: false });
  const tape = newTape("explain");
  assert.throws(() => record(tape, inputTensor(tape, [2, 4, 4, 8])), /no gradient leads back to x/);
});

test.run();
