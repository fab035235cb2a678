import { PANEL } from "../kernel-table.js";
import type { KernelArguments } from "../kernels.js";
import type { Input } from "../models/definition.js";
import { kaimingNormal, panelsOf } from "../parameters.js";
import type { Buffer, Call, Operand, Slice } from "../plan.js";
import { buffer, type ParameterRef, type Tape, type Tensor } from "../tape.js";
import { batchNorm, batchNormMaxPool, batchNormNodes, foldedBatchNorm } from "./batch-norm.js";
import { type Epilogue, NO_EPILOGUE } from "./epilogue.js";
import { channelsOf, fillPadded, fillStem } from "./pixels.js";
import { polyphaseBackwardData, polyphaseBackwardWeights, polyphaseConvolution, polyphaseFits } from "./polyphase.js";
import { maxPool, maxPoolCall, maxPoolNode, pooled } from "./pooling.js";
import { winogradBackwardWeights, winogradConvolution, winogradFits } from "./winograd.js";

export interface ConvShape {
  /** Out-channels. */
  O: number;
  kernel: number;
  stride: number;
  pad: number;
  /** Do not use Winograd even where it is faster, to compare both. */
  direct?: boolean;
}

/**
 * Convolution without bias, NHWC; parameter `name`.weight, PyTorch's [O][C][R][S].
 *
 * backward data:     dx = dy "convolved" with the transposed weights, phase by phase (assembly/conv2d.ts)
 * backward weights:  dw = sum over pixels, in fixed splits that are added in order (assembly/conv2d-backward-weights.ts)
 *
 * An input with a border of `pad` zeros, which needs no gradient, is read as a stem: the S taps of a row are adjacent and become one tap
 * of S*C floats. ResNet's 7x7x3 is 7 taps of 21 floats, or 49 of a grey image (assembly/stem.ts).
 */
export function conv2d(tape: Tape, x: Tensor, name: string, shape: ConvShape): Tensor {
  return convolve(tape, x, name, name, shape, () => NO_EPILOGUE);
}

/**
 * relu?(batchNorm(conv2d(x)) (+ shortcut)): one pass in evaluation, with batch-norm applied while the sums are in cache.
 * `shortcut` records what is added. It runs after the convolution's parameters are registered, which fixes their order.
 * `pool` names a max-pooling that follows the ReLU: in training, batch-norm and it are one pass. It excludes a shortcut.
 */
export function convBatchNorm(
  tape: Tape,
  x: Tensor,
  names: { conv: string; norm: string },
  shape: ConvShape,
  { relu = false, shortcut, pool }: { relu?: boolean; shortcut?: () => Tensor; pool?: string } = {},
): Tensor {
  const { conv, norm } = names;
  if (pool && (shortcut || !relu)) throw new Error(`${pool}: pools what a ReLU without a shortcut gives`);
  if (tape.mode === "train") {
    const z = conv2d(tape, x, conv, shape);
    if (pool) return batchNormMaxPool(tape, z, norm, pool);
    return batchNorm(tape, z, norm, { relu, residual: shortcut?.() });
  }
  const folded = { relu, residual: undefined as Tensor | undefined };
  const epilogue = () => {
    folded.residual = shortcut?.();
    return foldedBatchNorm(tape, norm, shape.O, folded);
  };
  const y = convolve(tape, x, conv, norm, shape, epilogue, tape.mode === "evaluate" ? pool : undefined);
  batchNormNodes(tape, conv, norm, folded);
  if (!pool) return y;
  if (y.name !== pool) return maxPool(tape, y, pool);
  maxPoolNode(tape, norm, pool);
  return y;
}

function convNode(tape: Tape, x: Tensor, name: string, { kernel, stride, pad }: ConvShape): void {
  tape.node("Conv", [x.name, `${name}.weight`], name, {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
  });
}

/** Sizes for the kernels; letters as in assembly/conv2d.ts. C and kernel as in PyTorch's weights. */
interface Geometry {
  N: number;
  H: number;
  W: number;
  C: number;
  /** Floats from one input pixel to the next, and floats that one tap multiplies. */
  pixel: number;
  depth: number;
  OH: number;
  OW: number;
  O: number;
  kernel: number;
  R: number;
  S: number;
  stride: number;
  pad: number;
}

function geometryOf({ shape, border = 0 }: Tensor, { O, kernel, stride, pad }: ConvShape): Geometry {
  const [N, H, W, C] = shape as [number, number, number, number];
  if (border !== 0 && border !== pad) throw new Error(`a border of ${border} zeros does not fit a padding of ${pad}`);
  const out = (length: number) => Math.floor((length + 2 * (pad - border) - kernel) / stride) + 1;
  const taps = border ? { S: 1, depth: kernel * C, pad: 0 } : { S: kernel, depth: C, pad };
  return { N, H, W, C, pixel: C, R: kernel, ...taps, OH: out(H), OW: out(W), O, kernel, stride };
}

/**
 * Records y = epilogue(conv(x)), y named `result`; forward and backward. With `pool`, a stem also pools y, and returns that under the name
 * `pool`.
 */
function convolve(
  tape: Tape,
  x: Tensor,
  name: string,
  result: string,
  shape: ConvShape,
  epilogueOf: () => Epilogue,
  pool?: string,
): Tensor {
  const g = geometryOf(x, shape);
  const { N, C, OH, OW, O, kernel } = g;
  // [O][C][R][S] in PyTorch, panels[ceil(O/16)][R*S][C][16] here.
  const packing = { kind: "panels", O, A: kernel * kernel, B: C } as const;
  const weight = tape.parameter(`${name}.weight`, [O, C, kernel, kernel], packing, kaimingNormal(O * kernel * kernel));
  const epilogue = epilogueOf();
  const y = tape.tensor(result, [N, OH, OW, O]);
  convNode(tape, x, name, shape);
  if (x.pixels && stemFits(tape, x, x.pixels, shape)) return stem(tape, x.pixels, x, y, weight, name, g, epilogue, pool);
  if (x.pixels) fillPadded(tape, x, x.pixels);
  recorderOf(tape, g, shape)(tape, x, y, weight, name, g, epilogue);
  return y;
}

function recorderOf(tape: Tape, g: Geometry, { direct: always }: ConvShape): Recorder {
  const { kernel, stride, pad } = g;
  if (always) return direct;
  if (winogradFits(tape, g, kernel, stride, pad)) return winograd;
  return polyphaseFits(g, kernel, stride, pad) ? polyphase : direct;
}

type Recorder = (tape: Tape, x: Tensor, y: Tensor, weight: ParameterRef, name: string, g: Geometry, epilogue: Epilogue) => void;

/** The backward pass: `weights` gives the calls for dw, `data` those for dx, which also need the transposed weights. */
function differentiate(
  tape: Tape,
  x: Tensor,
  weight: ParameterRef,
  name: string,
  g: Geometry,
  weights: (label: string) => Call[],
  data: (label: string, dx: Buffer, transposed: Buffer, accumulate: 0 | 1) => Call[],
): void {
  tape.backward(() => {
    const calls = weights(`${name} backward weights`);
    if (!x.grad) return calls;
    const { grad, accumulate } = tape.gradient(x);
    const { transposed, transpose } = transposedWeights(tape, name, weight, g);
    return [...calls, transpose, ...data(`${name} backward data`, grad, transposed, accumulate)];
  });
}

const winograd: Recorder = (tape, x, y, weight, name, g, epilogue) => {
  const { N, H, W, C, O } = g;
  const { weights, calls } = winogradConvolution(tape, `${name} forward`, y.data, x.data, weight.data, g, { epilogue });
  tape.prepare(weights);
  tape.forward(...calls);
  const swapped = { N, H, W, C: O, O: C };
  differentiate(
    tape,
    x,
    weight,
    name,
    g,
    (label) => winogradBackwardWeights(tape, label, weight.grad, x, y.grad!, g),
    (label, dx, transposed, accumulate) => {
      const data = winogradConvolution(tape, label, dx, y.grad!, transposed, swapped, { flip: 1, accumulate });
      return [data.weights, ...data.calls];
    },
  );
};

const polyphase: Recorder = (tape, x, y, weight, name, g, epilogue) => {
  const { weights, calls } = polyphaseConvolution(tape, `${name} forward`, y.data, x.data, weight.data, g, epilogue);
  tape.prepare(weights);
  tape.forward(...calls);
  differentiate(
    tape,
    x,
    weight,
    name,
    g,
    (label) => polyphaseBackwardWeights(tape, label, weight.grad, x.data, y.grad!, g),
    (label, dx, transposed, accumulate) => polyphaseBackwardData(tape, label, dx, y.grad!, transposed, g, accumulate),
  );
};

/** Whether assembly/stem.ts can compute it: the border is all of the padding. */
const stemFits = ({ pure }: Tape, { border }: Tensor, { size }: Input, { O, kernel, stride, pad }: ConvShape): boolean =>
  border === pad && O % 8 === 0 && O <= 128 && pure.stemSide(size, kernel, stride, pad) > 0;

function stem(
  tape: Tape,
  input: Input,
  x: Tensor,
  y: Tensor,
  weight: ParameterRef,
  name: string,
  { N, O, kernel: R, stride }: Geometry,
  { scale, shift, residual, relu }: Epilogue,
  pool: string | undefined,
): Tensor {
  if (residual) throw new Error(`${name}: pixels have no shortcut`);
  const { pure } = tape;
  const { size, normalization } = input;
  const shape = { N, H: size, W: size, O, R, stride, pad: x.border! };
  const channels = channelsOf(normalization);
  const centred = normalization?.mean.some((mean) => mean !== 0);
  const weights = tape.prepared(`${name} grey weights`, 4 * panelsOf(O) * PANEL * R * R);
  const sums: Operand | 0 = centred ? tape.prepared(`${name} sums over taps`, 4 * pure.stemTable(O, R)) : 0;
  tape.prepare(tape.call("stemWeights", { weights, sums, panels: weight.data, O, R, ...channels }, `${name} grey weights`));
  const pixels = { x: x.data, grey: fillStem(tape, x, input) };
  const forward = { panels: weight.data, weights, sums, ...shape, scale, shift, relu };
  if (pool) return pooledStem(tape, y, pixels, forward, name, pool);
  tape.forward(tape.call("stem", { y: y.data, ...pixels, ...forward }, `${name} forward`));
  tape.backward(() => {
    const count = panelsOf(O) * PANEL * R * R * 3;
    const partial = buffer(`${name} dw partial`, 4 * N * count);
    const given = { partial, ...pixels, dy: y.grad!, ...shape, centred: centred ? 1 : 0, ...channels };
    return [
      tape.call("stemBackwardWeights", given, `${name} backward weights`),
      tape.call("sumSplits", { out: weight.grad, partial, count, splits: N }, `${name} sum splits`),
    ];
  });
  return y;
}

/** Images per pair of calls: what the stem gives, 3.2 MB for an image of 224 pixels, is pooled while it is in cache. */
const POOLED_IMAGES = 2;

/** Pools what the stem gives, a few images at a time. */
function pooledStem(
  tape: Tape,
  y: Tensor,
  { x, grey }: { x: Buffer; grey: Buffer },
  forward: Omit<KernelArguments["stem"], "x" | "y" | "grey">,
  name: string,
  pool: string,
): Tensor {
  const { N } = forward;
  const result = pooled(tape, y, pool);
  const image = y.data.bytes / N;
  const part = buffer(y.name, Math.min(POOLED_IMAGES, N) * image);
  for (let first = 0; first < N; first += POOLED_IMAGES) {
    const n = Math.min(POOLED_IMAGES, N - first);
    const of = (buffer: Buffer): Slice => ({ buffer, offset: (first * buffer.bytes) / N, bytes: (n * buffer.bytes) / N });
    const some = { buffer: part, offset: 0, bytes: n * image };
    tape.forward(
      tape.call("stem", { y: some, x: of(x), grey: of(grey), ...forward, N: n }, `${name} forward`),
      maxPoolCall(tape, of(result.data), 0, some, [n, ...y.shape.slice(1)], pool),
    );
  }
  return result;
}

const direct: Recorder = (tape, x, y, weight, name, g, epilogue) => {
  const { N, H, W, C, pixel, depth, OH, OW, O, R, S, stride, pad } = g;
  tape.forward(
    tape.call(
      "conv2d",
      { y: y.data, x: x.data, panels: weight.data, N, H, W, pixel, depth, OH, OW, O, R, S, stride, pad, ...epilogue },
      `${name} forward`,
    ),
  );
  differentiate(
    tape,
    x,
    weight,
    name,
    g,
    (label) => {
      const splits = tape.pure.conv2dBackwardWeightsSplits(N, O, R, S, depth);
      const count = panelsOf(O) * PANEL * R * S * depth;
      const partial = buffer(`${name} dw partial`, 4 * splits * count);
      const given = { partial, x: x.data, dy: y.grad!, N, H, W, pixel, depth, OH, OW, O, R, S, stride, pad };
      return [
        tape.call("conv2dBackwardWeights", given, label),
        tape.call("sumSplits", { out: weight.grad, partial, count, splits }, `${name} sum splits`),
      ];
    },
    (label, dx, panels, accumulate) => {
      const given = { dx, dy: y.grad!, panels, N, H, W, C, OH, OW, O, R, S, stride, pad, accumulate };
      return [tape.call("conv2dBackwardData", given, label)];
    },
  );
};

/** Weights with C and O exchanged, tap by tap: panels[ceil(C/16)][R*S][O][16]. */
function transposedWeights(tape: Tape, name: string, { data: panels }: ParameterRef, { O, C, kernel }: Geometry) {
  const T = kernel * kernel;
  const transposed = buffer(`${name} transposed`, 4 * panelsOf(C) * PANEL * T * O);
  return { transposed, transpose: tape.call("transposePanels", { out: transposed, panels, T, C, O }, `${name} transpose`) };
}
