// Evaluates a saved model on one split of a dataset, or on a folder of images with a CSV of labels.
import { InputError } from "../../core/errors.js";
import { CLASSES, type ClassNames, type Split } from "../../data/types.js";
import { decisions } from "../../eval/conformal.js";
import type { DatasetFacts } from "../../results/metrics.js";
import { SILENT } from "../../run/caller.js";
import type { ModelFacts } from "../../run/model-facts.js";
import { allNotes, type CheckpointOptions, tellNotes } from "../../run/scoring/open-checkpoint.js";
import { storedCheckpoint } from "../node-models.js";
import { nodeRuntime } from "../node-runtime.js";
import { type OpenDatasetOptions, openDataset } from "../open-dataset.js";
import { defaultThreads } from "../run.js";
import type { Evaluation } from "../session.js";
import { factsOf } from "../stored-model.js";
import { evaluateStored } from "../train-model.js";

export { evaluationText } from "../../report/evaluation-text.js";

export interface EvaluationRequest extends OpenDatasetOptions {
  checkpoint: CheckpointOptions;
  /** A source for openDataset. */
  data: string | undefined;
  split: Split;
  errorRate?: number | undefined;
}

export interface SplitEvaluation {
  metrics: Evaluation;
  /** With an error rate. */
  review: Evaluation["review"];
  /** The class names of the model, or else those given. */
  classes: ClassNames;
  unreadable: DatasetFacts["unreadable"];
  /** What was assumed about the checkpoint: phrases that follow the file's name. */
  modelNotes: string[];
}

export async function evaluateSplit(request: EvaluationRequest): Promise<SplitEvaluation> {
  const { checkpoint, data, split, errorRate, threads = defaultThreads(), ...options } = request;
  const runtime = nodeRuntime(checkpoint.wasm);
  const stored = await storedCheckpoint(checkpoint, runtime);
  tellNotes(stored.notes, checkpoint.checkpoint, options.reporter ?? SILENT);
  const classes = classesOf(factsOf(stored), options.classes);
  if (errorRate !== undefined) decisions(factsOf(stored).conformal, errorRate, classes);
  const dataset = await openDataset(data, { ...options, classes: [...classes], threads, needs: { [split]: "image" } });
  try {
    const metrics = await evaluateStored(runtime, stored, dataset[split], { ...options, threads, errorRate });
    return { metrics, review: metrics.review, classes, unreadable: dataset.facts.unreadable, modelNotes: allNotes(stored.notes) };
  } finally {
    await dataset.close();
  }
}

/** If a model names its classes, only these names are allowed. */
function classesOf({ classes }: ModelFacts, given: ClassNames | undefined): ClassNames {
  if (classes && given && classes.join().normalize() !== given.join().normalize()) {
    throw new InputError(`The model's classes are ${classes.join(" and ")}: remove --classes, or give these names.`);
  }
  return classes ?? given ?? CLASSES;
}
