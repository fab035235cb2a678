import type { Input, Normalization } from "../models/definition.js";
import type { Buffer, Operand } from "../plan.js";
import { buffer, type Tape, type Tensor } from "../tape.js";

/** Name of the exported graph's input. */
const NAME = "pixels";
const NORMALIZED = "normalized";

/** x[N][H][W][3] = bytes / 255, normalized if the input has a normalization. */
export function pixels(tape: Tape, input: Input): Tensor {
  const { bytes, N, size } = input;
  const x = tape.tensor(NAME, [N, size, size, 3], false);
  tape.forward(tape.call("pixels", { x: x.data, bytes, row: size * size * 3, tiles: N }, NAME));
  return normalized(tape, x, input);
}

/** Pixels for a layer that reads bytes: no floats are written. With a normalization, the same as `pixels`. */
export function pixelBytes(tape: Tape, input: Input): Tensor {
  const { bytes, N, size, normalization } = input;
  return normalization ? pixels(tape, input) : { ...tape.tensor(NAME, [N, size, size, 3], false), bytes };
}

/** The same as `pixels` inside a border of zeros, for a convolution with that padding: x[N][H + 2 pad][W + 2 pad][3]. */
export function pixelsPadded(tape: Tape, input: Input, pad: number): Tensor {
  const { N, size, normalization } = input;
  const x = tape.tensor(NAME, [N, size + 2 * pad, size + 2 * pad, 3], false);
  return { ...x, name: normalizationNodes(tape, normalization), border: pad, pixels: input };
}

/** Fills what pixelsPadded returned. */
export function fillPadded(tape: Tape, { data: x, border: pad = 0 }: Tensor, { bytes, N, size, normalization }: Input): void {
  const image = { H: size, W: size, pad };
  tape.forward(tape.call("pixelsPadded", { x, bytes, ...image, C: 3, tiles: N }, NAME));
  if (normalization) tape.forward(tape.call("normalize", { x, ...image, ...channelsOf(normalization), tiles: N }, "normalize"));
}

/** The same for assembly/stem.ts, where grey images are one plane; returns which images are grey. */
export function fillStem(tape: Tape, { data: x, border: pad = 0 }: Tensor, { bytes, N, size, normalization }: Input): Buffer {
  const grey = buffer("grey", N);
  const image = { H: size, W: size, pad, ...channelsOf(normalization) };
  tape.forward(tape.call("stemPixels", { x, grey, bytes, ...image, tiles: N }, NAME));
  return grey;
}

/** The numbers of a kernel that normalizes; without a normalization, those that change nothing. */
export function channelsOf(normalization: Normalization = { mean: [0, 0, 0], std: [1, 1, 1] }) {
  const [meanR, meanG, meanB] = normalization.mean;
  const [stdR, stdG, stdB] = normalization.std;
  return { meanR, meanG, meanB, stdR, stdG, stdB };
}

function normalized(tape: Tape, x: Tensor, { N, size, normalization }: Input): Tensor {
  if (normalization) tape.forward(normalize(tape, x.data, normalization, { N, size }));
  return { ...x, name: normalizationNodes(tape, normalization) };
}

/** The exported graph's nodes; returns the name of what they give. */
function normalizationNodes(tape: Tape, normalization: Normalization | undefined): string {
  if (!normalization) return NAME;
  tape.constant("mean", [1, 3, 1, 1], normalization.mean);
  tape.constant("std", [1, 3, 1, 1], normalization.std);
  tape.node("Sub", [NAME, "mean"], "centred");
  tape.node("Div", ["centred", "std"], NORMALIZED);
  return NORMALIZED;
}

/** Replaces gradients of normalized pixels by those of the pixels before normalization. */
export function denormalizeGradient(tape: Tape, dx: Operand, { N, size, normalization }: Input): void {
  if (normalization) tape.forward(normalize(tape, dx, { mean: [0, 0, 0], std: normalization.std }, { N, size }));
}

function normalize(tape: Tape, x: Operand, normalization: Normalization, { N, size }: { N: number; size: number }) {
  return tape.call("normalize", { x, H: size, W: size, pad: 0, ...channelsOf(normalization), tiles: N }, "normalize");
}
