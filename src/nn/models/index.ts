// Every model, a line each: the record is what `--models` knows.
import type { Buffer } from "../../wasm/plan.js";
import type { Tape, Tensor } from "../tape.js";
import { dnn } from "./dnn.js";
import { logistic } from "./logistic.js";
import { resnet18 } from "./resnet18.js";

/** A batch of uint8 images [N][size][size][3]. */
export interface Input {
  bytes: Buffer;
  N: number;
  size: number;
}

export interface ModelDefinition {
  /** Records the forward pass up to the logits [N][2]; registers parameters in the tape's store. */
  record: (tape: Tape, input: Input) => Tensor;
  /** How the model is called in tables. */
  title: string;
}

export const MODELS: Record<string, ModelDefinition> = {
  logistic: { record: logistic, title: "Logistic" },
  dnn: { record: dnn, title: "DNN" },
  resnet18: { record: resnet18, title: "ResNet18" },
};
