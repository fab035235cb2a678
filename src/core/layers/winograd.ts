// The calls of a 3x3, stride 1, padding 1 convolution by Winograd's F(4x4, 3x3): see assembly/winograd.ts.
import type { Argument, Buffer, Call } from "../plan.js";
import { buffer, type Epilogue, type Tape, type Tensor } from "../tape.js";
import { epilogueArguments, NO_EPILOGUE } from "./epilogue.js";

export interface WinogradShape {
  N: number;
  H: number;
  W: number;
  C: number;
  O: number;
}

/**
 * Images are walked over in chunks whose transformed inputs and outputs take about this much, to stay in cache, but have
 * enough patches to make good use of each transformed weight that is fetched. Measured: at 56x56x64 the products run at
 * 122 GFLOP/s in chunks of 6 MiB and 85 in chunks of 17; at 7x7x512 at 108 with 128 patches and 99 with 64.
 */
const CHUNK_BYTES = 6 * 2 ** 20;
const CHUNK_PATCHES = 128;
const FREQUENCIES = 36;

export const winogradFits = ({ N, H, W, C, O }: WinogradShape, kernel: number, stride: number, pad: number): boolean =>
  kernel === 3 && stride === 1 && pad === 1 && C % 16 === 0 && O % 16 === 0 &&
  N * Math.ceil(H / 4) * Math.ceil(W / 4) >= LEAST_PATCHES;

interface Chunk {
  /** First image and number of images, number of patches. */
  first: number;
  N: number;
  T: number;
}

function chunksOf(tape: Tape, { N, H, W, C, O }: WinogradShape): Chunk[] {
  const perImage = tape.kernels.winogradPatches(1, H, W);
  const patches = Math.max(CHUNK_PATCHES, CHUNK_BYTES / (4 * FREQUENCIES * (C + O)));
  const count = Math.ceil(N / Math.max(1, Math.floor(patches / perImage)));
  return Array.from({ length: count }, (_, i) => {
    const first = Math.floor((i * N) / count);
    const n = Math.floor(((i + 1) * N) / count) - first;
    return { first, N: n, T: n * perImage };
  });
}

/** The chunks, and how their transformed matrices are laid out: V over C channels, and one over O (M or Z). */
function workspace(tape: Tape, shape: WinogradShape) {
  const { kernels } = tape;
  const chunks = chunksOf(tape, shape);
  const largest = Math.max(...chunks.map((c) => c.T));
  const pitch = kernels.winogradPitch(shape.C);
  return {
    chunks,
    pitch,
    planeV: kernels.winogradPlane(largest, pitch),
    planeO: kernels.winogradPlane(largest, shape.O),
    scratch: { scratch: kernels.winogradScratch(Math.max(shape.C, shape.O)) },
  };
}

/** Image `first` of an NHWC buffer. */
const image = (data: Buffer, { H, W }: WinogradShape, channels: number, { first }: Chunk) => ({
  buffer: data,
  offset: 4 * first * H * W * channels,
});

/**
 * Up to this many channels, and from this many patches on, a tile goes from x to y by itself, and its transformed weights
 * are fetched for every tile. Few patches stay in cache anyway.
 */
const FUSED_CHANNELS = 128;
const FUSED_PATCHES = 768;
/** Below this many patches the transformed weights, four times as long as the weights, are not worth fetching. */
const LEAST_PATCHES = 16;

export interface WinogradCalls {
  /** Transforms the weights: u. */
  weights: Call;
  calls: Call[];
  /** Gives the calls that write the result an epilogue. */
  fuse(epilogue: Epilogue): void;
}

/**
 * out (+)= x convolved with `panels`[O/16][9][C][16]: the forward pass, and with dy, transposed panels, C and O swapped
 * and turn = 1 the gradient of the input.
 */
export function winogradConvolution(
  tape: Tape, label: string, out: Buffer, x: Buffer, panels: Argument, shape: WinogradShape,
  { turn = 0, accumulate = 0 }: { turn?: 0 | 1; accumulate?: 0 | 1 },
): WinogradCalls {
  const { kernels } = tape;
  const { N, H, W, C, O } = shape;
  const u = tape.prepared(`${label} u`, 4 * FREQUENCIES * kernels.winogradWeightPlane(O, C));
  const weights: Call = {
    kernel: "winogradWeights", label: `${label} weights`, tiles: kernels.winogradWeightTiles(O, C), bytes: u.bytes,
    args: [u, panels, { scratch: kernels.winogradScratch(Math.max(C, O)) }, O, C, turn],
  };
  const T = kernels.winogradPatches(N, H, W);
  const record = Math.max(C, O) <= FUSED_CHANNELS && T >= FUSED_PATCHES ? fused : staged;
  const writers = (epilogue?: Epilogue) => record(tape, label, out, x, u, shape, accumulate, epilogue);
  const calls = writers();
  const fuse = (epilogue: Epilogue) => {
    writers(epilogue).forEach(({ args }, i) => (calls[i].args = args));
    tape.postpone(calls);
  };
  return { weights, calls, fuse };
}

type Recorder = (
  tape: Tape, label: string, out: Buffer, x: Buffer, u: Buffer, shape: WinogradShape, accumulate: 0 | 1, epilogue?: Epilogue,
) => Call[];

/** One call. */
const fused: Recorder = ({ kernels }, label, out, x, u, { N, H, W, C, O }, accumulate, epilogue) => {
  const T = kernels.winogradPatches(N, H, W);
  return [{
    kernel: "winogradFused", label, tiles: kernels.winogradFusedTiles(T), flops: 2 * FREQUENCIES * T * C * O,
    bytes: 4 * (N * H * W * (C + O) + FREQUENCIES * C * O),
    args: [
      out, x, u, { scratch: kernels.winogradFusedScratch(C, O) }, H, W, C, O, T, accumulate,
      ...(epilogue ? epilogueArguments(epilogue) : NO_EPILOGUE),
    ],
  }];
};

/** Three calls a chunk of images. */
const staged: Recorder = (tape, label, out, x, u, shape, accumulate, epilogue) => {
  const { kernels } = tape;
  const { H, W, C, O } = shape;
  const { chunks, pitch, planeV, planeO: planeM, scratch } = workspace(tape, shape);
  const v = buffer(`${label} v`, 4 * FREQUENCIES * planeV);
  const m = buffer(`${label} m`, 4 * FREQUENCIES * planeM);
  return chunks.flatMap((chunk): Call[] => {
    const { T } = chunk;
    const to = image(out, shape, O, chunk);
    return [
      {
        kernel: "winogradInput", label: `${label} input`, tiles: kernels.winogradTransformTiles(T),
        bytes: 4 * T * C * (16 + FREQUENCIES), args: [v, image(x, shape, C, chunk), scratch, H, W, C, T, pitch, planeV],
      },
      {
        kernel: "winogradProducts", label: `${label} products`, tiles: kernels.winogradProductTiles(T, O),
        flops: 2 * FREQUENCIES * T * C * O, bytes: 4 * FREQUENCIES * (T * (C + O) + C * O),
        args: [m, v, u, scratch, T, C, O, pitch, planeM, planeV],
      },
      {
        kernel: "winogradOutput", label: `${label} output`, tiles: kernels.winogradTransformTiles(T),
        bytes: 4 * T * O * (16 + FREQUENCIES),
        args: [
          to, m, scratch, H, W, O, T, planeM, accumulate, ...(epilogue ? epilogueArguments(epilogue, to.offset) : NO_EPILOGUE),
        ],
      },
    ];
  });
};

/** dw panels[O/16][9][C][16], from x and dy. */
export function winogradBackwardWeights(
  tape: Tape, label: string, dw: Argument, x: Tensor, dy: Buffer, shape: WinogradShape,
): Call[] {
  const { kernels } = tape;
  const { H, W, C, O } = shape;
  const { chunks, pitch, planeV, planeO: planeZ, scratch } = workspace(tape, shape);
  const v = buffer(`${label} v`, 4 * FREQUENCIES * planeV);
  const z = buffer(`${label} z`, 4 * FREQUENCIES * planeZ);
  const s = buffer(`${label} s`, 4 * FREQUENCIES * kernels.winogradWeightPlane(O, C));
  const calls = chunks.flatMap((chunk, i): Call[] => {
    const { T } = chunk;
    return [
      {
        kernel: "winogradInput", label: `${label} input`, tiles: kernels.winogradTransformTiles(T),
        bytes: 4 * T * C * (16 + FREQUENCIES),
        args: [v, image(x.data, shape, C, chunk), scratch, H, W, C, T, pitch, planeV],
      },
      {
        kernel: "winogradGradient", label: `${label} gradient`, tiles: kernels.winogradTransformTiles(T),
        bytes: 4 * T * O * (16 + FREQUENCIES), args: [z, image(dy, shape, O, chunk), scratch, H, W, O, T, planeZ],
      },
      {
        kernel: "winogradWeightProducts", label: `${label} products`, tiles: kernels.winogradProductTiles(C, O),
        flops: 2 * FREQUENCIES * T * C * O, bytes: 4 * FREQUENCIES * (T * (C + O) + C * O),
        args: [s, v, z, scratch, T, C, O, pitch, planeV, planeZ, i > 0 ? 1 : 0],
      },
    ];
  });
  calls.push({
    kernel: "winogradWeightsGradient", label: `${label} weights`, tiles: kernels.winogradWeightTiles(O, C),
    bytes: s.bytes, args: [dw, s, scratch, O, C],
  });
  return calls;
}
