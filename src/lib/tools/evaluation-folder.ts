// The folder of `evaluate --out`: report.html, report.md, metrics.json, predictions.csv, patients.csv, pictures of errors.
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../core/errors.js";
import { onlyAbout } from "../../data/about.js";
import type { ClassNames, Split } from "../../data/types.js";
import type { Evaluation } from "../../eval/evaluation.js";
import { EVALUATION_CSV, evaluationCsv, PATIENTS_CSV, patientsCsv } from "../../eval/evaluation-csv.js";
import { logOddsOf, scoreOf } from "../../eval/log-odds.js";
import { knownPatient } from "../../eval/patients.js";
import { makeFolder, writeFileAtomic } from "../../node/files.js";
import { version } from "../../node/version.js";
import { evaluationPaths, type WrongImage, writeEvaluation } from "../../report/evaluation-page.js";
import type { Language } from "../../report/text/languages.js";
import { EVALUATION_JSON } from "../../results/evaluation-json.js";
import type { Caller } from "../../run/caller.js";
import { RUN_FILE } from "../../run/folder.js";
import { checkOutputFile, checkOutputFolder } from "../../run/outputs.js";
import { writePictures } from "../../run/scoring/draw-pictures.js";
import type { OpenedModel } from "../../run/scoring/open-checkpoint.js";
import { type Dataset, imageReader, unpaired } from "../open-dataset.js";
import { checkPage } from "./report.js";

/** Throws an InputError if a file would replace anything but that of an earlier evaluation. */
export async function checkEvaluationFolder(out: string, inputs: string[]): Promise<void> {
  await checkOutputFolder("--out", out);
  if (existsSync(join(out, RUN_FILE)))
    throw new InputError(`--out ${out} holds a run: choose another folder for the evaluation.`);
  const { json, csv, patients, ...page } = evaluationPaths(out);
  for (const [path, replaces] of [
    [json, EVALUATION_JSON],
    [csv, EVALUATION_CSV],
    [patients, PATIENTS_CSV],
  ] as const)
    await checkOutputFile({ option: "--out", path, replaces }, inputs);
  await checkPage("--out", page);
}

interface Found {
  out: string;
  lang: Language | undefined;
  dataset: Dataset;
  split: Split;
  /** With explanations, and identified. */
  opened: OpenedModel;
  evaluation: Evaluation;
  logOdds: Float64Array;
  classes: ClassNames;
  about: { checkpoint: string; labels: string | undefined; modelNotes: string[]; packaged: boolean };
  caller: Caller;
}

export async function writeEvaluationFolder(found: Found): Promise<void> {
  const { out, lang, dataset, split, opened, evaluation, logOdds, classes, about, caller } = found;
  const { images } = dataset[split];
  const { root, manifestSha256, synthetic, sample = false, limit, notes, unreadable } = dataset.facts;
  const paths = evaluationPaths(out);
  await makeFolder(out);
  await writeFileAtomic(paths.csv, evaluationCsv(images, logOdds, evaluation, classes));
  if (evaluation.patients) await writeFileAtomic(paths.patients, patientsCsv(images, logOdds, evaluation, classes));
  else await rm(paths.patients, { force: true });
  const predictions = images.map(({ file, label }, i) => ({ file, label, ...scoreOf(logOdds[i]) }));
  const threshold = logOddsOf(evaluation.threshold);
  await writePictures({
    ...{ out, network: opened.network, rows: dataset[split], predictions, readImage: imageReader(dataset) },
    ...{ threshold, errorMaps: true, caller },
  });
  await writeEvaluation(
    out,
    {
      about: {
        ...{
          ...about,
          labels: about.labels ?? null,
          model: opened.network.model.name,
          sha256: opened.sha256!,
          data: root,
          split,
        },
        ...{ manifestSha256, classes, synthetic, sample, limit, notes, unreadable, ...unpaired(dataset) },
        ...{ pulmo: version, finishedAt: new Date().toISOString() },
      },
      evaluation,
      errors: wrongImages(found, threshold),
    },
    lang,
  );
  caller.info(`Report: ${paths.html}`);
}

/** The most confident first. */
function wrongImages({ dataset, split, logOdds }: Found, threshold: number): WrongImage[] {
  const { images } = dataset[split];
  const wrong = [...images.keys()].filter((i) => logOdds[i] > threshold !== (images[i].label === 1));
  wrong.sort((a, b) => Math.abs(logOdds[b] - threshold) - Math.abs(logOdds[a] - threshold) || a - b);
  return wrong.map((i) => {
    const { file, label } = images[i];
    const patient = knownPatient(images[i]);
    const about = { ...onlyAbout(images[i]), ...(patient !== undefined && { patient }) };
    return { file, label, pPneumonia: scoreOf(logOdds[i]).pPneumonia, ...about };
  });
}
