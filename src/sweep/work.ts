// One task of a sweep: started, continued, or skipped because it is done.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { readContent } from "../data/content.js";
import { manifestSha256 } from "../data/manifest.js";
import { fileSha256 } from "../formats/weights.js";
import { lockAgain } from "../node/lock.js";
import { chooseVariant, roundingOf, type Variant } from "../node/variant.js";
import { version } from "../node/version.js";
import type { Caller } from "../run/caller.js";
import { findDataset } from "../run/datasets/dataset.js";
import { makeRunFolder, RUN_FILE } from "../run/folder.js";
import { runAll } from "../run/run.js";
import type { RunFile } from "../run/run-file.js";
import type { Effort } from "../run/training/job.js";
import { NO_WEIGHTS } from "../settings/table.js";
import { isDone, markDone, requireOwnDone } from "./done.js";
import { checkName, type SweepManifest, type SweepTask, taskFolder } from "./manifest.js";
import { differenceOf } from "./task-run.js";

/** Returns whether there was anything to do. An interrupted task continues to the same bits. */
export async function workOn(
  dir: string,
  manifest: SweepManifest,
  task: SweepTask,
  effort: Effort,
  caller: Caller,
): Promise<boolean> {
  const wasm = variantFor(manifest, effort.wasm);
  if (isDone(dir, task)) {
    await requireOwnDone(dir, task);
    return false;
  }
  await requireSameImages(manifest, task, caller);
  checkName(dir, manifest, task);
  const out = taskFolder(dir, task);
  const isBegun = () => existsSync(join(out, RUN_FILE));
  // A task that has begun may no longer need the file. Otherwise it is checked again when it is read.
  if (!isBegun()) await requireSameWeights(task);
  await makeRunFolder(out);
  const lock = await lockAgain(out, caller.info);
  try {
    // Another process may have done the task, or begun it, until the lock was free.
    if (isDone(dir, task)) return false;
    const { settings, weights } = task;
    // TensorBoard shows each task as a run of its own.
    const { watch = {} } = effort;
    const tensorboard = watch.tensorboard && join(watch.tensorboard, task.name);
    const begin = { settings, weights: weights?.path ?? NO_WEIGHTS, weightsSha256: weights?.sha256 };
    const request = {
      ...effort,
      wasm,
      command: "run" as const,
      watch: { ...watch, tensorboard },
      out,
      begin: isBegun() ? undefined : begin,
      lock,
      accept: (file: RunFile) => {
        const difference = differenceOf(task, file);
        if (difference === undefined) return;
        throw new InputError(
          `${out} holds a run that is not this task (${difference}): move it to another folder, then run the task again.`,
        );
      },
    };
    await runAll(request, { plots: ["svg"] }, caller);
    await markDone(dir, task);
    return true;
  } finally {
    await lock.release();
  }
}

/** The kernels that give the planned bits. */
function variantFor({ bits, pulmo }: SweepManifest, wanted: Variant | undefined): Variant {
  if (pulmo !== version) {
    throw new InputError(
      `The sweep was planned with pulmo ${pulmo} and this is ${version}: use that version, or plan the sweep again.`,
    );
  }
  // Every machine can run the plain kernels.
  if (bits === "plain") return "simd";
  const variant = chooseVariant(wanted);
  if (roundingOf(variant) === bits) return variant;
  throw new InputError(
    `The ${variant} kernels round differently from those the sweep was planned with: use a processor with fused multiply-add and no PULMO_WASM, or plan it with PULMO_WASM=simd.`,
  );
}

async function requireSameImages(
  { manifestSha256: planned }: SweepManifest,
  { settings }: SweepTask,
  caller: Caller,
): Promise<void> {
  const { data, classes } = settings;
  const manifest = await findDataset({ data, classes, limit: undefined }, caller);
  const { images, root } = manifest;
  await readContent(manifest, caller);
  if (manifestSha256(images) !== planned) {
    throw new InputError(
      `The images in ${root} are not those that the sweep was planned with: restore those, or plan the sweep again.`,
    );
  }
}

async function requireSameWeights({ weights }: SweepTask): Promise<void> {
  if (weights === null || (await fileSha256(weights.path)) === weights.sha256) return;
  throw new InputError(
    `The weights in ${weights.path} are not those that the sweep was planned with: restore those, or plan the sweep again.`,
  );
}
