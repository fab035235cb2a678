import { trainings } from "../../settings/settings.js";
import type { Caller } from "../caller.js";
import { modelPath } from "../folder.js";
import type { RunFile } from "../run-file.js";
import { openJob, type Request } from "./job.js";
import { trainedNetwork } from "./training.js";

/** Every training of a run and nothing else; `run --resume` on its folder evaluates them later. Returns what run.json says. */
export async function trainAll(request: Request, caller: Caller): Promise<RunFile> {
  const job = await openJob(request, caller);
  const { out, file } = job;
  try {
    for (const training of trainings(file.options)) {
      if (!file.models[training.key]) await (await trainedNetwork(job, training)).pool.close();
      caller.info(`Saved: ${modelPath(out, training.key)}`);
    }
    return file;
  } finally {
    await job.close();
  }
}
