import type { Input } from "../models/definition.js";
import type { Tape, Tensor } from "../tape.js";

/** The tensor that an export's graph begins with. */
const NAME = "pixels";

/** x[N][H][W][3] = bytes / 255. */
export function pixels(tape: Tape, { bytes, N, size }: Input): Tensor {
  const x = tape.tensor(NAME, [N, size, size, 3], false);
  tape.forward(tape.call("pixels", { x: x.data, bytes, row: size * 3, tiles: N * size }, NAME));
  return x;
}

/** Pixels that are never written out as floats: for a layer that reads bytes. */
export function pixelBytes(tape: Tape, { bytes, N, size }: Input): Tensor {
  return { ...tape.tensor(NAME, [N, size, size, 3], false), bytes };
}

/** The same as `pixels` inside a border of zeros, for a convolution with that padding: x[N][H + 2 pad][W + 2 pad][3]. */
export function pixelsPadded(tape: Tape, { bytes, N, size }: Input, pad: number): Tensor {
  const x = tape.tensor(NAME, [N, size + 2 * pad, size + 2 * pad, 3], false);
  tape.forward(tape.call("pixelsPadded", { x: x.data, bytes, H: size, W: size, C: 3, pad, tiles: N }, NAME));
  return { ...x, border: pad };
}
