// What was dropped, what became of it, and what follows at a threshold.
import { stringify } from "csv-stringify/browser/esm/sync";
import type { Score } from "../core/infer.js";
import { sharedStart } from "../data/shared-start.js";
import { confusionMatrix } from "../eval/confusion.js";
import { type RocPoint, rocAucScore, rocCurve } from "../eval/roc.js";
import type { Confusion } from "../results/metrics.js";

export interface Dropped {
  file: File;
  /** With the folders, where they are known. */
  path: string;
}

export interface Item extends Dropped {
  score?: Score;
  error?: string;
  /** The class by whose name a folder above it goes. */
  truth?: 0 | 1;
}

type Classes = readonly [negative: string, positive: string];

/** The nearest folder that is named as a class. */
export function truthOf(path: string, classes: Classes): 0 | 1 | undefined {
  const folders = path.split("/").slice(0, -1).reverse();
  const found = folders.map((folder) => classes.findIndex((name) => name.toLowerCase() === folder.toLowerCase()));
  return found.find((index) => index >= 0) as 0 | 1 | undefined;
}

/** How long the folders are that all paths begin with: nobody needs to read them in every row. */
export function sharedLength(items: readonly Item[]): number {
  const shared = sharedStart(items.map(({ path }) => path.split("/").slice(0, -1)));
  return shared.reduce((length, folder) => length + folder.length + 1, 0);
}

/** As `pulmo predict` decides: above the threshold. */
export const decisionOf = ({ score }: Item, threshold: number): 0 | 1 | undefined =>
  score && (score.probability > threshold ? 1 : 0);

export interface Judged {
  confusion: Confusion;
  roc: RocPoint[];
  auc: number | null;
}

/** Of the items whose folder tells the truth; undefined where there is none of them. */
export function judge(items: readonly Item[], threshold: number): Judged | undefined {
  const known = items.filter(({ truth, score }) => truth !== undefined && score);
  if (known.length === 0) return undefined;
  const labels = known.map(({ truth }) => truth!);
  const logOdds = known.map(({ score }) => score!.logOdds);
  const decided = known.map((item) => decisionOf(item, threshold)!);
  const auc = rocAucScore(labels, logOdds);
  return { confusion: confusionMatrix(labels, decided), roc: auc === null ? [] : rocCurve(labels, logOdds), auc };
}

/** The columns of `predict --csv`. */
export function toCsv(items: readonly Item[], threshold: number, classes: Classes): string {
  const rows = items.map((item) => {
    const decision = decisionOf(item, threshold);
    const { probability = "", logOdds = "" } = item.score ?? {};
    return [item.path, decision === undefined ? "" : classes[decision], String(probability), String(logOdds), item.error ?? ""];
  });
  return stringify([["file", "label", "p_pneumonia", "logit", "error"], ...rows]);
}
