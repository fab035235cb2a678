// Checks the results of all tasks, averages them over seeds and folds, and compares the rows.
import { createHash } from "node:crypto";
import { deviation, group, mean } from "d3-array";
import { InputError } from "../core/errors.js";
import { delong } from "../eval/delong.js";
import { holm } from "../eval/holm.js";
import { bootstrapIntervals } from "../eval/intervals.js";
import { type PredictionRow, sameImages } from "../eval/predictions.js";
import { rocAucScore } from "../eval/roc.js";
import type { RunResults, SplitMetrics } from "../results/metrics.js";
import type { Spread, SweepResults, SweepRow } from "../results/sweep.js";
import { readResults } from "../run/read-results.js";
import { readRunFile } from "../run/run-file.js";
import { readPredictions } from "../run/scoring/predictions.js";
import { trainings } from "../settings/settings.js";
import { faultOf } from "./done.js";
import { checkName, type SweepManifest, type SweepTask, taskFolder } from "./manifest.js";
import { finishedDifference } from "./task-run.js";

/** How many tasks a message names. */
const NAMED = 10;

interface Finished {
  task: SweepTask;
  results: RunResults;
  test: PredictionRow[];
}

/** Throws an InputError that names the tasks that are missing or were changed; with `partial` they are left out. */
export async function gatherSweep(
  dir: string,
  manifest: SweepManifest,
  partial: boolean,
): Promise<{ results: SweepResults; faults: string[] }> {
  const faults: string[] = [];
  const finished: Finished[] = [];
  const images: SeenImages = new Map();
  for (const [i, task] of manifest.tasks.entries()) {
    checkName(dir, manifest, task);
    const fault = await faultOf(dir, task);
    const found = fault === undefined ? await readTask(dir, manifest, task, images) : fault;
    if (typeof found === "string") faults.push(`task ${i} (${task.name}) ${found}`);
    else finished.push(found);
  }
  if (finished.length === 0 || (faults.length > 0 && !partial)) {
    const named = faults.slice(0, NAMED).join("; ") + (faults.length > NAMED ? `; and ${faults.length - NAMED} more` : "");
    throw new InputError(
      `${faults.length} of ${manifest.tasks.length} tasks cannot be gathered: ${named}. Run them, or gather the others with --partial.`,
    );
  }
  return { results: resultsOf(manifest, finished), faults };
}

/** What tasks with the same selection of images have used, by selection. */
type SeenImages = Map<string, { images: string; task: SweepTask }>;

/** Its results, or what is wrong with them. */
async function readTask(dir: string, manifest: SweepManifest, task: SweepTask, seen: SeenImages): Promise<Finished | string> {
  const folder = taskFolder(dir, task);
  const [{ key }] = trainings(task.settings);
  const file = await readRunFile(folder);
  const difference = finishedDifference(manifest, task, file);
  if (difference) return `holds another run than planned (${difference})`;
  const results = await readResults(folder);
  const { test } = (await readPredictions(folder, [key], task.settings.classes))[key];
  const { limit, fold, valSplit, seed } = task.settings;
  const selections = [
    // A machine that cannot read an image leaves it out.
    [
      ["test", limit],
      [results.dataset.unreadable.map((one) => one.file), test.map((row) => [row.file, row.label])],
    ],
    [["all", limit, fold, valSplit, fold ? undefined : seed], file.manifestSha256],
  ];
  for (const [selection, used] of selections.map((pair) => pair.map((one) => JSON.stringify(one)))) {
    const first = seen.get(selection) ?? { images: hashOf(used), task };
    seen.set(selection, first);
    if (first.images !== hashOf(used)) return `has used other images than task ${first.task.name}, as where some cannot be read`;
  }
  return { task, results, test };
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

function resultsOf({ varied, folds, pulmo, manifestSha256 }: SweepManifest, finished: Finished[]): SweepResults {
  const groups = [...group(finished, ({ task }) => JSON.stringify(varied.map((name) => task.values[name]))).values()];
  const chosenBy = finished.every(({ task }) => task.settings.valSplit !== undefined) ? "validation" : "test";
  const rated = groups.map((members) => {
    const scores = together(members);
    return { scores, row: rowOf(varied, members, scores) };
  });
  const score = ({ row }: (typeof rated)[number]) => (chosenBy === "validation" ? row.validationAuc : row.test.auc)?.mean ?? -1;
  rated.sort((a, b) => score(b) - score(a));
  const { dataset } = finished[0].results;
  return {
    ...{ varied, folds, chosenBy, pulmo, manifestSha256 },
    seeds: [...new Set(finished.map(({ task }) => task.settings.seed))].sort((a, b) => a - b),
    testImages: finished[0].test.length,
    rows: compared(
      rated.map(({ row }) => row),
      rated.map(({ scores }) => scores),
    ),
    synthetic: dataset.synthetic,
    sample: dataset.sample ?? false,
  };
}

function spread(values: (number | null)[]): Spread | null {
  const numbers = values.filter((value) => value !== null);
  if (numbers.length === 0) return null;
  return { mean: mean(numbers)!, deviation: deviation(numbers) ?? null };
}

function rowOf(varied: string[], members: Finished[], { labels, logOdds }: Together): SweepRow {
  const metrics = (split: "val" | "test"): SplitMetrics[] =>
    members.map(({ results }) => Object.values(results.models)[0][split]);
  const test = metrics("test");
  return {
    values: Object.fromEntries(varied.map((name) => [name, members[0].task.values[name as keyof SweepTask["values"]]!])),
    count: members.length,
    validationAuc: spread(metrics("val").map(({ auc }) => auc)),
    test: {
      auc: spread(test.map(({ auc }) => auc)),
      accuracy: spread(test.map(({ accuracy }) => accuracy)),
      recall: spread(test.map(({ perClass }) => perClass.PNEUMONIA.recall)),
      specificity: spread(test.map(({ perClass }) => perClass.NORMAL.recall)),
    },
    together: { auc: rocAucScore(labels, logOdds), interval: bootstrapIntervals(labels, logOdds).auc },
    difference: null,
    seconds: spread(members.map(({ results }) => Object.values(results.models)[0].trainSeconds))!,
  };
}

interface Together {
  test: PredictionRow[];
  labels: number[];
  logOdds: number[];
}

/** An ensemble: per image, the mean log-odds of several trainings. */
function together(members: Finished[]): Together {
  const [{ task, test }] = members;
  const odd = members.find((member) => !sameImages(member.test, test));
  if (odd) {
    throw new InputError(
      `The tasks ${task.name} and ${odd.task.name} have other test images or labels, so their scores cannot be joined: run one of them again.`,
    );
  }
  const logOdds = test.map((_, i) => mean(members, (member) => member.test[i].logit)!);
  return { test, labels: test.map(({ label }) => label), logOdds };
}

/** Each row against the first, where their test images are the same. */
function compared(rows: SweepRow[], scores: Together[]): SweepRow[] {
  const [best] = scores;
  const differences = scores.map((other, i) =>
    i > 0 && sameImages(other.test, best.test) ? delong(best.labels, other.logOdds, best.logOdds) : null,
  );
  const corrected = holm(differences.flatMap((found) => (found ? [found.pValue] : [])));
  let next = 0;
  return rows.map((row, i) => {
    const found = differences[i];
    if (!found) return row;
    const { difference: auc, interval, pValue } = found;
    return { ...row, difference: { auc, interval, pValue, corrected: corrected[next++] } };
  });
}
