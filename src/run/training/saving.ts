// Stores a training: its checkpoint is in the run's folder or, while that disk is full, in the spare folder (--spare).
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../../core/errors.js";
import { makeWritableFolder } from "../../node/files.js";
import { removeAbandoned, removeAbandonedIn } from "../../node/writers.js";
import { checkpointPath } from "../folder.js";
import { runIdOf } from "../run-file.js";
import { persist } from "./disk.js";
import type { Job } from "./job.js";

type Write = (path: string) => Promise<void>;

export interface Saving {
  /** Path of an existing checkpoint; undefined: none. */
  begun: string | undefined;
  /** Saves the state of the training. `write` writes it to a path. */
  training(write: Write): Promise<void>;
  /** Saves the result. If the disk is full, saves the whole training in the spare folder and throws an InputError. */
  result(write: () => Promise<void>, training: Write): Promise<void>;
  /** Writes a file that can also be written later. */
  byTheWay(write: () => Promise<void>): Promise<void>;
}

export async function openSaving(job: Job, key: string): Promise<Saving> {
  const { out, lock, caller, spare: folder } = job;
  const checkpoint = checkpointPath(out, key);
  const spare = folder === undefined ? undefined : sparePath(job, folder, key);
  // A save into the run's folder removes the spare checkpoint. If the spare one exists, it is therefore the newer one.
  const places = spare === undefined ? [checkpoint] : [spare, checkpoint];
  // A run killed during a save leaves a temporary file of up to 900 MB.
  await removeAbandonedIn(dirname(checkpoint), () => true, true);
  if (spare !== undefined) await removeAbandoned(spare);
  const begun = places.find((path) => existsSync(path));
  // Undefined if there is no spare folder.
  const inSpare = (work: (path: string) => Promise<void>) =>
    spare === undefined
      ? undefined
      : async () => {
          // The spare folder is not locked itself.
          await lock.check();
          await work(spare);
        };
  return {
    begun,
    async training(write) {
      const inPlace = async () => {
        await write(checkpoint);
        if (spare) await rm(spare, { force: true });
      };
      await persist(out, caller, inPlace, { elsewhere: inSpare((path) => writeInto(job, path, write)) });
    },
    async result(write, training) {
      const elsewhere = inSpare(async (path) => {
        await training(path);
        throw new InputError(
          `The disk of ${out} is full and the completed training is saved in ${path}: free some space, then resume the run.`,
        );
      });
      await persist(out, caller, write, { elsewhere });
      for (const path of places) await rm(path, { force: true });
    },
    byTheWay: (write) => persist(out, caller, write, { elsewhere: inSpare(async () => {}) }),
  };
}

async function writeInto({ out, caller }: Job, spare: string, write: Write): Promise<void> {
  const again = existsSync(spare);
  await write(spare);
  if (!again) caller.warn(`The disk of ${out} is full: free some space. The training continues and is saved in ${spare}.`);
}

/** A name per run, because several runs may share a spare folder. */
function sparePath({ out, file }: Job, folder: string, key: string): string {
  return join(
    folder,
    `${basename(resolve(out))}-${runIdOf(file).slice(0, 12)}-${key.replaceAll("/", "-")}.checkpoint.safetensors`,
  );
}

/** Throws an InputError if the folder is not writable. */
export async function checkSpare(folder: string): Promise<void> {
  await makeWritableFolder(folder).catch((error) => {
    throw new InputError(`--spare ${folder} is not writable (${error.code ?? error.message}): choose another folder.`);
  });
}
