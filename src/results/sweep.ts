// What a sweep came to: a row for every combination of values, over its seeds and folds.

/** Mean and standard deviation (with n - 1; null of one value). */
export interface Spread {
  mean: number;
  deviation: number | null;
}

export interface SweepRow {
  /** Of the options that differ, by their names. */
  values: Record<string, string | number>;
  /** Trainings: seeds times folds. */
  count: number;
  /** AUC on the validation images, those of the fold where there are folds; null where a class is missing. */
  validationAuc: Spread | null;
  test: Record<"auc" | "accuracy" | "recall" | "specificity", Spread | null>;
  /** The mean log-odds of all its trainings, as one model. */
  together: { auc: number | null; interval: [number, number] | null };
  /** Its AUC together less the chosen row's: DeLong, with Holm's correction for all rows; null for the chosen row itself. */
  difference: { auc: number; interval: [number, number]; pValue: number; corrected: number } | null;
  seconds: Spread;
}

export interface SweepResults {
  varied: string[];
  folds: number | null;
  seeds: number[];
  /** What the rows are ordered by, best first: the first one is the chosen row. */
  chosenBy: "validation" | "test";
  testImages: number;
  rows: SweepRow[];
  pulmo: string;
  manifestSha256: string;
  synthetic: boolean;
  sample: boolean;
}
