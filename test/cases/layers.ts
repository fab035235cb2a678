// The table of layers: see layer.ts.
import { batchNorm } from "#pulmo/core/layers/batch-norm.js";
import { conv2d, convBatchNorm } from "#pulmo/core/layers/conv2d.js";
import { linear } from "#pulmo/core/layers/linear.js";
import { pixels, pixelsPadded } from "#pulmo/core/layers/pixels.js";
import { averagePool, maxPool } from "#pulmo/core/layers/pooling.js";
import type { Normalization } from "#pulmo/core/models/definition.js";
import type { Tape, Tensor } from "#pulmo/core/tape.js";
import { globalAveragePool, maxPool as maxPoolOf } from "../reference/pooling.js";
import { relu as reluOf, residualAdd } from "../reference/relu.js";
import {
  after,
  batchNormCase,
  conv,
  convolutionCase,
  dense,
  denseOnImage,
  type Image,
  type LayerCase,
  norm,
  oracleShape,
  shapeOf,
  type Values,
} from "./layer.js";

export const image: Image = { n: 2, h: 5, w: 6, c: 8 };
export const S1 = { O: 12, kernel: 3, stride: 1, pad: 1 };
const S2 = { O: 12, kernel: 3, stride: 2, pad: 1 };
const P1 = { O: 12, kernel: 1, stride: 1, pad: 0 };
const P2 = { O: 12, kernel: 1, stride: 2, pad: 0 };
const same = { O: 8, kernel: 3, stride: 1, pad: 1 };

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

/** Every layer, at sizes that end inside tiles and chunks, alone and combined as in ResNet-18. */
export const LAYER_CASES: LayerCase[] = [
  ...[S1, S2, P1, P2].map((s) => convolutionCase(image, s)),
  convolutionCase({ n: 3, h: 4, w: 7, c: 3 }, { O: 5, kernel: 3, stride: 1, pad: 1 }),
  // C and O multiples of 16: Winograd's kernels, images of one patch and of several, in one chunk and in two, fused.
  ...[
    [4, 5, 6, 16, 32],
    [17, 4, 4, 32, 16],
    [6, 1, 9, 16, 16],
    [129, 1, 1, 336, 16],
    [384, 5, 1, 16, 32],
  ].flatMap(([n, h, w, c, O]) => {
    const winograd = { n, h, w, c };
    return [false, true].map((direct) => convolutionCase(winograd, { O, kernel: 3, stride: 1, pad: 1 }, direct));
  }),
  // Stride 2: polyphase Winograd, with sides of three and of four outputs, odd sizes, one chunk and two.
  ...[
    [4, 13, 14, 16, 32],
    [5, 9, 22, 32, 16],
    [4, 15, 16, 16, 16],
    [33, 9, 10, 16, 16],
  ].map(([n, h, w, c, O]) => convolutionCase({ n, h, w, c }, { O, kernel: 3, stride: 2, pad: 1 })),
  {
    name: "residual block of 16 channels",
    input: [4, 5, 6, 16],
    record: (tape, x) => batchNorm(tape, conv2d(tape, x, "c", { ...same, O: 16 }), "bn", { relu: true, residual: x }),
    oracle: (x, p) => {
      const y = conv(x, p["c.weight"], { n: 4, h: 5, w: 6, c: 16 }, { ...oracleShape(same), o: 16 });
      return reluOf(residualAdd(norm(y, p, "bn"), x));
    },
  },
  {
    name: "conv2d 7x7 stride 2 on padded pixels",
    input: { N: 2, size: 9 },
    record: (tape, _x, bytes) => conv2d(tape, pixelsPadded(tape, bytes, 3), "c", { O: 20, kernel: 7, stride: 2, pad: 3 }),
    oracle: (x, p) => conv(x, p["c.weight"], { n: 2, h: 9, w: 9, c: 3 }, { o: 20, kernel: 7, stride: 2, pad: 3 }),
  },
  {
    name: "conv2d with a padding of its own on pixels without a border",
    input: { N: 2, size: 9 },
    record: (tape, _x, bytes) => conv2d(tape, pixelsPadded(tape, bytes, 0), "c", { O: 24, kernel: 7, stride: 2, pad: 3 }),
    oracle: (x, p) => conv(x, p["c.weight"], { n: 2, h: 9, w: 9, c: 3 }, { o: 24, kernel: 7, stride: 2, pad: 3 }),
  },
  ...[undefined, { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.25] } satisfies Normalization].map(
    (normalization): LayerCase => ({
      name: `conv2d 7x7 stride 2 on grey pixels and others, ${normalization ? "normalized" : "in [0, 1]"}`,
      input: { N: 3, size: 11, grey: true, ...(normalization && { normalization }) },
      record: (tape, _x, bytes) => conv2d(tape, pixelsPadded(tape, bytes, 3), "c", { O: 24, kernel: 7, stride: 2, pad: 3 }),
      oracle: (x, p) => conv(x, p["c.weight"], { n: 3, h: 11, w: 11, c: 3 }, { o: 24, kernel: 7, stride: 2, pad: 3 }),
    }),
  ),
  ...[false, true].flatMap((relu) => [
    {
      name: `linear wide relu=${relu}`,
      input: [5, 21],
      record: (tape: Tape, x: Tensor) => linear(tape, x, "l", 19, { relu }),
      oracle: (x: Float64Array, p: Values) => (relu ? reluOf(dense(x, p, "l", 5)) : dense(x, p, "l", 5)),
    },
    {
      name: `linear wide on an image relu=${relu}`,
      input: shapeOf(image),
      record: (tape: Tape, x: Tensor) => linear(tape, x, "l", 33, { relu }),
      oracle: (x: Float64Array, p: Values) => (relu ? reluOf(denseOnImage(x, p, "l", image)) : denseOnImage(x, p, "l", image)),
    },
  ]),
  {
    name: "linear of few outputs with ReLU",
    input: [5, 21],
    record: (tape, x) => linear(tape, x, "l", 7, { relu: true }),
    oracle: (x, p) => reluOf(dense(x, p, "l", 5)),
  },
  {
    name: "linear wide over several chunks",
    input: [3, 2050],
    record: (tape, x) => linear(tape, x, "l", 17),
    oracle: (x, p) => dense(x, p, "l", 3),
  },
  { name: "linear narrow", input: [5, 21], record: (tape, x) => linear(tape, x, "l", 2), oracle: (x, p) => dense(x, p, "l", 5) },
  {
    name: "linear narrow over several chunks",
    input: [3, 4100],
    record: (tape, x) => linear(tape, x, "l", 8),
    oracle: (x, p) => dense(x, p, "l", 3),
  },
  {
    name: "linear narrow on an image",
    input: shapeOf(image),
    record: (tape, x) => linear(tape, x, "l", 3),
    oracle: (x, p) => denseOnImage(x, p, "l", image),
  },
  ...[2, 20].map(
    (O): LayerCase => ({
      name: `linear ${O} on pixels`,
      input: { N: 3, size: 7 },
      record: (tape, _x, bytes) => linear(tape, pixels(tape, bytes), "l", O),
      oracle: (x, p) => denseOnImage(x, p, "l", { n: 3, h: 7, w: 7, c: 3 }),
    }),
  ),
  ...[false, true].map((relu) => batchNormCase({ n: 3, h: 10, w: 10, c: 8 }, relu)),
  {
    name: "maxPool",
    input: [2, 5, 8, 8],
    record: (tape, x) => maxPool(tape, x, "m"),
    oracle: (x) => maxPoolOf(x, { n: 2, h: 5, w: 8, c: 8 }).y,
  },
  {
    name: "averagePool",
    input: shapeOf(image),
    record: (tape, x) => averagePool(tape, x, "a"),
    oracle: (x) => globalAveragePool(x, image),
  },
  {
    name: "convolution, batch-norm, ReLU and max-pool",
    input: shapeOf({ n: 2, h: 9, w: 6, c: 8 }),
    record: (tape, x) => convBatchNorm(tape, x, { conv: "c", norm: "bn" }, { ...P1, O: 16 }, { relu: true, pool: "pool" }),
    oracle: (x, p) => {
      const image = { n: 2, h: 9, w: 6, c: 8 };
      const shape = { o: 16, kernel: 1, stride: 1, pad: 0 };
      return maxPoolOf(reluOf(norm(conv(x, p["c.weight"], image, shape), p, "bn")), after(image, shape)).y;
    },
  },
  // A tensor with two consumers: one writes its gradient, the other adds.
  {
    name: "residual block: residual first, then a convolution",
    input: shapeOf(image),
    record: (tape, x) => block(tape, x, "b"),
    oracle: (x, p) => blockOf(x, p, "b"),
  },
  {
    name: "two residual blocks",
    input: shapeOf(image),
    record: (tape, x) => block(tape, block(tape, x, "b"), "c"),
    oracle: (x, p) => blockOf(blockOf(x, p, "b"), p, "c"),
  },
  {
    name: "block with a strided shortcut: two convolutions add up",
    input: shapeOf(image),
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
    name: "a strided shortcut of 16 channels: polyphase Winograd adds up",
    input: [4, 14, 13, 16],
    record: (tape, x) => {
      const y = conv2d(tape, x, "conv", { O: 32, kernel: 3, stride: 2, pad: 1 });
      const shortcut = conv2d(tape, x, "down", { O: 32, kernel: 1, stride: 2, pad: 0 });
      return batchNorm(tape, y, "bn", { residual: batchNorm(tape, shortcut, "bn.down") });
    },
    oracle: (x, p) => {
      const strided = { n: 4, h: 14, w: 13, c: 16 };
      const shortcut = norm(conv(x, p["down.weight"], strided, { o: 32, kernel: 1, stride: 2, pad: 0 }), p, "bn.down");
      return residualAdd(norm(conv(x, p["conv.weight"], strided, { o: 32, kernel: 3, stride: 2, pad: 1 }), p, "bn"), shortcut);
    },
  },
  {
    name: "a convolution first, then a residual added to it",
    input: shapeOf(image),
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
    name: "two wide linear layers add up",
    input: [9, 21],
    record: (tape, x) => batchNorm(tape, linear(tape, x, "a", 24, { relu: true }), "bn", { residual: linear(tape, x, "b", 24) }),
    oracle: (x, p) => residualAdd(norm(reluOf(dense(x, p, "a", 9)), p, "bn"), dense(x, p, "b", 9)),
  },
  {
    name: "a small network from pixels to logits",
    input: { N: 3, size: 12 },
    record: (tape, _x, bytes) => {
      const shape = { O: 8, kernel: 7, stride: 2, pad: 3 };
      const names = { conv: "stem", norm: "bn" };
      const y = convBatchNorm(tape, pixelsPadded(tape, bytes, 3), names, shape, { relu: true, pool: "pool" });
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
