// `import { loadModel, predictFiles } from "pulmo"` in Node.
import { readFile } from "node:fs/promises";
import { loadModel as load, type Model } from "../core/infer.js";
import { physicalCores } from "../node/cores.js";
import { SILENT } from "../run/caller.js";
import type { Outcome } from "../run/scoring/outcomes.js";
import { predictFiles as predict } from "../run/scoring/predict.js";

export type { Explanation, Model, Score } from "../core/infer.js";
export type { Pixels } from "../core/resize.js";
export type { Outcome, Prediction } from "../run/scoring/outcomes.js";

/** A model of `pulmo export --format pulmo`, as bytes: one thread, any pixels, the same bits as in every runtime. */
export async function loadModel(file: Uint8Array): Promise<Model> {
  return load(await readFile(new URL("../core/pulmo-infer.wasm", import.meta.url)), file);
}

export interface PredictFilesOptions {
  /** A model.safetensors or a .pth, or a run's folder of the former. */
  checkpoint: string;
  /** Worker threads; else the physical cores. */
  threads?: number;
  /** The positive class is said above this probability; else the model's own. */
  threshold?: number;
}

/**
 * The score of every JPEG, PNG or DICOM file, or why there is none, in their order; decoded ahead of the network, which runs on
 * worker threads. An Error where the checkpoint is not usable, or the only file is not.
 */
export async function predictFiles(files: string[], options: PredictFilesOptions): Promise<Outcome[]> {
  const { checkpoint, threads = physicalCores(), threshold } = options;
  const outcomes: Outcome[] = [];
  const sink = { write: (outcome: Outcome) => void outcomes.push(outcome), ready: async () => {} };
  const asked = { checkpoint: { checkpoint }, files, threads, threshold, dicomTags: false, portable: false };
  if (files.length > 0) await predict(asked, sink, SILENT);
  return outcomes;
}
