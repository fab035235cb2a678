// --mean, --std and --recipe: how images are normalized for a checkpoint that does not state it.
import { InputError } from "../core/errors.js";
import { type CheckpointOptions, readNormalization } from "../lib/tools/normalization.js";
import { recipeOf } from "../settings/recipes.js";
import type { ANY_CHECKPOINT, PREPROCESSING } from "./common.js";
import type { Cli } from "./context.js";
import type { Arguments } from "./rows.js";

export function checkpointOf(
  { checkpoint, entry, recipe, mean, std }: Arguments<typeof ANY_CHECKPOINT & typeof PREPROCESSING>,
  { wasm }: Cli,
): CheckpointOptions {
  if (recipe !== undefined && (mean ?? std) !== undefined) {
    throw new InputError("--recipe sets mean and standard deviation: remove --mean and --std, or --recipe.");
  }
  if (recipe !== undefined) return { checkpoint, entry, wasm, normalization: recipeOf(recipe).normalization ?? null };
  if (mean === undefined && std === undefined) return { checkpoint, entry, wasm };
  if (mean === undefined || std === undefined) throw new InputError("--mean and --std go together: give both.");
  const typed = { mean, std };
  const fault = (name: "mean" | "std", wanted: string) =>
    new InputError(`--${name} is ${JSON.stringify(typed[name])}: give ${wanted}.`);
  return { checkpoint, entry, wasm, normalization: readNormalization(mean, std, fault) };
}
