import type { Argument, Call } from "../plan.js";
import { kaimingNormal } from "../parameters.js";
import { buffer, type ParameterRef, type Tape, type Tensor } from "../tape.js";
import { epilogueArguments, NO_EPILOGUE } from "./epilogue.js";
import { winogradBackwardWeights, winogradConvolution, winogradFits } from "./winograd.js";

export interface ConvShape {
  O: number;
  kernel: number;
  stride: number;
  pad: number;
}

/**
 * Convolution without bias, NHWC; parameter `name`.weight, PyTorch's [O][C][R][S].
 *
 * backward data:     dx = dy "convolved" with the transposed weights, phase by phase (assembly/conv2d.ts)
 * backward weights:  dw = sum over pixels, in fixed splits that are added in order (assembly/conv2dBackwardWeights.ts)
 */
export function conv2d(tape: Tape, x: Tensor, name: string, { O, kernel, stride, pad }: ConvShape): Tensor {
  const [N, H, W, C] = x.shape as [number, number, number, number];
  const geometry = {
    data: x.data, H, W, pixel: C, depth: C, R: kernel, S: kernel, pad, N, C, O, kernel, stride, OH: out(H), OW: out(W),
  };
  return (winogradFits(geometry, kernel, stride, pad) ? recordWinograd : record)(tape, x, name, geometry);

  function out(length: number): number {
    return Math.floor((length + 2 * pad - kernel) / stride) + 1;
  }
}

/**
 * The same over an input that already has its border of zeros, [N][H + 2 pad][W + 2 pad][C], and needs no gradient: the
 * S taps of a row lie side by side and become one tap of S*C floats. The 7x7x3 stem is 7 taps of 21 floats.
 */
export function conv2dStem(tape: Tape, padded: Tensor, name: string, { O, kernel, stride }: ConvShape): Tensor {
  const [N, H, W, C] = padded.shape as [number, number, number, number];
  const input = { data: padded.data, H, W, pixel: C, depth: kernel * C, R: kernel, S: 1, pad: 0 };
  const out = (length: number) => Math.floor((length - kernel) / stride) + 1;
  return record(tape, padded, name, { ...input, N, C, O, kernel, stride, OH: out(H), OW: out(W) });
}

interface Geometry {
  data: Tensor["data"];
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

/** [O][C][R][S] in PyTorch, panels[ceil(O/16)][R*S][C][16] here. */
function weights(tape: Tape, name: string, { O, C, kernel }: Geometry): ParameterRef {
  const packing = { kind: "panels", O, A: kernel * kernel, B: C } as const;
  return tape.parameter(`${name}.weight`, [O, C, kernel, kernel], packing, kaimingNormal(O * kernel * kernel));
}

/** Weights with C and O exchanged, tap by tap: panels[ceil(C/16)][R*S][O][16]. */
function transpose(name: string, weight: ParameterRef, { O, C, kernel }: Geometry) {
  const taps = kernel * kernel;
  const transposed = buffer(`${name} transposed`, 4 * Math.ceil(C / 16) * 16 * taps * O);
  const call: Call = {
    kernel: "transposePanels", label: `${name} transpose`, tiles: Math.ceil(C / 16), bytes: 2 * transposed.bytes,
    args: [transposed, weight.data, taps, C, O],
  };
  return { transposed, call };
}

function recordWinograd(tape: Tape, x: Tensor, name: string, g: Geometry): Tensor {
  const { N, H, W, C, O } = g;
  const weight = weights(tape, name, g);
  const y = tape.tensor(name, [N, H, W, O]);
  const { weights: transform, calls, fuse } = winogradConvolution(tape, `${name} forward`, y.data, x.data, weight.data, g, {});
  tape.prepare(transform);
  tape.forward(...calls);
  if (!tape.training) y.fuse = fuse;
  tape.backward(() => {
    const calls = winogradBackwardWeights(tape, `${name} backward weights`, weight.grad, x, y.grad!, g);
    if (!x.grad) return calls;
    const { grad, accumulate } = tape.gradient(x);
    const { transposed, call } = transpose(name, weight, g);
    const swapped = { N, H, W, C: O, O: C };
    const label = `${name} backward data`;
    const data = winogradConvolution(tape, label, grad, y.grad!, transposed, swapped, { turn: 1, accumulate });
    return [...calls, call, data.weights, ...data.calls];
  });
  return y;
}

function record(tape: Tape, x: Tensor, name: string, g: Geometry): Tensor {
  const { kernels } = tape;
  const { N, H, W, C, pixel, depth, OH, OW, O, R, S, stride, pad, kernel } = g;
  const panels = Math.ceil(O / 16);
  const weight = weights(tape, name, g);
  const y = tape.tensor(name, [N, OH, OW, O]);
  const flops = 2 * N * OH * OW * O * kernel * kernel * C;
  const bytes = 4 * (N * H * W * C + N * OH * OW * O);
  const forward = (epilogue: Argument[]): Call => ({
    kernel: "conv2d", label: `${name} forward`, tiles: kernels.conv2dTiles(N, OH, OW, O), flops, bytes,
    args: [
      y.data, x.data, weight.data, { scratch: kernels.conv2dScratch(R, S, depth) },
      N, H, W, pixel, depth, OH, OW, O, R, S, stride, pad, ...epilogue,
    ],
  });
  const call = forward(NO_EPILOGUE);
  tape.forward(call);
  if (!tape.training) {
    y.fuse = (epilogue) => {
      call.args = forward(epilogueArguments(epilogue)).args;
      tape.postpone([call]);
    };
  }
  tape.backward(() => {
    const splits = kernels.conv2dBackwardWeightsSplits(N, O, R, S, depth);
    const count = panels * 16 * R * S * depth;
    const partial = buffer(`${name} dw partial`, 4 * splits * count);
    const calls: Call[] = [
      {
        kernel: "conv2dBackwardWeights", label: `${name} backward weights`, flops, bytes,
        tiles: kernels.conv2dBackwardWeightsTiles(N, O, R, S, depth),
        args: [
          partial, x.data, y.grad!, { scratch: kernels.conv2dBackwardWeightsScratch(R, S, depth) },
          N, H, W, pixel, depth, OH, OW, O, R, S, stride, pad,
        ],
      },
      {
        kernel: "sumSplits", label: `${name} sum splits`, tiles: kernels.sumSplitsTiles(count), bytes: partial.bytes,
        args: [weight.grad, partial, count, splits],
      },
    ];
    if (!x.grad) return calls;
    const { grad, accumulate } = tape.gradient(x);
    const { transposed, call: transposing } = transpose(name, weight, g);
    calls.push(
      transposing,
      {
        kernel: "conv2dBackwardData", label: `${name} backward data`, flops, bytes,
        tiles: kernels.conv2dBackwardDataTiles(N, H, W, C, stride),
        args: [
          grad, y.grad!, transposed, { scratch: kernels.conv2dScratch(R, S, O) },
          N, H, W, C, OH, OW, O, R, S, stride, pad, accumulate,
        ],
      },
    );
    return calls;
  });
  return y;
}
