// The calls of a 3x3, stride 1, padding 1 convolution by Winograd's F(4x4, 3x3): see assembly/winograd/layout.ts.
import { FREQUENCIES, PANEL } from "../kernel-table.js";
import type { Buffer, Call, Operand, Slice } from "../plan.js";
import { buffer, type Tape, type Tensor } from "../tape.js";
import { type Epilogue, epilogueAt, NO_EPILOGUE } from "./epilogue.js";

export interface WinogradShape {
  N: number;
  H: number;
  W: number;
  C: number;
  O: number;
}

/**
 * Images are processed in chunks whose transformed inputs and outputs take about this many bytes, to stay in cache, but which have enough
 * patches to reuse each transformed weight. Measured: at 56x56x64 the products run at
 * 122 GFLOP/s in chunks of 6 MiB and 85 in chunks of 17; at 7x7x512 at 108 with 128 patches and 99 with 64.
 */
const CHUNK_BYTES = 6 * 2 ** 20;
const CHUNK_PATCHES = 128;

export const winogradFits = ({ N, H, W, C, O }: WinogradShape, kernel: number, stride: number, pad: number): boolean =>
  kernel === 3 &&
  stride === 1 &&
  pad === 1 &&
  C % PANEL === 0 &&
  O % PANEL === 0 &&
  N * Math.ceil(H / 4) * Math.ceil(W / 4) >= LEAST_PATCHES;

interface Chunk {
  /** First image and number of images, number of patches. */
  first: number;
  N: number;
  T: number;
}

function chunksOf(tape: Tape, { N, H, W, C, O }: WinogradShape): Chunk[] {
  const perImage = tape.pure.winogradPatches(1, H, W);
  const patches = Math.max(CHUNK_PATCHES, CHUNK_BYTES / (4 * FREQUENCIES * (C + O)));
  const count = Math.ceil(N / Math.max(1, Math.floor(patches / perImage)));
  return Array.from({ length: count }, (_, i) => {
    const first = Math.floor((i * N) / count);
    const n = Math.floor(((i + 1) * N) / count) - first;
    return { first, N: n, T: n * perImage };
  });
}

/** The chunks and the layout of their transformed matrices: V over C channels, and one over O (M or Z). */
function workspace(tape: Tape, shape: WinogradShape) {
  const { pure } = tape;
  const chunks = chunksOf(tape, shape);
  const largest = Math.max(...chunks.map((c) => c.T));
  const ldv = pure.winogradPitch(shape.C);
  return { chunks, largest, ldv, planeV: pure.winogradPlane(largest, ldv), planeO: pure.winogradPlane(largest, shape.O) };
}

/** A chunk's images of an NHWC buffer. */
const images = (data: Buffer, { H, W }: WinogradShape, channels: number, { first, N }: Chunk): Slice => {
  const image = 4 * H * W * channels;
  return { buffer: data, offset: first * image, bytes: N * image };
};

/**
 * Up to this many channels, and from this many patches on, one fused call computes y from x and reads the transformed weights for each tile.
 * Few patches stay in cache anyway.
 */
const FUSED_CHANNELS = 128;
const FUSED_PATCHES = 768;
/** Below this many patches, reading the transformed weights, four times as large as the weights, costs more than Winograd saves. */
const LEAST_PATCHES = 16;

export interface WinogradCalls {
  /** Transforms the weights: u. */
  weights: Call;
  calls: Call[];
}

interface Options {
  /** 1 reads the taps backwards. */
  turn?: 0 | 1;
  accumulate?: 0 | 1;
  epilogue?: Epilogue;
}

/**
 * out (+)= x convolved with `panels`[O/16][9][C][16], then the epilogue: the forward pass, and with dy, transposed panels, C
 * and O swapped and turn = 1 the gradient of the input.
 */
export function winogradConvolution(
  tape: Tape,
  label: string,
  out: Buffer,
  x: Buffer,
  panels: Operand,
  shape: WinogradShape,
  options: Options,
): WinogradCalls {
  const { N, H, W, C, O } = shape;
  const { turn = 0, accumulate = 0, epilogue = NO_EPILOGUE } = options;
  const u = tape.prepared(`${label} u`, 4 * FREQUENCIES * tape.pure.winogradWeightPlane(O, C));
  const weights = tape.call("winogradWeights", { u, panels, O, C, turn }, `${label} weights`);
  const T = tape.pure.winogradPatches(N, H, W);
  const record = Math.max(C, O) <= FUSED_CHANNELS && T >= FUSED_PATCHES ? fused : staged;
  return { weights, calls: record(tape, label, out, x, u, shape, accumulate, epilogue) };
}

type Recorder = (
  tape: Tape,
  label: string,
  y: Buffer,
  x: Buffer,
  u: Buffer,
  shape: WinogradShape,
  accumulate: 0 | 1,
  epilogue: Epilogue,
) => Call[];

/** One call. */
const fused: Recorder = (tape, label, y, x, u, { N, H, W, C, O }, accumulate, epilogue) => {
  const T = tape.pure.winogradPatches(N, H, W);
  return [tape.call("winogradFused", { y, x, u, H, W, C, O, T, accumulate, ...epilogue }, label)];
};

/** Three calls per chunk of images. */
const staged: Recorder = (tape, label, out, x, u, shape, accumulate, epilogue) => {
  const { H, W, C, O } = shape;
  const { chunks, largest, ldv, planeV, planeO: planeM } = workspace(tape, shape);
  const v = buffer(`${label} v`, 4 * FREQUENCIES * planeV);
  const m = buffer(`${label} m`, 4 * FREQUENCIES * planeM);
  const cropped = tape.pure.winogradElements(largest, H, W) < FREQUENCIES * largest;
  return chunks.flatMap((chunk): Call[] => {
    const { T } = chunk;
    const y = images(out, shape, O, chunk);
    const then = epilogueAt(epilogue, y.offset, y.bytes);
    return [
      tape.call("winogradInput", { v, x: images(x, shape, C, chunk), H, W, C, T, ldv, plane: planeV }, `${label} input`),
      cropped
        ? tape.call("winogradCroppedProducts", { m, v, u, H, W, T, C, O, ldv, planeM, planeV }, `${label} products`)
        : tape.call("winogradProducts", { m, v, u, T, C, O, ldv, planeM, planeV }, `${label} products`),
      tape.call("winogradOutput", { y, m, H, W, O, T, plane: planeM, accumulate, ...then }, `${label} output`),
    ];
  });
};

/** dw panels[O/16][9][C][16], from x and dy. */
export function winogradBackwardWeights(
  tape: Tape,
  label: string,
  dw: Operand,
  x: Tensor,
  dy: Buffer,
  shape: WinogradShape,
): Call[] {
  const { H, W, C, O } = shape;
  const { chunks, ldv, planeV, planeO: planeZ } = workspace(tape, shape);
  const v = buffer(`${label} v`, 4 * FREQUENCIES * planeV);
  const z = buffer(`${label} z`, 4 * FREQUENCIES * planeZ);
  const s = buffer(`${label} s`, 4 * FREQUENCIES * tape.pure.winogradWeightPlane(O, C));
  const calls = chunks.flatMap((chunk, i): Call[] => {
    const { T } = chunk;
    return [
      tape.call("winogradInput", { v, x: images(x.data, shape, C, chunk), H, W, C, T, ldv, plane: planeV }, `${label} input`),
      tape.call("winogradGradient", { z, dy: images(dy, shape, O, chunk), H, W, O, T, plane: planeZ }, `${label} gradient`),
      tape.call(
        "winogradWeightProducts",
        { s, v, z, H, W, T, C, O, ldv, planeV, planeZ, accumulate: i > 0 ? 1 : 0 },
        `${label} products`,
      ),
    ];
  });
  return [...calls, tape.call("winogradWeightsGradient", { dw, s, O, C }, `${label} weights`)];
}
