/** The shape of metrics.json: the report's only source. Others parse it; change it only by adding. */
export interface RunResults {
  schema: 1;
  dataset: DatasetFacts;
  environment: EnvironmentFacts;
  settings: RunSettings;
  models: Record<string, ModelResults>;
}

export interface DatasetFacts {
  root: string;
  synthetic: boolean;
  /** Images used, by split and class, after --limit and after leaving out unreadable files. */
  counts: Record<"train" | "val" | "test", { NORMAL: number; PNEUMONIA: number }>;
  /** The published dataset's counts, for comparison. */
  published: Record<"train" | "val" | "test", { NORMAL: number; PNEUMONIA: number }>;
  /** True when counts equal the published ones. */
  matchesPublished: boolean;
  imageSize: number;
  limit: number | null;
  unreadable: { file: string; reason: string }[];
  notes: string[];
  /** SHA-256 over the sorted lines "file bytes\n" of the files used. */
  manifestSha256: string;
}

export interface EnvironmentFacts {
  pulmo: string;
  node: string;
  platform: string;
  cpu: string;
  physicalCores: number;
  memoryGiB: number;
  threads: number;
  /** simd, relaxed or revec */
  wasm: string;
}

export interface RunSettings {
  recipe: string;
  epochs: number;
  batchSize: number;
  lr: number;
  seed: number;
  weights: string | null;
  /** UTC, ISO 8601. */
  startedAt: string;
  finishedAt: string;
  /** What was typed. */
  command: string;
}

export interface ModelResults {
  /** Trainable parameters. */
  params: number;
  /** "scratch" or a description of the weights it started from. */
  init: string;
  trainSeconds: number;
  epochs: { loss: number; accuracy: number; seconds: number }[];
  val: SplitMetrics;
  test: SplitMetrics;
}

export interface ClassMetrics {
  precision: number;
  recall: number;
  f1: number;
  support: number;
}

export interface SplitMetrics {
  n: number;
  accuracy: number;
  /** null where a class is absent: the area is then undefined. */
  auc: number | null;
  /** [[TN, FP], [FN, TP]] at p >= 0.5 (argmax of the two logits). */
  confusion: [[number, number], [number, number]];
  perClass: { NORMAL: ClassMetrics; PNEUMONIA: ClassMetrics };
  macro: ClassMetrics;
  weighted: ClassMetrics;
  /** As sklearn.metrics.roc_curve: decreasing thresholds, the first one Infinity written as null. */
  roc: { fpr: number; tpr: number; threshold: number | null }[];
}
