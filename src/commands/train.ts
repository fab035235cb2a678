import { join } from "node:path";
import { openJob, type JobOptions } from "./job.js";
import { trainedNetwork } from "./trainModel.js";

/** `train`: trains the models and saves them. `run --resume` on its folder evaluates them later. */
export async function train(given: JobOptions): Promise<void> {
  const job = await openJob("train", given);
  const { out, file, terminal, dataset } = job;
  try {
    for (const name of file.options.models) {
      if (!file.models[name]) await (await trainedNetwork(job, name)).pool.close();
      terminal.say(`Saved: ${join(out, name, "model.safetensors")}`);
    }
    if (given.json) {
      const models = Object.fromEntries(file.options.models.map((name) => {
        const { params, trainSeconds, epochs } = file.models[name];
        return [name, { params, trainSeconds, epochs }];
      }));
      process.stdout.write(`${JSON.stringify({ out, models })}\n`);
    }
  } finally {
    await dataset.pixels.close();
  }
}
