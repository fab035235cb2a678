// The models of `--models`, one line each, in the order of tables.
import type { ModelDefinition } from "./definition.js";
import { dnn, dnnOf } from "./dnn.js";
import { logistic } from "./logistic.js";
import { resnet18 } from "./resnet18.js";

export const MODELS: readonly ModelDefinition[] = [logistic, dnn, resnet18];

/** `hidden`: the widths of its hidden layers, if it is a DNN; default: the study's. */
export function findModel(name: string, hidden?: readonly number[]): ModelDefinition | undefined {
  if (name === dnn.name && hidden && hidden.join() !== dnn.hidden!.join()) return dnnOf(hidden);
  return MODELS.find((model) => model.name === name);
}
