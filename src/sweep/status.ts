// The progress of a sweep, read from its folder: any machine that mounts it can ask.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readBounded } from "../node/files.js";
import { holderOfFolder } from "../node/lock.js";
import { RUN_FILE } from "../run/folder.js";
import { trainings } from "../settings/settings.js";
import { isDone } from "./done.js";
import { type SweepManifest, type SweepTask, taskFolder } from "./manifest.js";

export type TaskState = "done" | "running" | "interrupted" | "waiting";

export interface TaskStatus {
  task: SweepTask;
  state: TaskState;
  /** Finished epochs, of `settings.epochs`. */
  epochs: number;
  /** The process that runs it. */
  by?: string;
}

/** An epoch's line has about 200 bytes, and a training has at most 10,000 of them. */
const MAX_HISTORY = 64 * 2 ** 20;

export const statusOf = (dir: string, { tasks }: SweepManifest): Promise<TaskStatus[]> =>
  Promise.all(tasks.map((task) => statusOfTask(dir, task)));

async function statusOfTask(dir: string, task: SweepTask): Promise<TaskStatus> {
  if (isDone(dir, task)) return { task, state: "done", epochs: task.settings.epochs };
  const folder = taskFolder(dir, task);
  if (!existsSync(join(folder, RUN_FILE))) return { task, state: "waiting", epochs: 0 };
  const [{ key }] = trainings(task.settings);
  // One line per finished epoch.
  const history = await readBounded(join(folder, key, "history.jsonl"), MAX_HISTORY).catch(() => "");
  const epochs = history.toString().split("\n").filter(Boolean).length;
  const by = await holderOfFolder(folder);
  return by === undefined ? { task, state: "interrupted", epochs } : { task, state: "running", epochs, by };
}
