import { openJob, type JobOptions } from "./job.js";
import { modelPath, trainings } from "./run-folder.js";
import { trainedNetwork } from "./train-model.js";

/** `train`: trains the models and saves them. `run --resume` on its folder evaluates them later. */
export async function train(given: JobOptions): Promise<void> {
  const job = await openJob("train", given);
  const { out, file, terminal, dataset } = job;
  try {
    const all = trainings(file.options);
    for (const training of all) {
      const { key } = training;
      if (!file.models[key]) await (await trainedNetwork(job, training)).pool.close();
      terminal.say(`Saved: ${modelPath(out, key)}`);
    }
    if (given.json) {
      const models = Object.fromEntries(all.map(({ key }) => {
        const { params, trainSeconds, epochs } = file.models[key];
        return [key, { params, trainSeconds, epochs }];
      }));
      process.stdout.write(`${JSON.stringify({ out, models })}\n`);
    }
  } finally {
    await dataset.pixels.close();
  }
}
