import { CLASSES } from "../data/types.js";
import { openCheckpoint } from "../run/checkpoint.js";
import { readImages } from "../run/images.js";
import { evaluate } from "../train/evaluate.js";

interface PredictArguments {
  checkpoint: string;
  image: string[];
  threads: number;
  json: boolean;
}

/** `predict`: probability of pneumonia for each image file. */
export async function predict({ checkpoint, image: files, threads, json }: PredictArguments): Promise<void> {
  const images = await readImages(files);
  const network = await openCheckpoint(checkpoint, threads);
  try {
    const p = await evaluate(network, images);
    const rows = files.map((file, i) => ({ file, pPneumonia: p[i], label: CLASSES[p[i] > 0.5 ? 1 : 0] }));
    if (json) process.stdout.write(`${JSON.stringify(rows)}\n`);
    else for (const row of rows) process.stdout.write(`${row.pPneumonia.toFixed(4)}  ${row.label.padEnd(9)}  ${row.file}\n`);
  } finally {
    await network.pool.close();
  }
}
