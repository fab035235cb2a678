import { CLASSES } from "../data/types.js";
import { evaluateFiles } from "../run/evaluation.js";

interface PredictArguments {
  checkpoint: string;
  image: string[];
  threads: number;
  json: boolean;
}

/** `predict`: probability of pneumonia for each image file. */
export async function predict({ checkpoint, image: files, threads, json }: PredictArguments): Promise<void> {
  const scores = await evaluateFiles(checkpoint, files, threads);
  const rows = files.map((file, i) => ({ file, ...scores[i], label: CLASSES[scores[i].logit > 0 ? 1 : 0] }));
  if (json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else for (const row of rows) process.stdout.write(`${row.pPneumonia.toFixed(4)}  ${row.label.padEnd(9)}  ${row.file}\n`);
}
