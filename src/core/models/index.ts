// The models of `--models`, one line each, in the order of tables.
import type { ModelDefinition } from "./definition.js";
import { dnn } from "./dnn.js";
import { logistic } from "./logistic.js";
import { resnet18 } from "./resnet18.js";

export const MODELS: readonly ModelDefinition[] = [logistic, dnn, resnet18];

export const findModel = (name: string): ModelDefinition | undefined => MODELS.find((model) => model.name === name);
