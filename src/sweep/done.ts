// What a finished task leaves beside its run: the hashes of its files, so that gathering notices what was changed or lost.
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { hashOfFile, readBounded, writeFileAtomic } from "../node/files.js";
import { modelPath, predictionsPath } from "../run/folder.js";
import { trainings } from "../settings/settings.js";
import { type SweepTask, taskFolder } from "./manifest.js";

const DONE = "done.json";
const MAX_BYTES = 2 ** 20;
const schema = v.object({ name: v.string(), files: v.record(v.string(), v.string()) });

export const isDone = (dir: string, task: SweepTask): boolean => existsSync(join(taskFolder(dir, task), DONE));

/** Within the task's folder. */
function filesOf({ settings }: SweepTask): string[] {
  const [{ key }] = trainings(settings);
  return ["metrics.json", predictionsPath("", key, "val"), predictionsPath("", key, "test"), modelPath("", key)];
}

const hashes = async (folder: string, files: string[]): Promise<Record<string, string>> =>
  Object.fromEntries(await Promise.all(files.map(async (file) => [file, await hashOfFile(join(folder, file))] as const)));

export async function markDone(dir: string, task: SweepTask): Promise<void> {
  const folder = taskFolder(dir, task);
  const done = { name: task.name, files: await hashes(folder, filesOf(task)) };
  await writeFileAtomic(join(folder, DONE), `${JSON.stringify(done, null, 1)}\n`);
}

/** What is wrong with a finished task's files; undefined: nothing. */
export async function faultOf(dir: string, task: SweepTask): Promise<string | undefined> {
  const folder = taskFolder(dir, task);
  const bytes = await readBounded(join(folder, DONE), MAX_BYTES).catch(() => undefined);
  if (!bytes) return "is not done";
  const found = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), bytes.toString("utf8"));
  if (!found.success || found.output.name !== task.name) return `has a ${DONE} of something else`;
  for (const file of filesOf(task)) {
    const now = await hashOfFile(join(folder, file)).catch(() => undefined);
    if (now === undefined) return `lacks ${file}`;
    if (now !== found.output.files[file]) return `has another ${file} than it was done with`;
  }
  return undefined;
}
