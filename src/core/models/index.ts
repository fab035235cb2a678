// Every model, a line each: the record is what `--models` knows.
import type { Buffer } from "../plan.js";
import type { Tape, Tensor } from "../tape.js";
import { dnn, dnnGradient } from "./dnn.js";
import { logistic, logisticShares } from "./logistic.js";
import { resnet18, resnet18Activation } from "./resnet18.js";

/** A batch of uint8 images [N][size][size][3]. */
export interface Input {
  bytes: Buffer;
  N: number;
  size: number;
}

/** What a map of the log-odds holds: see layers/explain.ts. */
export type MapKind = "class-activation" | "weights" | "input-gradient";

export interface ModelDefinition {
  /** Records the forward pass up to the logits [N][2]; registers parameters in the tape's store. */
  record: (tape: Tape, input: Input) => Tensor;
  /** Records the forward pass and a map [N][side][side] of what the model looks at; positive speaks for PNEUMONIA. */
  explain: (tape: Tape, input: Input) => Tensor;
  mapKind: MapKind;
  /** How the model is called in tables. */
  title: string;
}

export const MODELS: Record<string, ModelDefinition> = {
  logistic: { record: logistic, explain: logisticShares, mapKind: "weights", title: "Logistic" },
  dnn: { record: dnn, explain: dnnGradient, mapKind: "input-gradient", title: "DNN" },
  resnet18: { record: resnet18, explain: resnet18Activation, mapKind: "class-activation", title: "ResNet-18" },
};
