// `import { predictFiles } from "pulmo/train"`: what needs sharp and worker threads. node.ts loads it when it is first called.
import { physicalCores } from "../node/cores.js";
import type { Outcome } from "../run/scoring/outcomes.js";
import { predictFiles as predict } from "../run/scoring/predict.js";
import { createTerminal } from "../run/terminal.js";

export type { Outcome, Prediction } from "../run/scoring/outcomes.js";

export interface PredictFilesOptions {
  /** A model.safetensors, a .pth, or the folder of a run's model. */
  checkpoint: string;
  /** Worker threads (default: the physical cores). */
  threads?: number;
  /** Decision threshold: the positive class is the label above this probability (default: the model's). */
  threshold?: number;
}

/**
 * An outcome per JPEG, PNG or DICOM file, in their order: a score, or why the file cannot be read. Decodes ahead of the network,
 * which runs on worker threads. Throws an Error if the checkpoint is not usable, or if the only file cannot be read.
 */
export async function predictFiles(files: string[], options: PredictFilesOptions): Promise<Outcome[]> {
  const { checkpoint, threads = physicalCores(), threshold } = options;
  const outcomes: Outcome[] = [];
  const sink = { write: (outcome: Outcome) => void outcomes.push(outcome), ready: async () => {} };
  const asked = { checkpoint: { checkpoint }, files, threads, threshold, dicomTags: false, portable: false };
  // Unreadable files are among the outcomes: no message is needed.
  const silent = { ...createTerminal(true), warn() {} };
  if (files.length > 0) await predict(asked, sink, silent);
  return outcomes;
}
