// Each layer is recorded on a tape, replayed and compared with the float64 oracles: its output, and the gradients of its input
// and parameters by central differences. Kernel arithmetic has its own tests; these test the wiring.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { batchNorm } from "#pulmo/core/layers/batch-norm.js";
import { conv2d, convBatchNorm } from "#pulmo/core/layers/conv2d.js";
import { linear } from "#pulmo/core/layers/linear.js";
import { averagePool, maxPool } from "#pulmo/core/layers/pooling.js";
import { buffer, type Tape, type Tensor } from "#pulmo/core/tape.js";
import type { LayerCase } from "../cases/layer.js";
import { conv, type Image, shapeOf } from "../cases/layer.js";
import { image, LAYER_CASES, S1 } from "../cases/layers.js";
import { batchNormEval, batchNormTrain, updateRunning } from "../reference/batchnorm.js";
import { centralDifferences, dot, random } from "../reference/differences.js";
import { hash } from "../reference/formula.js";
import { pixelsToUnit } from "../reference/pixels.js";
import { relu as reluOf, residualAdd } from "../reference/relu.js";
import { assertNear } from "./near.js";
import { inputTensor, keep, newTape, prepare, type Replay } from "./replay.js";

const test = suite("layers");

type Images = Exclude<LayerCase["input"], number[]>;

/** Number of derivatives per tensor. */
const SAMPLES = 150;

for (const { name, input, record, oracle } of LAYER_CASES) {
  test(name, () => {
    const tape = newTape("train");
    const fromPixels = !Array.isArray(input);
    const images = fromPixels ? input : { N: 0, size: 0 };
    const { N, size, normalization } = images;
    const bytes = buffer("bytes", N * size * size * 3, "slot");
    const x = inputTensor(tape, fromPixels ? [1] : input);
    const y = record(tape, x, { bytes, N, size, normalization });
    tape.gradient(y);
    const kept = [x.data, x.grad, keep(y.data), keep(y.grad)];
    const backward = tape.backwardCalls();
    const replay = prepare(tape, [...tape.forwardCalls, ...backward], kept);

    const given = fromPixels ? writePixels(replay, bytes, images) : writeInput(replay, x);
    const dy = Float64Array.from(random(3, y.data.bytes / 4), Math.fround);
    replay.run(tape.forwardCalls);
    replay.floats(y.grad!).set(dy);
    replay.run(backward);

    assertNear(replay.floats(y.data), oracle(given, replay.parameters), name);
    const scalar = () => dot(dy, oracle(given, replay.parameters));
    for (const [parameter, values] of Object.entries(replay.parameters)) {
      assertGradient(scalar, values, replay.gradient(parameter), `${name}: d ${parameter}`);
    }
    if (!fromPixels) assertGradient(scalar, given, replay.floats(x.grad!), `${name}: dx`);
  });
}

function writeInput(replay: Replay, x: Tensor): Float64Array {
  const values = Float32Array.from(random(2, x.data.bytes / 4));
  replay.floats(x.data).set(values);
  return Float64Array.from(values);
}

function writePixels(replay: Replay, into: Tensor["data"], { size, grey, normalization }: Images): Float64Array {
  const isGrey = (i: number) => grey && Math.floor(i / (size * size * 3)) % 2 === 0;
  const bytes = Uint8Array.from({ length: into.bytes }, (_, i) => hash(2, isGrey(i) ? Math.floor(i / 3) : i) >>> 24);
  new Uint8Array(replay.memory.buffer, into.address, into.bytes).set(bytes);
  const { mean, std } = normalization ?? { mean: [0, 0, 0], std: [1, 1, 1] };
  return pixelsToUnit(bytes).map((v, i) => (v - mean[i % 3]) / std[i % 3]);
}

/** Compares the float32 gradient with central differences at hashed positions. */
function assertGradient(scalar: () => number, x: Float64Array, gradient: Float32Array, what: string): void {
  assert.is(gradient.length, x.length, `${what}: length`);
  const places = x.length <= SAMPLES ? [...x.keys()] : Array.from({ length: SAMPLES }, (_, i) => hash(6, i) % x.length);
  assertNear(
    places.map((i) => gradient[i]),
    centralDifferences(scalar, x, places).derivatives,
    what,
  );
}

test("batchNorm moves its running statistics in training", () => {
  const tape = newTape("train");
  const x = inputTensor(tape, [3, 10, 10, 8]);
  batchNorm(tape, x, "bn");
  const replay = prepare(tape, tape.forwardCalls, [x.data]);
  const given = writeInput(replay, x);
  const { parameters: p } = replay;
  const { mean, variance } = batchNormTrain(given, p["bn.weight"], p["bn.bias"], { rows: 300, channels: 8 });
  const before = { mean: replay.statistics["bn.running_mean"], variance: replay.statistics["bn.running_var"] };
  const expected = updateRunning(before, { mean, variance }, 300);
  replay.run(tape.forwardCalls);
  assertNear(replay.statistic("bn.running_mean"), expected.mean, "running mean");
  assertNear(replay.statistic("bn.running_var"), expected.variance, "running variance");
});

for (const relu of [false, true]) {
  test(`batchNorm evaluates with running statistics, relu=${relu}, and a residual`, () => {
    const tape = newTape("evaluate");
    const x = inputTensor(tape, shapeOf(image));
    const y = batchNorm(tape, x, "bn", { relu, residual: x });
    const replay = prepare(tape, tape.forwardCalls, [x.data, keep(y.data)]);
    const given = writeInput(replay, x);
    const { parameters: p, statistics: s } = replay;
    const normal = batchNormEval(given, p["bn.weight"], p["bn.bias"], s["bn.running_mean"], s["bn.running_var"]);
    const z = residualAdd(normal, given);
    replay.run(tape.forwardCalls);
    assertNear(replay.floats(y.data), relu ? reluOf(z) : z, "y");
    assert.equal(replay.statistic("bn.running_mean"), Float32Array.from(s["bn.running_mean"]), "evaluation moves nothing");
    assert.equal(tape.backwardCalls(), []);
  });
}

/** In place, Winograd in stages, Winograd fused, polyphase Winograd. */
const FUSED: [string, Image, number][] = [
  ["conv2d", { n: 2, h: 9, w: 7, c: 8 }, 2],
  ["Winograd", { n: 2, h: 13, w: 14, c: 16 }, 1],
  ["fused Winograd", { n: 384, h: 5, w: 1, c: 16 }, 1],
  ["polyphase Winograd", { n: 4, h: 14, w: 13, c: 16 }, 2],
];
for (const [kind, image, stride] of FUSED) {
  test(`evaluation folds batchNorm, a shortcut and ReLU into ${kind}`, () => {
    const tape = newTape("evaluate");
    const x = inputTensor(tape, shapeOf(image));
    const [O, how] = [image.c, { o: image.c, kernel: 3, stride, pad: 1 }];
    const shortcut = () => convBatchNorm(tape, x, { conv: "s", norm: "bns" }, { O, kernel: 1, stride, pad: 0 });
    const y = convBatchNorm(tape, x, { conv: "c", norm: "bn" }, { O, kernel: 3, stride, pad: 1 }, { relu: true, shortcut });
    keep(y.data);
    const calls = [...tape.prepareCalls, ...tape.forwardCalls];
    assert.not(calls.some((c) => c.kernel === "batchNorm"));
    const replay = prepare(tape, calls, [x.data, y.data]);
    const given = writeInput(replay, x);
    const { parameters: p, statistics: s } = replay;
    const norm = (v: Float64Array, name: string) =>
      batchNormEval(v, p[`${name}.weight`], p[`${name}.bias`], s[`${name}.running_mean`], s[`${name}.running_var`]);
    const main = norm(conv(given, p["c.weight"], image, how), "bn");
    const side = norm(conv(given, p["s.weight"], image, { ...how, kernel: 1, pad: 0 }), "bns");
    replay.run(calls);
    assertNear(replay.floats(y.data), reluOf(residualAdd(main, side)), "y");
  });
}

test("layers whose kernels cannot accumulate reject a second consumer", () => {
  const consumers: ((tape: Tape, x: Tensor) => Tensor)[] = [
    (tape, x) => maxPool(tape, x, "m"),
    (tape, x) => averagePool(tape, x, "a"),
    (tape, x) => batchNorm(tape, x, "bn"),
    (tape, x) => linear(tape, x, "l", 2),
  ];
  for (const consume of consumers) {
    const tape = newTape("train");
    const x = inputTensor(tape, shapeOf(image));
    consume(tape, x);
    conv2d(tape, x, "c", S1);
    assert.throws(() => tape.backwardCalls(), /no other consumer/);
  }
});

test.run();
