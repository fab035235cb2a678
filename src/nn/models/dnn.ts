import { linear } from "../layers/linear.js";
import { pixels } from "../layers/pixels.js";
import type { Tape, Tensor } from "../tape.js";
import type { Input } from "./index.js";

const HIDDEN = [512, 256, 128];

/** Four fully connected layers, ReLU between them. PyTorch: Sequential(Flatten, Linear, ReLU, Linear, ...). */
export function dnn(tape: Tape, input: Input): Tensor {
  let x = pixels(tape, input);
  HIDDEN.forEach((width, i) => (x = linear(tape, x, `${2 * i + 1}`, width, { relu: true })));
  return linear(tape, x, `${2 * HIDDEN.length + 1}`, 2);
}
