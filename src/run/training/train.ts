import { terminalWords } from "../../report/text/terminal.js";
import { trainings } from "../../settings/settings.js";
import type { Caller } from "../caller.js";
import { modelPath } from "../folder.js";
import type { RunFile } from "../run-file.js";
import { openJob, type Request } from "./job.js";
import { trainedNetwork } from "./training.js";

/** Runs all trainings without evaluation. `run --resume` evaluates them later. Returns the content of run.json. */
export async function trainAll(request: Request, caller: Caller): Promise<RunFile> {
  const job = await openJob(request, caller);
  const { out, file } = job;
  try {
    for (const training of trainings(file.options)) {
      if (!file.models[training.key]) await (await trainedNetwork(job, training)).pool.close();
      caller.info(terminalWords(caller.language).saved(modelPath(out, training.key)));
    }
    return file;
  } finally {
    await job.close();
  }
}
