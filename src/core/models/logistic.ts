import { pixelGradient } from "../layers/explain.js";
import { linear } from "../layers/linear.js";
import { pixelBytes } from "../layers/pixels.js";
import { CLASS_COUNT, type ModelDefinition } from "./definition.js";

/** Logistic regression: one linear layer from all pixel values to two logits. PyTorch: Sequential(Flatten, Linear). */
export const logistic: ModelDefinition = {
  name: "logistic",
  title: "Logistic",
  features: pixelBytes,
  classify: (tape, x) => linear(tape, x, "1", CLASS_COUNT),
  /** Each pixel's share of the log-odds: the model consists of weights only. */
  explain(tape, input) {
    const x = pixelBytes(tape, input);
    return pixelGradient(tape, x, linear(tape, x, "1", CLASS_COUNT), input, { shares: true });
  },
  mapKind: "weights",
};
