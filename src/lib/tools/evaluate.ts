// Evaluates a saved model on one split of a dataset, or on a folder of images with a CSV of labels.
import { InputError } from "../../core/errors.js";
import { CLASSES, type ClassNames, type Split } from "../../data/types.js";
import { decisions } from "../../eval/conformal.js";
import { checkChoices, type Evaluation, evaluationOf } from "../../eval/evaluation.js";
import { EVALUATION_CSV, evaluationCsv } from "../../eval/evaluation-csv.js";
import { writeFileAtomic } from "../../node/files.js";
import type { Language } from "../../report/text/languages.js";
import { terminalWords } from "../../report/text/terminal.js";
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
import { EXAMPLES } from "../../run/scoring/predict-maps.js";
import { withBar } from "../../run/scoring/predictions.js";
import { IMAGE_SIZE } from "../../settings/recipes.js";
import { evaluate } from "../../train/evaluate.js";
import { watchUnusual } from "../../train/unusual.js";
import { type OpenDatasetOptions, openDataset, unpaired } from "../open-dataset.js";
import { defaultThreads } from "../run.js";
import { checkEvaluationFolder, writeEvaluationFolder } from "./evaluation-folder.js";

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
  /** A folder for a report: see report/evaluation-page.ts. */
  out?: string | undefined;
  lang?: Language | undefined;
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
  const { checkpoint, data, split, threshold, targetRecall, errorRate, csv, out, lang, ...rest } = request;
  const { threads = defaultThreads(), labels } = rest;
  checkChoices({ threshold, targetRecall });
  const inputs = [pathOf(checkpoint), ...(labels === undefined ? [] : [labels])];
  if (csv !== undefined) await checkOutputFile({ option: "--csv", path: csv, replaces: EVALUATION_CSV }, inputs);
  if (out !== undefined) await checkEvaluationFolder(out, inputs);
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
    const explained = { explanationBatch: Math.min(EXAMPLES, images.length), identified: true };
    const opened = await openRead(read, threads, {
      ...{ images: images.length, wasm: checkpoint.wasm, ...(out !== undefined && explained) },
    });
    const { network } = opened;
    try {
      const shown = withBar(
        dataset[split],
        terminalWords(lang).bar.scoring(network.model.name, terminalWords(lang).bar.splits[split]),
        caller,
      );
      const watched = facts.unusual && watchUnusual(shown.rows, IMAGE_SIZE, facts.unusual);
      const logOdds = await evaluate(network, watched?.rows ?? shown.rows, { signal: caller.signal }).finally(shown.stop);
      const choices = { threshold: threshold ?? facts.threshold, targetRecall, errorRate, conformal: facts.conformal };
      const evaluation = evaluationOf(images, logOdds, { ...choices, unusual: watched?.found() });
      const modelNotes = allNotes(read.notes);
      if (csv !== undefined) await writeFileAtomic(csv, evaluationCsv(images, logOdds, evaluation, classes));
      if (out !== undefined) {
        const about = { checkpoint: pathOf(checkpoint), labels, modelNotes, packaged: read.notes.packaged !== undefined };
        await writeEvaluationFolder({ out, lang, dataset, split, opened, evaluation, logOdds, classes, about, caller });
      }
      return { evaluation, classes, unreadable: dataset.facts.unreadable, ...unpaired(dataset), modelNotes };
    } finally {
      await network.pool.close();
    }
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
