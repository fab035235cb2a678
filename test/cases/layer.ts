// A layer case: how the layer is recorded, and what it computes, by the float64 oracles with the tape's names.
// test/core/layers.test.ts compares cases with their oracles. The bench times the same recordings at ResNet-18's sizes
// (bench/sides/pulmo-calls.mjs).
import { batchNorm } from "#pulmo/core/layers/batch-norm.js";
import { type ConvShape, conv2d } from "#pulmo/core/layers/conv2d.js";
import type { Input, Normalization } from "#pulmo/core/models/definition.js";
import type { Tape, Tensor } from "#pulmo/core/tape.js";
import { batchNormTrain } from "../reference/batchnorm.js";
import { conv2d as convOf, outputExtent } from "../reference/conv2d.js";
import { transposeInner } from "../reference/layout.js";
import { linear as linearOf } from "../reference/linear.js";
import { relu as reluOf } from "../reference/relu.js";

export type Values = Record<string, Float64Array>;

export interface LayerCase {
  name: string;
  /** Shape of x. N images of size*size*3 bytes if the layer starts with pixels; with `grey`, the channels of every other one are equal. */
  input: number[] | { N: number; size: number; grey?: true; normalization?: Normalization };
  record(tape: Tape, x: Tensor, pixels: Input): Tensor;
  /** y of x [NHWC] and the parameters in PyTorch's layout. */
  oracle(x: Float64Array, p: Values): Float64Array;
}

export interface Image {
  n: number;
  h: number;
  w: number;
  c: number;
}

export interface Conv {
  o: number;
  kernel: number;
  stride: number;
  pad: number;
}

/** PyTorch's [O][C][R][S] to the oracle's [O][R][S][C]. */
export const conv = (x: Float64Array, weight: Float64Array, image: Image, { o, kernel, stride, pad }: Conv) =>
  convOf(x, transposeInner(weight, o, image.c, kernel * kernel), { ...image, o, r: kernel, s: kernel, stride, pad });

export const after = ({ n, h, w }: Image, { o, kernel, stride, pad }: Conv): Image => ({
  n,
  h: outputExtent(h, kernel, stride, pad),
  w: outputExtent(w, kernel, stride, pad),
  c: o,
});

export function norm(x: Float64Array, p: Values, name: string): Float64Array {
  const [gamma, beta] = [p[`${name}.weight`], p[`${name}.bias`]];
  return batchNormTrain(x, gamma, beta, { rows: x.length / beta.length, channels: beta.length }).y;
}

export const dense = (x: Float64Array, p: Values, name: string, n: number) => {
  const [inputs, outputs] = [x.length / n, p[`${name}.bias`].length];
  return linearOf(x, p[`${name}.weight`], p[`${name}.bias`], { n, inputs, outputs });
};

/** A layer on an image: PyTorch's columns are C, H, W, ours H, W, C. */
export const denseOnImage = (x: Float64Array, p: Values, name: string, { n, h, w, c }: Image) => {
  const outputs = p[`${name}.bias`].length;
  return dense(x, { ...p, [`${name}.weight`]: transposeInner(p[`${name}.weight`], outputs, c, h * w) }, name, n);
};

export const shapeOf = ({ n, h, w, c }: Image): number[] => [n, h, w, c];

/** A convolution alone; its weights are named c.weight. `direct` prevents Winograd for a 3x3 kernel. */
export const convolutionCase = (image: Image, shape: ConvShape, direct = false): LayerCase => ({
  name: `conv2d ${shape.kernel}x${shape.kernel}/${shape.stride}, ${image.n} x ${image.h}x${image.w}, ${image.c} to ${shape.O}${direct ? ", direct" : ""}`,
  input: shapeOf(image),
  record: (tape, x) => conv2d(tape, x, "c", { ...shape, direct }),
  oracle: (x, p) => conv(x, p["c.weight"], image, oracleShape(shape)),
});

/** Batch-norm alone, named bn. */
export const batchNormCase = (image: Image, relu = false): LayerCase => ({
  name: `batchNorm relu=${relu}, ${image.n} x ${image.h}x${image.w}, ${image.c}`,
  input: shapeOf(image),
  record: (tape, x) => batchNorm(tape, x, "bn", { relu }),
  oracle: (x, p) => (relu ? reluOf(norm(x, p, "bn")) : norm(x, p, "bn")),
});

export const oracleShape = ({ O, ...rest }: ConvShape): Conv => ({
  o: O,
  kernel: rest.kernel,
  stride: rest.stride,
  pad: rest.pad,
});
