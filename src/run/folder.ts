// The folder of a run: where its files lie, whether it is free, whether it can be written.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import type { Split } from "../data/types.js";
import { makeWritableFolder, PROBE, tryWritableFolder } from "../node/files.js";
import { isLock } from "../node/lock.js";
import { removeAbandonedIn, unfinishedName } from "../node/writers.js";

export const defaultFolder = (now = new Date()): string =>
  join(
    "runs",
    now
      .toISOString()
      .replace(/\.\d+Z$/, "Z")
      .replaceAll(":", "-"),
  );

export const modelPath = (out: string, key: string): string => join(out, key, "model.safetensors");

/** An unfinished training. */
export const checkpointPath = (out: string, key: string): string => join(out, key, "checkpoint.safetensors");

export const predictionsPath = (out: string, key: string, split: Split): string => join(out, key, `predictions-${split}.csv`);

export const RUN_FILE = "run.json";
/** What a run leaves in its folder when it is killed before anything is worth keeping, or another one is about to take away. */
const BEGINNINGS = [PROBE, RUN_FILE];
const isNothing = (name: string): boolean => isLock(name) || BEGINNINGS.includes(unfinishedName(name) ?? "");

/** Refuses a folder that holds anything or cannot be written; leaves no trace. */
export async function checkFree(out: string): Promise<void> {
  try {
    const names: string[] = await readdir(out).catch((error) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    if (names.includes(RUN_FILE)) {
      throw new InputError(`--out ${out} already holds a run: choose another folder, or go on with that run by --resume ${out}.`);
    }
    if (names.some((name) => !isNothing(name)))
      throw new InputError(`--out ${out} is not empty: choose a new or an empty folder.`);
    await removeAbandonedIn(out, (name) => BEGINNINGS.includes(name));
    await tryWritableFolder(out);
  } catch (error) {
    throw error instanceof InputError ? error : unwritable(out, error as NodeJS.ErrnoException);
  }
}

export async function makeRunFolder(out: string): Promise<void> {
  await makeWritableFolder(out).catch((error) => {
    throw unwritable(out, error);
  });
}

const unwritable = (out: string, error: NodeJS.ErrnoException): InputError =>
  new InputError(`The folder ${out} cannot be written to (${error.code ?? error.message}): choose another with --out.`);
