import { pixelGradient } from "../layers/explain.js";
import { linear } from "../layers/linear.js";
import { pixels } from "../layers/pixels.js";
import type { Tape, Tensor } from "../tape.js";
import type { ModelDefinition } from "./definition.js";

const HIDDEN = [512, 256, 128];

/** Four fully connected layers with ReLU between them. PyTorch: Sequential(Flatten, Linear, ReLU, Linear, ...). */
export const dnn: ModelDefinition = {
  name: "dnn",
  title: "DNN",
  features: (tape, input) => hidden(tape, pixels(tape, input)),
  classify,
  /** The gradient of the log-odds with respect to each pixel. */
  explain(tape, input) {
    const x = pixels(tape, input);
    return pixelGradient(tape, x, classify(tape, hidden(tape, x)), input, { shares: false });
  },
  mapKind: "input-gradient",
};

function hidden(tape: Tape, x: Tensor): Tensor {
  HIDDEN.forEach((width, i) => (x = linear(tape, x, `${2 * i + 1}`, width, { relu: true })));
  return x;
}

function classify(tape: Tape, x: Tensor): Tensor {
  return linear(tape, x, `${2 * HIDDEN.length + 1}`, 2);
}
