// Free disk space: checked before a run, awaited if the disk becomes full during a run.
import { statfs } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { InputError } from "../../core/errors.js";
import { countParameters } from "../../core/parameters.js";
import { lacksSpace, nearestFolder } from "../../node/files.js";
import { type Settings, trainings } from "../../settings/settings.js";
import type { Caller } from "../caller.js";
import type { RunFile } from "../run-file.js";
import type { Plans } from "./networks.js";

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;

/**
 * Bytes that the remaining trainings will write: every model, and one checkpoint of the largest, which takes three times its
 * size.
 */
export function bytesToWrite(settings: Settings, done: RunFile["models"], plans: Plans): number {
  const sizes = trainings(settings)
    .filter(({ key }) => !done[key])
    .map(({ model }) => 4 * countParameters(plans.get(model)!.program.store));
  return sizes.reduce((sum, bytes) => sum + bytes, 0) + 3 * Math.max(0, ...sizes);
}

/** Throws an InputError if the disk has fewer bytes free. The folder need not exist yet. */
export async function checkRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(await nearestFolder(folder));
  if (bavail * bsize >= bytes) return;
  throw new InputError(
    `The run needs ${mebibytes(bytes)} in ${folder}, but only ${mebibytes(bavail * bsize)} are free: free some space, or choose another folder with --out.`,
  );
}

/** Milliseconds between two attempts, and the time limit if nobody watches. */
const PAUSE = 5000;
const PATIENCE = 600_000;

interface Persistence {
  pause?: number;
  patience?: number;
  /** Tried if the disk is full. If it has no space either, `persist` waits. */
  elsewhere?: (() => Promise<void>) | undefined;
}

/** Runs `work`, which writes into `folder`. While the disk is full, the result stays in memory and `work` is repeated. */
export async function persist(
  folder: string,
  caller: Caller,
  write: () => Promise<void>,
  { pause = PAUSE, patience = caller.interactive ? Infinity : PATIENCE, elsewhere }: Persistence = {},
): Promise<void> {
  const begun = performance.now();
  for (let told = false; ; told = true) {
    if (await roomFor(write)) {
      if (told) caller.warn("The disk has space again: saved.");
      return;
    }
    if (elsewhere && (await roomFor(elsewhere))) return;
    if (performance.now() - begun > patience || (told && caller.signal?.aborted)) {
      throw new InputError(
        `The disk of ${folder} is full and the training since the last checkpoint is lost: free some space, then resume the run.`,
      );
    }
    if (!told) caller.warn(`The disk of ${folder} is full: free some space. No data is lost; pulmo keeps trying to save.`);
    await setTimeout(pause);
  }
}

async function roomFor(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (lacksSpace(error as Error)) return false;
    throw error;
  }
}
