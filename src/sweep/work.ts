// One task: done, gone on with, or found done.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { manifestSha256 } from "../data/manifest.js";
import { chooseVariant } from "../node/variant.js";
import { version } from "../node/version.js";
import type { Caller } from "../run/caller.js";
import { findDataset } from "../run/datasets/dataset.js";
import { RUN_FILE } from "../run/folder.js";
import { runAll } from "../run/run.js";
import { readRunFile } from "../run/run-file.js";
import type { Effort } from "../run/training/job.js";
import { isDone, markDone } from "./done.js";
import { bitsOf, type SweepManifest, type SweepTask, taskFolder } from "./manifest.js";

/** Returns whether there was anything to do. An interrupted task goes on to the same bits. */
export async function workOn(
  dir: string,
  manifest: SweepManifest,
  task: SweepTask,
  effort: Effort,
  caller: Caller,
): Promise<boolean> {
  if (isDone(dir, task)) return false;
  requireSameBits(manifest);
  await requireSameImages(manifest, task, caller);
  const out = taskFolder(dir, task);
  const previous = existsSync(join(out, RUN_FILE)) ? await readRunFile(out) : undefined;
  const { settings, weights } = task;
  // Each task is a run of its own to TensorBoard.
  const { watch = {} } = effort;
  const tensorboard = watch.tensorboard && join(watch.tensorboard, task.name);
  const request = {
    ...effort,
    command: "run" as const,
    watch: { ...watch, tensorboard },
    out,
    settings,
    weights: weights ?? undefined,
    previous,
  };
  await runAll(request, undefined, caller);
  await markDone(dir, task);
  return true;
}

function requireSameBits({ bits, pulmo }: SweepManifest): void {
  if (pulmo !== version) {
    throw new InputError(`The sweep was planned with pulmo ${pulmo} and this is ${version}: use that one, or plan it anew.`);
  }
  // Every machine has the plain kernels.
  if (bits === "plain") process.env.PULMO_WASM = "simd";
  else if (bitsOf(chooseVariant()) !== bits) {
    throw new InputError(
      `Node ${process.version} here rounds otherwise than where the sweep was planned: use Node 24 or later, or plan it with PULMO_WASM=simd.`,
    );
  }
}

async function requireSameImages(
  { manifestSha256: planned }: SweepManifest,
  { settings }: SweepTask,
  caller: Caller,
): Promise<void> {
  const { data, classes } = settings;
  const { images, root } = await findDataset({ data, classes, limit: undefined }, caller);
  if (manifestSha256(images) !== planned) {
    throw new InputError(`The images in ${root} are not those that the sweep was planned with: put those back, or plan it anew.`);
  }
}
