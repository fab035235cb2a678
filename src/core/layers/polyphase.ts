// The calls of a 3x3, stride 2, padding 1 convolution by polyphase Winograd: see assembly/polyphase/layout.ts.
import { PANEL, PHASED_PLANES, POINT_PLANES, TAP_PLANES } from "../kernel-table.js";
import type { Buffer, Call, Operand } from "../plan.js";
import { buffer, LEAST_EVALUATION_BATCH, type Tape } from "../tape.js";
import { chunksOf, images } from "./chunks.js";
import { type Epilogue, epilogueAt } from "./epilogue.js";

export interface PolyphaseShape {
  N: number;
  H: number;
  W: number;
  C: number;
  OH: number;
  OW: number;
  O: number;
}

/** Images are processed in chunks of about this many patches: enough to reuse each transformed weight, few enough for the cache. */
const CHUNK_PATCHES = 128;
/**
 * With fewer images, or fewer patches per image, reading the transformed weights, four times as large as the weights, costs more than is
 * saved. So every evaluation step uses these kernels, and a model's file, whose steps have one image, does not.
 */
const LEAST_IMAGES = LEAST_EVALUATION_BATCH;
const LEAST_PATCHES = 4;

export const polyphaseFits = ({ N, C, OH, OW, O }: PolyphaseShape, kernel: number, stride: number, pad: number): boolean =>
  kernel === 3 &&
  stride === 2 &&
  pad === 1 &&
  C % PANEL === 0 &&
  O % PANEL === 0 &&
  N >= LEAST_IMAGES &&
  Math.ceil(OH / 4) * Math.ceil(OW / 4) >= LEAST_PATCHES;

/** The chunks, and the pitches of their transformed matrices. */
function workspace({ pure }: Tape, { N, OH, OW }: PolyphaseShape) {
  const perImage = pure.polyphasePatches(1, OH, OW);
  const chunks = chunksOf(N, CHUNK_PATCHES / perImage);
  const largest = perImage * Math.max(...chunks.map((chunk) => chunk.N));
  const plane = (pitch: number) => pure.polyphasePlane(largest, pitch);
  return { chunks, plane, pitch: (channels: number) => pure.polyphasePitch(channels) };
}

/** y = epilogue(conv(x)); `weights` transforms the weights. */
export function polyphaseConvolution(
  tape: Tape,
  label: string,
  y: Buffer,
  x: Buffer,
  panels: Operand,
  shape: PolyphaseShape,
  epilogue: Epilogue,
): { weights: Call; calls: Call[] } {
  const { H, W, C, OH, OW, O } = shape;
  const { chunks, plane, pitch } = workspace(tape, shape);
  const ldv = pitch(C);
  const [planeV, planeM] = [plane(ldv), plane(O)];
  const u = tape.prepared(`${label} u`, 4 * TAP_PLANES * tape.pure.polyphaseWeightPlane(O, C));
  const v = buffer(`${label} v`, 4 * PHASED_PLANES * planeV);
  const m = buffer(`${label} m`, 4 * POINT_PLANES * planeM);
  const calls = chunks.flatMap((chunk): Call[] => {
    const { N } = chunk;
    const out = images(y, OH * OW * O, chunk);
    const then = epilogueAt(epilogue, out.offset, out.bytes);
    return [
      tape.call("polyphaseInput", { v, x: images(x, H * W * C, chunk), N, H, W, C, ldv, plane: planeV }, `${label} input`),
      tape.call("polyphaseProducts", { m, v, u, N, OH, OW, C, O, ldv, planeM, planeV }, `${label} products`),
      tape.call("polyphaseOutput", { y: out, m, N, OH, OW, O, plane: planeM, ...then }, `${label} output`),
    ];
  });
  return { weights: tape.call("polyphaseWeights", { u, panels, O, C, flip: 0 }, `${label} weights`), calls };
}

/** dx (+)= the gradient of x, from dy and `transposed` panels[C/16][9][O][16]. */
export function polyphaseBackwardData(
  tape: Tape,
  label: string,
  dx: Buffer,
  dy: Buffer,
  transposed: Operand,
  shape: PolyphaseShape,
  accumulate: 0 | 1,
): Call[] {
  const { H, W, C, OH, OW, O } = shape;
  const { chunks, plane, pitch } = workspace(tape, shape);
  const ldv = pitch(O);
  const [planeV, planeM] = [plane(ldv), plane(C)];
  const u = buffer(`${label} u`, 4 * TAP_PLANES * tape.pure.polyphaseWeightPlane(C, O));
  const v = buffer(`${label} v`, 4 * POINT_PLANES * planeV);
  const m = buffer(`${label} m`, 4 * PHASED_PLANES * planeM);
  const calls = chunks.flatMap((chunk): Call[] => {
    const { N } = chunk;
    const [from, to] = [images(dy, OH * OW * O, chunk), images(dx, H * W * C, chunk)];
    return [
      tape.call("polyphaseDataInput", { v, dy: from, N, OH, OW, O, ldv, plane: planeV }, `${label} input`),
      tape.call("polyphaseDataProducts", { m, v, u, N, OH, OW, C, O, ldv, planeM, planeV }, `${label} products`),
      tape.call("polyphaseDataOutput", { dx: to, m, N, H, W, C, plane: planeM, accumulate }, `${label} output`),
    ];
  });
  return [tape.call("polyphaseWeights", { u, panels: transposed, O: C, C: O, flip: 1 }, `${label} weights`), ...calls];
}

/** dw panels[O/16][9][C][16], from x and dy. */
export function polyphaseBackwardWeights(
  tape: Tape,
  label: string,
  dw: Operand,
  x: Buffer,
  dy: Buffer,
  shape: PolyphaseShape,
): Call[] {
  const { H, W, C, OH, OW, O } = shape;
  const { chunks, plane, pitch } = workspace(tape, shape);
  const ldv = pitch(C);
  const [planeV, planeZ] = [plane(ldv), plane(O)];
  const v = buffer(`${label} v`, 4 * PHASED_PLANES * planeV);
  const z = buffer(`${label} z`, 4 * POINT_PLANES * planeZ);
  const s = buffer(`${label} s`, 4 * TAP_PLANES * tape.pure.polyphaseWeightPlane(O, C));
  const calls = chunks.flatMap((chunk, i): Call[] => {
    const { N } = chunk;
    const [from, given] = [images(x, H * W * C, chunk), images(dy, OH * OW * O, chunk)];
    return [
      tape.call("polyphaseInput", { v, x: from, N, H, W, C, ldv, plane: planeV }, `${label} input`),
      tape.call("polyphaseGradient", { z, dy: given, N, OH, OW, O, plane: planeZ }, `${label} gradient`),
      tape.call(
        "polyphaseWeightProducts",
        { s, v, z, N, OH, OW, C, O, ldv, planeV, planeZ, accumulate: i > 0 ? 1 : 0 },
        `${label} products`,
      ),
    ];
  });
  return [...calls, tape.call("polyphaseWeightsGradient", { dw, s, O, C }, `${label} weights`)];
}
