// Room on the disk: looked at before a run, and waited for where it ends in the middle of one.
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

/** What the trainings that are left will write: every model, and the largest one's unfinished training, of three times its size. */
export function bytesToWrite(settings: Settings, done: RunFile["models"], plans: Plans): number {
  const sizes = trainings(settings)
    .filter(({ key }) => !done[key])
    .map(({ model }) => 4 * countParameters(plans.get(model)!.program.store));
  return sizes.reduce((sum, bytes) => sum + bytes, 0) + 3 * Math.max(0, ...sizes);
}

/** Throws an InputError where the disk of the folder, which need not be there yet, has not so many bytes free. */
export async function checkRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(await nearestFolder(folder));
  if (bavail * bsize >= bytes) return;
  throw new InputError(
    `The run will write ${mebibytes(bytes)} into ${folder}, and ${mebibytes(bavail * bsize)} are free there: free some space, or choose another folder with --out.`,
  );
}

/** Milliseconds between two attempts, and until the work is given up where nobody watches. */
const PAUSE = 5000;
const PATIENCE = 600_000;

interface Persistence {
  pause?: number;
  patience?: number;
  /** What is done instead where the disk is full; where there is no room either it is waited for. */
  elsewhere?: (() => Promise<void>) | undefined;
}

/** Does what writes into `folder`; while the disk is full the result stays in memory, and it is tried again. */
export async function persist(
  folder: string,
  caller: Caller,
  write: () => Promise<void>,
  { pause = PAUSE, patience = caller.interactive ? Infinity : PATIENCE, elsewhere }: Persistence = {},
): Promise<void> {
  const begun = performance.now();
  for (let told = false; ; told = true) {
    if (await roomFor(write)) {
      if (told) caller.warn("The disk has room again: saved.");
      return;
    }
    if (elsewhere && (await roomFor(elsewhere))) return;
    if (performance.now() - begun > patience || (told && caller.signal?.aborted)) {
      throw new InputError(`The disk of ${folder} is full: what was trained since the last checkpoint is lost. Free some space.`);
    }
    if (!told) caller.warn(`The disk of ${folder} is full: free some space. Nothing is lost: pulmo tries again until then.`);
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
