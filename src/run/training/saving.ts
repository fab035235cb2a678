// Where a training is kept: its checkpoint in the run's folder or, while that one's disk is full, in the spare folder (--spare).
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { InputError } from "../../core/errors.js";
import { makeWritableFolder } from "../../node/files.js";
import { removeAbandoned } from "../../node/writers.js";
import { checkpointPath } from "../folder.js";
import { persist } from "./disk.js";
import type { Job } from "./job.js";

type Write = (path: string) => Promise<void>;

export interface Saving {
  /** The unfinished training that lies there; undefined: none. */
  begun: string | undefined;
  /** Keeps the training as it stands, which `write` writes to a path. */
  training(write: Write): Promise<void>;
  /** Writes the result. Where it finds no room the whole training is kept in the spare folder, and an InputError says so. */
  result(write: () => Promise<void>, training: Write): Promise<void>;
  /** Writes what can be written later too. */
  byTheWay(write: () => Promise<void>): Promise<void>;
}

export async function openSaving(job: Job, key: string): Promise<Saving> {
  const { out, caller, spare: folder } = job;
  const checkpoint = checkpointPath(out, key);
  const spare = folder === undefined ? undefined : sparePath(job, folder, key);
  // The spare one goes with the next save into the run's own folder: where it is there, it is the later one.
  const places = spare === undefined ? [checkpoint] : [spare, checkpoint];
  // A run that was killed while it saved may end without saving again: what it left, up to 900 MB, goes here.
  for (const path of places) await removeAbandoned(path);
  const begun = places.find((path) => existsSync(path));
  // Where there is no spare folder, what is done in it is undefined.
  const inSpare = (work: (path: string) => Promise<void>) => (spare === undefined ? undefined : () => work(spare));
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
          `The disk of ${out} is full: the completed training is kept in ${path}. Free some space, then resume the run.`,
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
  if (!again) caller.warn(`The disk of ${out} is full: the training goes on and is saved in ${spare}. Free some space.`);
}

/** One name for one run: those of many may lie in one folder. */
function sparePath({ out, file }: Job, folder: string, key: string): string {
  const run = createHash("sha256").update(`${file.startedAt} ${file.manifestSha256}`).digest("hex");
  return join(folder, `${basename(resolve(out))}-${run.slice(0, 12)}-${key.replaceAll("/", "-")}.checkpoint.safetensors`);
}

/** Throws an InputError where the folder cannot be written. */
export async function checkSpare(folder: string): Promise<void> {
  await makeWritableFolder(folder).catch((error) => {
    throw new InputError(`--spare ${folder} cannot be written to (${error.code ?? error.message}): choose another folder.`);
  });
}
