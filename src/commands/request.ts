// From the options of `run` and `train` to a request.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { settingsHost } from "../run/datasets/fetched-data.js";
import { defaultFolder, RUN_FILE } from "../run/folder.js";
import { readRunFile } from "../run/run-file.js";
import type { Effort, Request } from "../run/training/job.js";
import { type GivenSettings, refuseChanges, resolveSettings } from "../settings/resolve.js";
import { shellWord } from "../settings/shell.js";
import type { EFFORT, Given } from "../settings/table.js";
import { type Cli, defaultThreads } from "./context.js";

export const effortOf = (given: Given<typeof EFFORT>, { wasm }: Cli): Effort => ({
  threads: given.threads ?? defaultThreads(),
  wasm,
  saveEvery: given.saveEvery,
  spare: given.spare,
  watch: { metricsFile: given.metricsFile, tensorboard: given.tensorboard },
});

/** With `resume`, its folder's run goes on; nothing that would change its settings may be given. */
export async function requestOf(
  command: "run" | "train",
  given: GivenSettings,
  resume: string | undefined,
  cli: Cli,
): Promise<Request> {
  const { out = defaultFolder(), weights } = given;
  const how = { command, ...effortOf(given, cli) };
  if (resume === undefined)
    return adviseToResume({ ...how, out, settings: resolveSettings(given, settingsHost()), weights }, cli);
  refuseChanges(resume, given);
  const previous = await readRunFile(resume);
  return adviseToResume({ ...how, out: resume, settings: previous.options, previous }, cli);
}

/** From now on, an interruption's message says how to continue, once there is something to continue. */
function adviseToResume(request: Request, { advise, program }: Cli): Request {
  const { command, out } = request;
  advise(() => (existsSync(join(out, RUN_FILE)) ? `Continue with: ${program} ${command} --resume ${shellWord(out)}` : ""));
  return request;
}
