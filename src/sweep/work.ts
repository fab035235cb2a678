// One task: done, gone on with, or found done.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { manifestSha256 } from "../data/manifest.js";
import { chooseVariant } from "../node/variant.js";
import { version } from "../node/version.js";
import { findDataset } from "../run/datasets/dataset.js";
import { RUN_FILE } from "../run/folder.js";
import { advise } from "../run/interrupt.js";
import { PROGRAM, quoted } from "../run/program.js";
import { runAll } from "../run/run.js";
import { readRunFile } from "../run/run-file.js";
import type { Terminal } from "../run/terminal.js";
import type { Effort } from "../run/training/job.js";
import { isDone, markDone } from "./done.js";
import { bitsOf, type SweepManifest, type SweepTask, taskFolder } from "./manifest.js";

/** Returns whether there was anything to do. An interrupted task goes on to the same bits. */
export async function workOn(
  dir: string,
  manifest: SweepManifest,
  task: SweepTask,
  effort: Effort,
  terminal: Terminal,
): Promise<boolean> {
  if (isDone(dir, task)) return false;
  requireSameBits(manifest);
  await requireSameImages(manifest, task, terminal);
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
  await runAll(request, undefined, terminal);
  await markDone(dir, task);
  // What was advised is about this task.
  advise(`Go on with: ${PROGRAM} sweep run ${quoted(dir)}`);
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
  terminal: Terminal,
): Promise<void> {
  const { data, classes } = settings;
  const { images, root } = await findDataset({ data, classes, limit: undefined }, terminal);
  if (manifestSha256(images) !== planned) {
    throw new InputError(`The images in ${root} are not those that the sweep was planned with: put those back, or plan it anew.`);
  }
}
