// One task of a sweep: started, continued, or skipped because it is done.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { readContent } from "../data/content.js";
import { manifestSha256 } from "../data/manifest.js";
import { chooseVariant, type Variant } from "../node/variant.js";
import { version } from "../node/version.js";
import type { Caller } from "../run/caller.js";
import { findDataset } from "../run/datasets/dataset.js";
import { RUN_FILE } from "../run/folder.js";
import { runAll } from "../run/run.js";
import { readRunFile } from "../run/run-file.js";
import type { Effort } from "../run/training/job.js";
import { isDone, markDone } from "./done.js";
import { bitsOf, type SweepManifest, type SweepTask, taskFolder } from "./manifest.js";

/** Returns whether there was anything to do. An interrupted task continues to the same bits. */
export async function workOn(
  dir: string,
  manifest: SweepManifest,
  task: SweepTask,
  effort: Effort,
  caller: Caller,
): Promise<boolean> {
  if (isDone(dir, task)) return false;
  const wasm = variantFor(manifest, effort.wasm);
  await requireSameImages(manifest, task, caller);
  const out = taskFolder(dir, task);
  const previous = existsSync(join(out, RUN_FILE)) ? await readRunFile(out) : undefined;
  const { settings, weights } = task;
  // TensorBoard shows each task as a run of its own.
  const { watch = {} } = effort;
  const tensorboard = watch.tensorboard && join(watch.tensorboard, task.name);
  const request = {
    ...effort,
    wasm,
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
  if (bitsOf(variant) === bits) return variant;
  throw new InputError(
    `Node ${process.version} rounds differently here than where the sweep was planned: use Node 24 or later, or plan it with PULMO_WASM=simd.`,
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
