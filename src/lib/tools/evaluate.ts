// Evaluates a saved model on one split of a dataset, or on a folder of images with a CSV of labels.
import { InputError } from "../../core/errors.js";
import { CLASSES, type ClassNames, type Split } from "../../data/types.js";
import { decisions } from "../../eval/conformal.js";
import { checkChoices, type Evaluation, evaluationOf } from "../../eval/evaluation.js";
import { EVALUATION_CSV, evaluationCsv } from "../../eval/evaluation-csv.js";
import { writeFileAtomic } from "../../node/files.js";
import type { DatasetFacts } from "../../results/metrics.js";
import { callerOf } from "../../run/caller.js";
import type { ModelFacts } from "../../run/model-facts.js";
import { checkOutputFile } from "../../run/outputs.js";
import {
  allNotes,
  type CheckpointOptions,
  openRead,
  pathOf,
  readCheckpoint,
  tellNotes,
} from "../../run/scoring/open-checkpoint.js";
import { withBar } from "../../run/scoring/predictions.js";
import { IMAGE_SIZE } from "../../settings/recipes.js";
import { evaluate } from "../../train/evaluate.js";
import { watchUnusual } from "../../train/unusual.js";
import { type OpenDatasetOptions, openDataset, unpaired } from "../open-dataset.js";
import { defaultThreads } from "../run.js";

export { evaluationText } from "../../report/evaluation-text.js";

export interface EvaluationRequest extends OpenDatasetOptions {
  checkpoint: CheckpointOptions;
  /** A source for openDataset. */
  data: string | undefined;
  split: Split;
  /** Default: the model's. */
  threshold?: number | undefined;
  targetRecall?: number | undefined;
  errorRate?: number | undefined;
  /** A file for the scores. */
  csv?: string | undefined;
}

export interface SplitEvaluation {
  evaluation: Evaluation;
  /** The class names of the model, or else those given. */
  classes: ClassNames;
  unreadable: DatasetFacts["unreadable"];
  /** With a CSV of labels: images without a record, and records without an image. */
  unlabelled?: string[] | undefined;
  withoutImage?: string[] | undefined;
  /** What was assumed about the checkpoint: phrases that follow the file's name. */
  modelNotes: string[];
}

export async function evaluateSplit(request: EvaluationRequest): Promise<SplitEvaluation> {
  const { checkpoint, data, split, threshold, targetRecall, errorRate, csv, ...rest } = request;
  const { threads = defaultThreads(), labels } = rest;
  checkChoices({ threshold, targetRecall });
  if (csv !== undefined) await checkCsv(csv, [pathOf(checkpoint), ...(labels === undefined ? [] : [labels])]);
  const caller = callerOf(rest);
  const read = await readCheckpoint(checkpoint);
  tellNotes(read.notes, pathOf(checkpoint), caller);
  const { facts } = read;
  const classes = classesOf(facts, rest.classes);
  if (errorRate !== undefined) decisions(facts.conformal, errorRate, classes);
  const dataset = await openDataset(data, { ...rest, classes: [...classes], threads, needs: { [split]: "image" } });
  try {
    const { images } = dataset[split];
    if (images.length === 0) throw new InputError("The split has no images: choose another split.");
    const { network } = await openRead(read, threads, { images: images.length, wasm: checkpoint.wasm });
    try {
      const shown = withBar(dataset[split], `${network.model.name} on ${split}`, caller);
      const watched = facts.unusual && watchUnusual(shown.rows, IMAGE_SIZE, facts.unusual);
      const logOdds = await evaluate(network, watched?.rows ?? shown.rows, { signal: caller.signal }).finally(shown.stop);
      const choices = { threshold: threshold ?? facts.threshold, targetRecall, errorRate, conformal: facts.conformal };
      const evaluation = evaluationOf(images, logOdds, { ...choices, unusual: watched?.found() });
      if (csv !== undefined) await writeFileAtomic(csv, evaluationCsv(images, logOdds, evaluation, classes));
      return {
        evaluation,
        classes,
        unreadable: dataset.facts.unreadable,
        ...unpaired(dataset),
        modelNotes: allNotes(read.notes),
      };
    } finally {
      await network.pool.close();
    }
  } finally {
    await dataset.close();
  }
}

const checkCsv = (path: string, inputs: string[]): Promise<void> =>
  checkOutputFile({ option: "--csv", path, replaces: EVALUATION_CSV }, inputs);

/** If a model names its classes, only these names are allowed. */
function classesOf({ classes }: ModelFacts, given: ClassNames | undefined): ClassNames {
  if (classes && given && classes.join().normalize() !== given.join().normalize()) {
    throw new InputError(`The model's classes are ${classes.join(" and ")}: remove --classes, or give these names.`);
  }
  return classes ?? given ?? CLASSES;
}
