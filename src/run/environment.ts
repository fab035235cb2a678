// What metrics.json says about the machine and about how the run was asked for.
import { totalmem } from "node:os";
import { cpuModel, physicalCores } from "../node/cores.js";
import { version } from "../node/version.js";
import type { EnvironmentFacts, RunSettings } from "../results/metrics.js";
import { DEFAULTS, recipeOf } from "../settings/recipes.js";
import { quoted } from "./program.js";
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

export function settings({ options, startedAt, finished }: RunFile, threads: number): RunSettings {
  const { data, limit, models, epochs, batchSize, lr, seed, seeds, valSplit, fold, track, targetRecall, weights } = options;
  const { recipe = DEFAULTS.recipe, classes, pictures, stress } = options;
  const own = recipeOf(recipe);
  const whole = epochs === own.epochs && batchSize === own.batchSize && lr === own.lr;
  const flags = [
    ...(data === undefined ? [] : ["--data", quoted(data)]),
    ...(classes === undefined ? [] : ["--classes", quoted(classes.join(","))]),
    ...(recipe === DEFAULTS.recipe ? [] : ["--recipe", recipe]),
    "--models",
    models.join(","),
    "--epochs",
    epochs,
    "--batch-size",
    batchSize,
    "--lr",
    lr,
    ...(seeds ? ["--seeds", seeds.join(",")] : ["--seed", seed]),
    "--threads",
    threads,
    ...(limit === undefined ? [] : ["--limit", limit]),
    ...(fold ? ["--fold", `${fold.index + 1}/${fold.of}`] : valSplit === undefined ? [] : ["--val-split", valSplit]),
    ...(track ? ["--track", "test"] : []),
    ...(targetRecall === undefined ? [] : ["--target-recall", targetRecall]),
    ...(weights === undefined ? [] : ["--weights", quoted(weights.path)]),
    ...(pictures === false ? ["--no-pictures"] : []),
    ...(stress === false ? ["--no-stress"] : []),
  ];
  return {
    recipe: whole ? recipe : "custom",
    basis: recipe,
    epochs,
    batchSize,
    lr,
    seed,
    weights: weights?.path ?? null,
    startedAt,
    finishedAt: finished!.at,
    seeds: seeds ?? [seed],
    valSplit: valSplit ?? null,
    targetRecall: targetRecall ?? DEFAULTS.targetRecall,
    commit: finished!.commit,
    command: `node dist/cli.js run ${flags.join(" ")}`,
  };
}
