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
  const p = await evaluateFiles(checkpoint, files, threads);
  const rows = files.map((file, i) => ({ file, pPneumonia: p[i], label: CLASSES[p[i] > 0.5 ? 1 : 0] }));
  if (json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else for (const row of rows) process.stdout.write(`${row.pPneumonia.toFixed(4)}  ${row.label.padEnd(9)}  ${row.file}\n`);
}
