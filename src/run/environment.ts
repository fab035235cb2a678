// Facts about the machine and the command, for metrics.json.
import { totalmem } from "node:os";
import { cpuModel, physicalCores } from "../node/cores.js";
import { version } from "../node/version.js";
import type { EnvironmentFacts, RunSettings } from "../results/metrics.js";
import { DEFAULTS, recipeOf, SMALL_SIZE } from "../settings/recipes.js";
import { wordsOf } from "../settings/resolve.js";
import { typedWords } from "../settings/shell.js";
import { recordedPath } from "./recorded-path.js";
import type { RunFile } from "./run-file.js";

export function environment(threads: number, wasm: string): EnvironmentFacts {
  return {
    pulmo: version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpuModel(),
    physicalCores: physicalCores(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    threads,
    wasm,
  };
}

export function settings({ options, startedAt, finished, continued }: RunFile, threads: number): RunSettings {
  const {
    recipe = DEFAULTS.recipe,
    epochs,
    smallEpochs,
    batchSize,
    lr,
    seed,
    seeds,
    valSplit,
    targetRecall,
    weights,
    hidden,
  } = options;
  const own = recipeOf(recipe);
  const whole =
    epochs === own.epochs &&
    (smallEpochs ?? 0) === (own.smallEpochs ?? 0) &&
    batchSize === own.batchSize &&
    lr === own.lr &&
    !hidden;
  return {
    recipe: whole ? recipe : "custom",
    basis: recipe,
    epochs,
    ...(smallEpochs && { smallEpochs, smallSize: SMALL_SIZE }),
    batchSize,
    lr,
    ...(hidden && { hidden }),
    seed,
    weights: weights ? recordedPath(weights.path) : null,
    startedAt,
    finishedAt: finished!.at,
    seeds: seeds ?? [seed],
    valSplit: valSplit ?? null,
    targetRecall: targetRecall ?? DEFAULTS.targetRecall,
    commit: finished!.commit,
    ...(continued && { continued }),
    command: commandOf(options, threads, continued),
  };
}

const AGAIN = "runs/again";

/** A command that repeats the run, without --strict and --out; of a continued run several, with a folder. */
export function commandOf(
  { data, weights, epochs, ...options }: RunFile["options"],
  threads?: number,
  continued: readonly number[] = [],
): string {
  const recorded = {
    ...options,
    data: data && recordedPath(data),
    weights: weights && { ...weights, path: recordedPath(weights.path) },
    threads,
  };
  const [first, ...more] = [...continued, epochs];
  const words = [
    [...wordsOf({ ...recorded, epochs: first }), ...(more.length > 0 ? ["--out", AGAIN] : [])],
    ...more.map((count) => ["--resume", AGAIN, "--epochs", String(count)]),
  ];
  return words.map((one) => `node dist/cli.js run ${typedWords(one)}`).join(" && ");
}
