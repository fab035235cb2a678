// The folder of a run: paths of its files, checks that it is free and writable.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import type { Split } from "../data/types.js";
import { makeWritableFolder, tryWritableFolder } from "../node/files.js";
import { isLock } from "../node/lock.js";
import { PROBE, removeAbandonedIn, unfinishedName } from "../node/writers.js";

export const defaultFolder = (now = new Date()): string =>
  join(
    "runs",
    now
      .toISOString()
      .replace(/\.\d+Z$/, "Z")
      .replaceAll(":", "-"),
  );

export const modelPath = (out: string, key: string): string => join(out, key, "model.safetensors");

/** The state of an unfinished training. */
export const checkpointPath = (out: string, key: string): string => join(out, key, "checkpoint.safetensors");

export const predictionsPath = (out: string, key: string, split: Split): string => join(out, key, `predictions-${split}.csv`);

export const RUN_FILE = "run.json";
/**
 * Temporary files that a killed run may leave, or that another run is about to remove. A folder with only these counts as free.
 */
const BEGINNINGS = [PROBE, RUN_FILE];
const isNothing = (name: string): boolean => isLock(name) || BEGINNINGS.includes(unfinishedName(name) ?? "");

/** Throws an InputError if the folder is not empty or not writable. Leaves nothing behind. */
export async function checkFree(out: string): Promise<void> {
  try {
    const names: string[] = await readdir(out).catch((error) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    if (names.includes(RUN_FILE)) {
      throw new InputError(`--out ${out} already holds a run: choose another folder, or continue that run with --resume ${out}.`);
    }
    if (names.some((name) => !isNothing(name)))
      throw new InputError(`--out ${out} is not empty: choose a new or an empty folder.`);
    await removeAbandonedIn(out, (name) => BEGINNINGS.includes(name));
    await tryWritableFolder(out);
  } catch (error) {
    throw unwritable(out, error as NodeJS.ErrnoException);
  }
}

/** `advice`: what the user can do if it is not writable. */
export async function makeRunFolder(out: string, advice = ANOTHER): Promise<void> {
  await makeWritableFolder(out).catch((error) => {
    throw unwritable(out, error, advice);
  });
}

const ANOTHER = "choose another folder with --out";

const unwritable = (out: string, error: NodeJS.ErrnoException, advice = ANOTHER): InputError =>
  error instanceof InputError
    ? error
    : new InputError(`The folder ${out} is not writable (${error.code ?? error.message}): ${advice}.`);
