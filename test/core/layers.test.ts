// Each layer recorded on a tape and replayed, against the composition of the float64 oracles: its output, and the gradients
// of its input and parameters by central differences. The kernels' arithmetic has its own tests; here it is the wiring.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { batchNorm } from "#pulmo/core/layers/batch-norm.js";
import { conv2d, convBatchNorm } from "#pulmo/core/layers/conv2d.js";
import { linear } from "#pulmo/core/layers/linear.js";
import { pixels, pixelsPadded } from "#pulmo/core/layers/pixels.js";
import { averagePool, maxPool } from "#pulmo/core/layers/pool.js";
import { buffer, type Tape, type Tensor } from "#pulmo/core/tape.js";
import { batchNormEval, batchNormTrain, updateRunning } from "../reference/batchnorm.js";
import { conv2d as convOf, outputExtent } from "../reference/conv2d.js";
import { hash } from "../reference/formula.js";
import { dot, random } from "../reference/differences.js";
import { transposeInner } from "../reference/layout.js";
import { linear as linearOf } from "../reference/linear.js";
import { pixelsToUnit } from "../reference/pixels.js";
import { globalAveragePool, maxPool as maxPoolOf } from "../reference/pool.js";
import { relu as reluOf, residualAdd } from "../reference/relu.js";
import { assertNear } from "./near.js";
import { inputTensor, keep, newTape, prepare, type Replay } from "./replay.js";

const test = suite("layers");

/** Derivatives taken of each tensor. */
const SAMPLES = 150;
const STEP = 2 ** -18;

type Values = Record<string, Float64Array>;

interface Case {
  name: string;
  /** x's shape; N images of size*size*3 bytes where the layer begins with pixels. */
  input: number[] | { N: number; size: number };
  record(tape: Tape, x: Tensor, bytes: { bytes: Tensor["data"]; N: number; size: number }): Tensor;
  /** y of x [NHWC] and the parameters in PyTorch's layout. */
  oracle(x: Float64Array, p: Values): Float64Array;
}

// ---- Oracles of layers, in the tape's terms.

interface Image {
  n: number;
  h: number;
  w: number;
  c: number;
}

interface Conv {
  o: number;
  kernel: number;
  stride: number;
  pad: number;
}

/** PyTorch's [O][C][R][S] to the oracle's [O][R][S][C]. */
const conv = (x: Float64Array, weight: Float64Array, image: Image, { o, kernel, stride, pad }: Conv) =>
  convOf(x, transposeInner(weight, o, image.c, kernel * kernel), { ...image, o, r: kernel, s: kernel, stride, pad });

const after = ({ n, h, w }: Image, { o, kernel, stride, pad }: Conv): Image => ({
  n, h: outputExtent(h, kernel, stride, pad), w: outputExtent(w, kernel, stride, pad), c: o,
});

function norm(x: Float64Array, p: Values, name: string): Float64Array {
  const [gamma, beta] = [p[`${name}.weight`], p[`${name}.bias`]];
  return batchNormTrain(x, gamma, beta, { rows: x.length / beta.length, channels: beta.length }).y;
}

const dense = (x: Float64Array, p: Values, name: string, n: number) => {
  const [inputs, outputs] = [x.length / n, p[`${name}.bias`].length];
  return linearOf(x, p[`${name}.weight`], p[`${name}.bias`], { n, inputs, outputs });
};

/** A layer on an image: PyTorch's columns are C, H, W, ours H, W, C. */
const denseOnImage = (x: Float64Array, p: Values, name: string, { n, h, w, c }: Image) => {
  const outputs = p[`${name}.bias`].length;
  return dense(x, { ...p, [`${name}.weight`]: transposeInner(p[`${name}.weight`], outputs, c, h * w) }, name, n);
};

// ---- The table.

const image: Image = { n: 2, h: 5, w: 6, c: 8 };
const shape = ({ n, h, w, c }: Image) => [n, h, w, c];
const S1 = { O: 12, kernel: 3, stride: 1, pad: 1 };
const S2 = { O: 12, kernel: 3, stride: 2, pad: 1 };
const P1 = { O: 12, kernel: 1, stride: 1, pad: 0 };
const P2 = { O: 12, kernel: 1, stride: 2, pad: 0 };
const same = { O: 8, kernel: 3, stride: 1, pad: 1 };
const oracleShape = ({ O, ...rest }: typeof S1): Conv => ({ o: O, ...rest });

/** As in src/core/models/resnet18.ts: two convolutions, the input added before the last ReLU. */
function block(tape: Tape, x: Tensor, name: string): Tensor {
  const names = (i: number) => ({ conv: `${name}.conv${i}`, norm: `${name}.bn${i}` });
  const y = convBatchNorm(tape, x, names(1), same, { relu: true });
  return convBatchNorm(tape, y, names(2), same, { relu: true, shortcut: () => x });
}

function blockOf(x: Float64Array, p: Values, name: string): Float64Array {
  const hidden = reluOf(norm(conv(x, p[`${name}.conv1.weight`], image, oracleShape(same)), p, `${name}.bn1`));
  return reluOf(residualAdd(norm(conv(hidden, p[`${name}.conv2.weight`], image, oracleShape(same)), p, `${name}.bn2`), x));
}

const cases: Case[] = [
  ...[S1, S2, P1, P2].map((s): Case => ({
    name: `conv2d ${s.kernel}x${s.kernel} stride ${s.stride}`, input: shape(image),
    record: (tape, x) => conv2d(tape, x, "c", s),
    oracle: (x, p) => conv(x, p["c.weight"], image, oracleShape(s)),
  })),
  {
    name: "conv2d of 3 channels to 5", input: [3, 4, 7, 3],
    record: (tape, x) => conv2d(tape, x, "c", { O: 5, kernel: 3, stride: 1, pad: 1 }),
    oracle: (x, p) => conv(x, p["c.weight"], { n: 3, h: 4, w: 7, c: 3 }, { o: 5, kernel: 3, stride: 1, pad: 1 }),
  },
  // C and O multiples of 16: Winograd's kernels, images of one patch and of several, in one chunk and in two, fused.
  ...[
    [4, 5, 6, 16, 32], [17, 4, 4, 32, 16], [6, 1, 9, 16, 16], [129, 1, 1, 336, 16], [384, 5, 1, 16, 32],
  ].map(([n, h, w, c, o]): Case => ({
    name: `conv2d 3x3 of ${n} images ${h}x${w}, ${c} channels to ${o}`, input: [n, h, w, c],
    record: (tape, x) => conv2d(tape, x, "c", { O: o, kernel: 3, stride: 1, pad: 1 }),
    oracle: (x, p) => conv(x, p["c.weight"], { n, h, w, c }, { o, kernel: 3, stride: 1, pad: 1 }),
  })),
  {
    name: "residual block of 16 channels", input: [4, 5, 6, 16],
    record: (tape, x) => batchNorm(tape, conv2d(tape, x, "c", { ...same, O: 16 }), "bn", { relu: true, residual: x }),
    oracle: (x, p) => {
      const y = conv(x, p["c.weight"], { n: 4, h: 5, w: 6, c: 16 }, { ...oracleShape(same), o: 16 });
      return reluOf(residualAdd(norm(y, p, "bn"), x));
    },
  },
  {
    name: "conv2d 7x7 stride 2 on padded pixels", input: { N: 2, size: 9 },
    record: (tape, _x, bytes) => conv2d(tape, pixelsPadded(tape, bytes, 3), "c", { O: 20, kernel: 7, stride: 2, pad: 3 }),
    oracle: (x, p) => conv(x, p["c.weight"], { n: 2, h: 9, w: 9, c: 3 }, { o: 20, kernel: 7, stride: 2, pad: 3 }),
  },
  ...[false, true].flatMap((relu) => [
    {
      name: `linear wide relu=${relu}`, input: [5, 21],
      record: (tape: Tape, x: Tensor) => linear(tape, x, "l", 19, { relu }),
      oracle: (x: Float64Array, p: Values) => (relu ? reluOf(dense(x, p, "l", 5)) : dense(x, p, "l", 5)),
    },
    {
      name: `linear wide on an image relu=${relu}`, input: shape(image),
      record: (tape: Tape, x: Tensor) => linear(tape, x, "l", 33, { relu }),
      oracle: (x: Float64Array, p: Values) => (relu ? reluOf(denseOnImage(x, p, "l", image)) : denseOnImage(x, p, "l", image)),
    },
  ]),
  {
    name: "linear wide over several chunks", input: [3, 2050],
    record: (tape, x) => linear(tape, x, "l", 17), oracle: (x, p) => dense(x, p, "l", 3),
  },
  {
    name: "linear narrow", input: [5, 21], record: (tape, x) => linear(tape, x, "l", 2), oracle: (x, p) => dense(x, p, "l", 5),
  },
  {
    name: "linear narrow over several chunks", input: [3, 4100],
    record: (tape, x) => linear(tape, x, "l", 8), oracle: (x, p) => dense(x, p, "l", 3),
  },
  {
    name: "linear narrow on an image", input: shape(image),
    record: (tape, x) => linear(tape, x, "l", 3), oracle: (x, p) => denseOnImage(x, p, "l", image),
  },
  ...[2, 20].map((O): Case => ({
    name: `linear ${O} on pixels`, input: { N: 3, size: 7 },
    record: (tape, _x, bytes) => linear(tape, pixels(tape, bytes), "l", O),
    oracle: (x, p) => denseOnImage(x, p, "l", { n: 3, h: 7, w: 7, c: 3 }),
  })),
  ...[false, true].map((relu): Case => ({
    name: `batchNorm relu=${relu}`, input: [3, 10, 10, 8],
    record: (tape, x) => batchNorm(tape, x, "bn", { relu }),
    oracle: (x, p) => (relu ? reluOf(norm(x, p, "bn")) : norm(x, p, "bn")),
  })),
  {
    name: "maxPool", input: [2, 5, 8, 8],
    record: (tape, x) => maxPool(tape, x, "m"), oracle: (x) => maxPoolOf(x, { n: 2, h: 5, w: 8, c: 8 }).y,
  },
  {
    name: "averagePool", input: shape(image),
    record: (tape, x) => averagePool(tape, x, "a"), oracle: (x) => globalAveragePool(x, image),
  },
  // A tensor with two consumers: one writes its gradient, the other adds.
  {
    name: "residual block: residual first, then a convolution", input: shape(image),
    record: (tape, x) => block(tape, x, "b"), oracle: (x, p) => blockOf(x, p, "b"),
  },
  {
    name: "two residual blocks", input: shape(image),
    record: (tape, x) => block(tape, block(tape, x, "b"), "c"), oracle: (x, p) => blockOf(blockOf(x, p, "b"), p, "c"),
  },
  {
    name: "block with a strided shortcut: two convolutions add up", input: shape(image),
    record: (tape, x) => {
      const y = conv2d(tape, x, "conv", { ...S2, O: 24 });
      const shortcut = batchNorm(tape, conv2d(tape, x, "down", { ...P2, O: 24 }), "bn.down");
      return batchNorm(tape, y, "bn", { relu: true, residual: shortcut });
    },
    oracle: (x, p) => {
      const shortcut = norm(conv(x, p["down.weight"], image, oracleShape({ ...P2, O: 24 })), p, "bn.down");
      return reluOf(residualAdd(norm(conv(x, p["conv.weight"], image, oracleShape({ ...S2, O: 24 })), p, "bn"), shortcut));
    },
  },
  {
    name: "a convolution first, then a residual added to it", input: shape(image),
    record: (tape, x) => {
      const early = batchNorm(tape, conv2d(tape, x, "conv1", same), "bn1", { residual: x });
      return batchNorm(tape, conv2d(tape, x, "conv2", same), "bn2", { residual: early });
    },
    oracle: (x, p) => {
      const early = residualAdd(norm(conv(x, p["conv1.weight"], image, oracleShape(same)), p, "bn1"), x);
      return residualAdd(norm(conv(x, p["conv2.weight"], image, oracleShape(same)), p, "bn2"), early);
    },
  },
  {
    name: "two wide linear layers add up", input: [9, 21],
    record: (tape, x) => batchNorm(tape, linear(tape, x, "a", 24, { relu: true }), "bn", { residual: linear(tape, x, "b", 24) }),
    oracle: (x, p) => residualAdd(norm(reluOf(dense(x, p, "a", 9)), p, "bn"), dense(x, p, "b", 9)),
  },
  {
    name: "a small network from pixels to logits", input: { N: 3, size: 12 },
    record: (tape, _x, bytes) => {
      let y = conv2d(tape, pixelsPadded(tape, bytes, 3), "stem", { O: 8, kernel: 7, stride: 2, pad: 3 });
      y = maxPool(tape, batchNorm(tape, y, "bn", { relu: true }), "pool");
      return linear(tape, averagePool(tape, conv2d(tape, y, "conv", { O: 12, kernel: 3, stride: 1, pad: 1 }), "avg"), "fc", 2);
    },
    oracle: (x, p) => {
      const stem = { o: 8, kernel: 7, stride: 2, pad: 3 };
      const half = after({ n: 3, h: 12, w: 12, c: 3 }, stem);
      const z = reluOf(norm(conv(x, p["stem.weight"], { n: 3, h: 12, w: 12, c: 3 }, stem), p, "bn"));
      const quarter = { n: 3, h: 3, w: 3, c: 8 };
      const y = conv(maxPoolOf(z, half).y, p["conv.weight"], quarter, { o: 12, kernel: 3, stride: 1, pad: 1 });
      return dense(globalAveragePool(y, { ...quarter, c: 12 }), p, "fc", 3);
    },
  },
];

for (const { name, input, record, oracle } of cases) {
  test(name, () => {
    const tape = newTape("train");
    const fromPixels = !Array.isArray(input);
    const { N, size } = fromPixels ? input : { N: 0, size: 0 };
    const bytes = buffer("bytes", N * size * size * 3, "slot");
    const x = inputTensor(tape, fromPixels ? [1] : input);
    const y = record(tape, x, { bytes, N, size });
    tape.gradient(y);
    const kept = [x.data, x.grad, keep(y.data), keep(y.grad)];
    const backward = tape.backwardCalls();
    const replay = prepare(tape, [...tape.forwardCalls, ...backward], kept);

    const given = fromPixels ? writePixels(replay, bytes) : writeInput(replay, x);
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

function writePixels(replay: Replay, into: Tensor["data"]): Float64Array {
  const bytes = Uint8Array.from({ length: into.bytes }, (_, i) => hash(2, i) >>> 24);
  new Uint8Array(replay.memory.buffer, into.address, into.bytes).set(bytes);
  return pixelsToUnit(bytes);
}

/** The gradient at hashed places against (f(x + h) - f(x - h)) / 2h. */
function assertGradient(scalar: () => number, x: Float64Array, gradient: Float32Array, what: string): void {
  assert.is(gradient.length, x.length, `${what}: length`);
  const places = x.length <= SAMPLES ? [...x.keys()] : Array.from({ length: SAMPLES }, (_, i) => hash(6, i) % x.length);
  const numeric = places.map((i) => {
    const value = x[i];
    x[i] = value + STEP;
    const above = scalar();
    x[i] = value - STEP;
    const below = scalar();
    x[i] = value;
    return (above - below) / (2 * STEP);
  });
  assertNear(places.map((i) => gradient[i]), Float64Array.from(numeric), what);
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
    const x = inputTensor(tape, shape(image));
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

/** In place, Winograd in stages, Winograd fused. */
const FUSED: [string, Image, number][] = [
  ["conv2d", { n: 2, h: 9, w: 7, c: 8 }, 2], ["Winograd", { n: 2, h: 13, w: 14, c: 16 }, 1], ["fused Winograd", { n: 384, h: 5, w: 1, c: 16 }, 1],
];
for (const [kind, image, stride] of FUSED) {
  test(`evaluation folds batchNorm, a shortcut and ReLU into ${kind}`, () => {
    const tape = newTape("evaluate");
    const x = inputTensor(tape, shape(image));
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

test("layers whose kernels cannot add refuse a second consumer", () => {
  const consumers: ((tape: Tape, x: Tensor) => Tensor)[] = [
    (tape, x) => maxPool(tape, x, "m"), (tape, x) => averagePool(tape, x, "a"), (tape, x) => batchNorm(tape, x, "bn"),
    (tape, x) => linear(tape, x, "l", 2),
  ];
  for (const consume of consumers) {
    const tape = newTape("train");
    const x = inputTensor(tape, shape(image));
    consume(tape, x);
    conv2d(tape, x, "c", S1);
    assert.throws(() => tape.backwardCalls(), /no other consumer/);
  }
});

test.run();
