// The page's images with their scores, and the decisions at a threshold.
import { stringify } from "csv-stringify/browser/esm/sync";
import { toCell } from "../core/csv-cells.js";
import { folded } from "../data/same-name.js";
import { sharedStart } from "../data/shared-start.js";
import { REVIEW } from "../eval/conformal.js";
import { confusionMatrix } from "../eval/confusion.js";
import { type RocPoint, rocAucScore, rocCurve } from "../eval/roc.js";
import type { Noted } from "../image/notes.js";
import type { Score } from "../lib/index.js";
import type { Confusion } from "../results/metrics.js";
import type { Decided } from "./review.js";

export interface Dropped {
  file: File;
  /** Includes the folders, if they are known. */
  path: string;
}

export interface Item extends Dropped {
  score?: Score & Noted;
  error?: string;
  /** The class after which a folder of its path is named. */
  truth?: 0 | 1;
}

type Classes = readonly [negative: string, positive: string];

/** The class of the nearest folder that is named after one. */
export function truthOf(path: string, classes: Classes): 0 | 1 | undefined {
  const folders = path.split("/").slice(0, -1).reverse();
  const found = folders.map((folder) => classes.findIndex((name) => folded(name) === folded(folder)));
  return found.find((index) => index >= 0) as 0 | 1 | undefined;
}

/** Length of the folders that all paths begin with; the table omits them. */
export function sharedLength(items: readonly Item[]): number {
  const shared = sharedStart(items.map(({ path }) => path.split("/").slice(0, -1)));
  return shared.reduce((length, folder) => length + folder.length + 1, 0);
}

/** 1 above the threshold, as in `pulmo predict`. */
export const decisionOf = ({ score }: Item, threshold: number): 0 | 1 | undefined =>
  score && (score.probability > threshold ? 1 : 0);

export interface Judged {
  confusion: Confusion;
  roc: RocPoint[];
  auc: number | null;
}

/** Metrics of the items whose folder names their class; undefined if there are none. */
export function judge(items: readonly Item[], threshold: number): Judged | undefined {
  const known = items.filter(({ truth, score }) => truth !== undefined && score);
  if (known.length === 0) return undefined;
  const labels = known.map(({ truth }) => truth!);
  const logOdds = known.map(({ score }) => score!.logOdds);
  const decided = known.map((item) => decisionOf(item, threshold)!);
  const auc = rocAucScore(labels, logOdds);
  return { confusion: confusionMatrix(labels, decided), roc: auc === null ? [] : rocCurve(labels, logOdds), auc };
}

/** The same columns as `predict --csv`. `decide`: with an error rate, the decision by score. */
export function toCsv(items: readonly Item[], threshold: number, classes: Classes, decide?: (score: Score) => Decided): string {
  const rows = items.map((item) => {
    const decision = decisionOf(item, threshold);
    const { probability = "", logOdds = "" } = item.score ?? {};
    const texts = [item.path, decision === undefined ? "" : classes[decision], item.error ?? ""].map(toCell);
    const { unusual, unusualScore } = item.score ?? {};
    const found = unusual === undefined ? ["", ""] : [String(Number(unusual)), String(unusualScore)];
    const decided = decide ? [item.score ? toCell([...classes, REVIEW][decide(item.score)]) : ""] : [];
    return [texts[0], texts[1], String(probability), String(logOdds), texts[2], ...found, ...decided];
  });
  const columns = ["file", "label", "p_pneumonia", "logit", "error", "unusual", "unusual_score", ...(decide ? ["decision"] : [])];
  return stringify([columns, ...rows]);
}
