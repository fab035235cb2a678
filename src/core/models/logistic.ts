import { pixelGradient } from "../layers/explain.js";
import { linear } from "../layers/linear.js";
import { pixelBytes } from "../layers/pixels.js";
import type { Tape, Tensor } from "../tape.js";
import type { Input } from "./index.js";

/** Logistic regression: one linear layer from every pixel value to two logits. PyTorch: Sequential(Flatten, Linear). */
export function logistic(tape: Tape, input: Input): Tensor {
  return linear(tape, pixelBytes(tape, input), "1", 2);
}

/** Weights, all that there is to see: what each pixel adds to the log-odds. */
export function logisticShares(tape: Tape, input: Input): Tensor {
  const x = pixelBytes(tape, input);
  return pixelGradient(tape, x, linear(tape, x, "1", 2), input);
}
