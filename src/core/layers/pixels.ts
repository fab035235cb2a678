import type { Tape, Tensor } from "../tape.js";
import type { Input } from "../models/index.js";

/** x[N][H][W][3] = bytes / 255. */
export function pixels(tape: Tape, { bytes, N, size }: Input): Tensor {
  const x = tape.tensor("pixels", [N, size, size, 3], false);
  tape.forward({
    kernel: "pixels", label: "pixels", tiles: N * size, bytes: x.data.bytes, args: [x.data, bytes, size * 3],
  });
  return x;
}

/** Pixels that are never written out as floats: for a layer that reads bytes. */
export function pixelBytes(tape: Tape, { bytes, N, size }: Input): Tensor {
  return { ...tape.tensor("pixels", [N, size, size, 3], false), bytes };
}

/** The same inside a border of zeros: x[N][H + 2 pad][W + 2 pad][3]. */
export function pixelsPadded(tape: Tape, { bytes, N, size }: Input, pad: number): Tensor {
  const x = tape.tensor("pixels", [N, size + 2 * pad, size + 2 * pad, 3], false);
  tape.forward({
    kernel: "pixelsPadded", label: "pixels", tiles: N, bytes: x.data.bytes, args: [x.data, bytes, size, size, 3, pad],
  });
  return x;
}
