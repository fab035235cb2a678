// The calls of a 3x3, stride 1, padding 1 convolution by Winograd's F(4x4, 3x3): see assembly/winograd/layout.ts.
import { FREQUENCIES, PANEL } from "../kernel-table.js";
import type { Buffer, Call, Operand } from "../plan.js";
import { buffer, LEAST_EVALUATION_BATCH, type Tape, type Tensor } from "../tape.js";
import { chunksOf, images } from "./chunks.js";
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

/** In evaluation the answer is the same for all batches of LEAST_EVALUATION_BATCH images or more, and so are an image's bits. */
export function winogradFits(
  { mode }: Tape,
  { N, H, W, C, O }: WinogradShape,
  kernel: number,
  stride: number,
  pad: number,
): boolean {
  const counted = mode === "train" ? N : Math.min(N, LEAST_EVALUATION_BATCH);
  const patches = counted * Math.ceil(H / 4) * Math.ceil(W / 4);
  return kernel === 3 && stride === 1 && pad === 1 && C % PANEL === 0 && O % PANEL === 0 && patches >= LEAST_PATCHES;
}

/** The chunks, their patches, and the layout of their transformed matrices: V over C channels, and one over O (M or Z). */
function workspace({ pure }: Tape, { N, H, W, C, O }: WinogradShape) {
  const perImage = pure.winogradPatches(1, H, W);
  const patches = Math.max(CHUNK_PATCHES, CHUNK_BYTES / (4 * FREQUENCIES * (C + O)));
  const chunks = chunksOf(N, patches / perImage).map((chunk) => ({ ...chunk, T: chunk.N * perImage }));
  const largest = Math.max(...chunks.map(({ T }) => T));
  const ldv = pure.winogradPitch(C);
  return { chunks, largest, ldv, planeV: pure.winogradPlane(largest, ldv), planeO: pure.winogradPlane(largest, O) };
}

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
  flip?: 0 | 1;
  accumulate?: 0 | 1;
  epilogue?: Epilogue;
}

/**
 * out (+)= x convolved with `panels`[O/16][9][C][16], then the epilogue: the forward pass, and with dy, transposed panels, C
 * and O swapped and flip = 1 the gradient of the input.
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
  const { flip = 0, accumulate = 0, epilogue = NO_EPILOGUE } = options;
  const u = tape.prepared(`${label} u`, 4 * FREQUENCIES * tape.pure.winogradWeightPlane(O, C));
  const weights = tape.call("winogradWeights", { u, panels, O, C, flip }, `${label} weights`);
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
    const y = images(out, H * W * O, chunk);
    const then = epilogueAt(epilogue, y.offset, y.bytes);
    return [
      tape.call("winogradInput", { v, x: images(x, H * W * C, chunk), H, W, C, T, ldv, plane: planeV }, `${label} input`),
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
      tape.call("winogradInput", { v, x: images(x.data, H * W * C, chunk), H, W, C, T, ldv, plane: planeV }, `${label} input`),
      tape.call("winogradGradient", { z, dy: images(dy, H * W * O, chunk), H, W, O, T, plane: planeZ }, `${label} gradient`),
      tape.call(
        "winogradWeightProducts",
        { s, v, z, H, W, T, C, O, ldv, planeV, planeZ, accumulate: i > 0 ? 1 : 0 },
        `${label} products`,
      ),
    ];
  });
  return [...calls, tape.call("winogradWeightsGradient", { dw, s, O, C }, `${label} weights`)];
}
