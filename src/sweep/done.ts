// done.json, written when a task is finished: the hashes of its files, so that `gather` notices files that were changed or lost.
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { InputError } from "../core/errors.js";
import { hashOfFile, writeFileAtomic } from "../node/files.js";
import { readIfValid } from "../node/read-checked.js";
import { modelPath, predictionsPath, RUN_FILE } from "../run/folder.js";
import { trainings } from "../settings/settings.js";
import { type SweepTask, taskFolder } from "./manifest.js";

const DONE = "done.json";
const MAX_BYTES = 2 ** 20;
/** `files`: SHA-256 by path. */
const schema = v.object({ name: v.string(), files: v.record(v.string(), v.string()) });

export const isDone = (dir: string, task: SweepTask): boolean => existsSync(join(taskFolder(dir, task), DONE));

/** Within the task's folder. */
function filesOf({ settings }: SweepTask): string[] {
  const [{ key }] = trainings(settings);
  return [RUN_FILE, "metrics.json", predictionsPath("", key, "val"), predictionsPath("", key, "test"), modelPath("", key)];
}

const hashes = async (folder: string, files: string[]): Promise<Record<string, string>> =>
  Object.fromEntries(await Promise.all(files.map(async (file) => [file, await hashOfFile(join(folder, file))] as const)));

export async function markDone(dir: string, task: SweepTask): Promise<void> {
  const folder = taskFolder(dir, task);
  const done: v.InferOutput<typeof schema> = { name: task.name, files: await hashes(folder, filesOf(task)) };
  await writeFileAtomic(join(folder, DONE), `${JSON.stringify(done, null, 1)}\n`);
}

const readDone = async (dir: string, task: SweepTask) => {
  const done = await readIfValid(join(taskFolder(dir, task), DONE), schema, MAX_BYTES);
  return done?.name === task.name ? done : undefined;
};

/** Throws an InputError if done.json is damaged, or was copied from another task. */
export async function requireOwnDone(dir: string, task: SweepTask): Promise<void> {
  if (await readDone(dir, task)) return;
  const folder = taskFolder(dir, task);
  throw new InputError(
    `${join(folder, DONE)} is damaged or belongs to another task: move ${folder} elsewhere, then run the task again.`,
  );
}

/** What is wrong with the files of a finished task; undefined: nothing. */
export async function faultOf(dir: string, task: SweepTask): Promise<string | undefined> {
  const folder = taskFolder(dir, task);
  if (!isDone(dir, task)) return "is not done";
  const done = await readDone(dir, task);
  if (!done) return `has a ${DONE} that is damaged or belongs to another task`;
  for (const file of filesOf(task)) {
    const now = await hashOfFile(join(folder, file)).catch(() => undefined);
    if (now === undefined) return `has no ${file}`;
    if (now !== done.files[file]) return `has a ${file} that was changed since`;
  }
  return undefined;
}
