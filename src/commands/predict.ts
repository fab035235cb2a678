import { CLASSES } from "../data/types.js";
import { evaluateFiles } from "../run/evaluation.js";
import { type CheckpointArguments, checkpointOf } from "./preprocessing.js";

interface PredictArguments extends CheckpointArguments {
  image: string[];
  threads: number;
  json: boolean;
}

/** `predict`: probability of pneumonia for each image file. */
export async function predict(typed: PredictArguments): Promise<void> {
  const { image: files, threads, json } = typed;
  const scores = await evaluateFiles(checkpointOf(typed), files, threads);
  const rows = files.map((file, i) => ({ file, ...scores[i], label: CLASSES[scores[i].label] }));
  if (json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else for (const row of rows) process.stdout.write(`${row.pPneumonia.toFixed(4)}  ${row.label.padEnd(9)}  ${row.file}\n`);
}
