import type { Input, Normalization } from "../models/definition.js";
import type { Operand } from "../plan.js";
import type { Tape, Tensor } from "../tape.js";

/** Name of the exported graph's input. */
const NAME = "pixels";
const NORMALIZED = "normalized";

/** x[N][H][W][3] = bytes / 255, normalized if the input has a normalization. */
export function pixels(tape: Tape, input: Input): Tensor {
  const { bytes, N, size } = input;
  const x = tape.tensor(NAME, [N, size, size, 3], false);
  tape.forward(tape.call("pixels", { x: x.data, bytes, row: size * 3, tiles: N * size }, NAME));
  return normalized(tape, x, input, 0);
}

/** Pixels for a layer that reads bytes: no floats are written. With a normalization, the same as `pixels`. */
export function pixelBytes(tape: Tape, input: Input): Tensor {
  const { bytes, N, size, normalization } = input;
  return normalization ? pixels(tape, input) : { ...tape.tensor(NAME, [N, size, size, 3], false), bytes };
}

/** The same as `pixels` inside a border of zeros, for a convolution with that padding: x[N][H + 2 pad][W + 2 pad][3]. */
export function pixelsPadded(tape: Tape, input: Input, pad: number): Tensor {
  const { bytes, N, size } = input;
  const x = tape.tensor(NAME, [N, size + 2 * pad, size + 2 * pad, 3], false);
  tape.forward(tape.call("pixelsPadded", { x: x.data, bytes, H: size, W: size, C: 3, pad, tiles: N }, NAME));
  return { ...normalized(tape, x, input, pad), border: pad };
}

function normalized(tape: Tape, x: Tensor, { N, size, normalization }: Input, pad: number): Tensor {
  if (!normalization) return x;
  const { mean, std } = normalization;
  tape.forward(normalize(tape, x.data, { mean, std }, { N, size, pad }));
  tape.constant("mean", [1, 3, 1, 1], mean);
  tape.constant("std", [1, 3, 1, 1], std);
  tape.node("Sub", [NAME, "mean"], "centred");
  tape.node("Div", ["centred", "std"], NORMALIZED);
  return { ...x, name: NORMALIZED };
}

/** Replaces gradients of normalized pixels by those of the pixels before normalization. */
export function denormalizeGradient(tape: Tape, dx: Operand, { N, size, normalization }: Input): void {
  if (normalization) tape.forward(normalize(tape, dx, { mean: [0, 0, 0], std: normalization.std }, { N, size, pad: 0 }));
}

function normalize(tape: Tape, x: Operand, { mean, std }: Normalization, at: { N: number; size: number; pad: number }) {
  const [meanR, meanG, meanB] = mean;
  const [stdR, stdG, stdB] = std;
  const { N, size, pad } = at;
  const channels = { meanR, meanG, meanB, stdR, stdG, stdB };
  return tape.call("normalize", { x, H: size, W: size, pad, ...channels, tiles: N }, "normalize");
}
