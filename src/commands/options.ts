// The options that commands share, and their checks: one sentence, exit code 2. Everything is taken as text, so that
// "1e3" and "0x10" are numbers, "" is not, and the message can repeat what was typed. Descriptions name the defaults.
import type { Options } from "yargs";
import { InputError } from "../core/errors.js";
import { CLASS_NAMES_WANTED, parseClassNames } from "../data/class-names.js";
import { physicalCores } from "../node/cores.js";
import { LANGUAGE_NAMES } from "../report/text/languages.js";
import { MODEL_NAMES, RECIPE_NAMES, RECIPES } from "../settings/recipes.js";
import { MOST_FOLDS } from "../settings/table.js";

const show = (typed: unknown): string => JSON.stringify(typed);

/** An option with a value; `read` is not asked about options that were not given. */
export function option<T>(describe: string, read: (typed: string) => T) {
  const coerce = (typed: unknown): T | undefined => (typed === undefined ? undefined : read(String(typed).trim()));
  return { type: "string", requiresArg: true, describe, coerce } as const satisfies Options;
}

type Option<T> = ReturnType<typeof option<T>>;

/** The same option, but it must be given. */
export function needed<T>(optional: Option<T>) {
  return { ...optional, demandOption: true, coerce: (typed: unknown) => optional.coerce(typed)! } as const;
}

/** The same option with a value where it is not given. */
export const withDefault = <T>(optional: Option<T>, value: string) =>
  ({ ...needed(optional), default: value, demandOption: false }) as const satisfies Options;

/** A whole number within bounds. */
export function wholeNumber(name: string, min: number, max: number, describe: string) {
  return option(describe, (typed) => {
    const value = Number(typed);
    if (typed === "" || !Number.isInteger(value) || value < min || value > max) {
      throw new InputError(`--${name} is ${show(typed)}: give a whole number from ${min} to ${max}.`);
    }
    return value;
  });
}

/** A number between 0 and 1, neither of them. */
export function share(name: string, describe: string) {
  return option(describe, (typed) => {
    const value = Number(typed);
    if (typed === "" || !(value > 0 && value < 1)) {
      throw new InputError(`--${name} is ${show(typed)}: give a number between 0 and 1.`);
    }
    return value;
  });
}

/** A file or folder. */
export function path(name: string, describe: string) {
  return option(describe, (typed) => {
    if (typed === "") throw new InputError(`--${name} is empty: give a path.`);
    return typed;
  });
}

const flag = (describe: string) => ({ type: "boolean", default: false, describe }) as const satisfies Options;

export function oneOf<const T extends string>(name: string, values: readonly T[], describe: string) {
  return option(describe, (typed) => {
    const value = values.find((v) => v === typed);
    if (value === undefined) throw new InputError(`--${name} is ${show(typed)}: use ${values.join(" or ")}.`);
    return value;
  });
}

const MAX_THREADS = 256;

/** More threads than cores work, and are slow: the default never exceeds them. */
const coresText = String(Math.min(physicalCores(), MAX_THREADS));
export const threads = withDefault(
  wholeNumber("threads", 1, MAX_THREADS, `Worker threads (the physical cores: ${coresText})`),
  coresText,
);

export const models = option(
  `Models, separated by commas (${MODEL_NAMES.join(",")}; strong: ${RECIPES.strong.models.join()})`,
  (typed) => {
    const names = typed.split(",").map((name) => name.trim());
    const unknown = names.find((name) => !MODEL_NAMES.includes(name));
    if (unknown !== undefined) throw new InputError(`--models names ${show(unknown)}: use ${MODEL_NAMES.join(", ")}.`);
    return [...new Set(names)];
  },
);

const MAX_BATCH = 4096;
const MAX_SEED = 2 ** 32 - 1;
const MAX_SEEDS = 100;

/** "2/5": the second of five. */
function partOf(typed: string, least: number, most: number): { index: number; of: number } | undefined {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(typed)?.map(Number) ?? [];
  return index >= 1 && index <= of && of >= least && of <= most ? { index: index - 1, of } : undefined;
}

const MOST_SHARDS = 100_000;

export function readShard(typed: string): { index: number; of: number } {
  const shard = partOf(typed, 1, MOST_SHARDS);
  if (!shard) throw new InputError(`--shard is ${show(typed)}: give one of so many, as 3/100; at most ${MOST_SHARDS}.`);
  return shard;
}

/** How to train. No defaults here: --resume must know what was typed. */
export const training = {
  recipe: oneOf(
    "recipe",
    RECIPE_NAMES,
    "paper: the study's protocol; strong: a resnet18 worth using; sample: short (paper; without --data: sample)",
  ),
  models,
  epochs: wholeNumber(
    "epochs",
    1,
    10_000,
    `Passes over the training images (${RECIPES.paper.epochs}; strong: ${RECIPES.strong.epochs})`,
  ),
  "batch-size": wholeNumber("batch-size", 1, MAX_BATCH, "Images a step; no more than there are (32)"),
  lr: option("Adam's learning rate (1e-4)", (typed) => {
    const value = Number(typed);
    if (typed === "" || !(value > 0 && value <= 10)) {
      throw new InputError(`--lr is ${show(typed)}: give a number above 0, at most 10.`);
    }
    return value;
  }),
  weights: path(
    "weights",
    "ImageNet weights that resnet18 starts from: .pth or .safetensors; none: from scratch (those of weights fetch, else none)",
  ),
  seed: wholeNumber("seed", 0, MAX_SEED, "Decides the initial weights and the order of images (0)"),
  seeds: option("Several seeds, separated by commas: every model is trained with each (only --seed)", (typed) => {
    const values = typed.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
    if (!values.every((v) => Number.isInteger(v) && v >= 0 && v <= MAX_SEED) || values.length > MAX_SEEDS) {
      throw new InputError(
        `--seeds is ${show(typed)}: give at most ${MAX_SEEDS} whole numbers from 0 to ${MAX_SEED}, separated by commas.`,
      );
    }
    return [...new Set(values)];
  }),
  track: oneOf("track", ["test"], "test: score the test set after every epoch too; information, no choice is made from it (no)"),
  "target-recall": option("Also report the threshold that reaches this recall on val (0.99)", (typed) => {
    const value = Number(typed);
    if (typed === "" || !(value > 0 && value <= 1))
      throw new InputError(`--target-recall is ${show(typed)}: give a number above 0, at most 1.`);
    return value;
  }),
  "val-split": option(
    `Validation set: this share of train, by patient (the dataset's own val; strong: ${RECIPES.strong.valSplit}, in blocks)`,
    (typed) => {
      const value = Number(typed);
      if (typed === "" || !(value > 0 && value <= 0.5))
        throw new InputError(`--val-split is ${show(typed)}: give a number above 0, at most 0.5.`);
      return value;
    },
  ),
  fold: option("Validation set: this fold of train by patient, as 2/5 (no)", (typed) => {
    const fold = partOf(typed, 2, MOST_FOLDS);
    if (!fold) throw new InputError(`--fold is ${show(typed)}: give one of so many folds, as 2/5; at most ${MOST_FOLDS} folds.`);
    return fold;
  }),
};

export const DATASET =
  "Folder that holds train, val and test, each with NORMAL and PNEUMONIA, a .csv of file,label,split[,patient], or MedMNIST's .npz";

export const data = {
  data: path("data", `${DATASET}; synthetic: drawn pictures (that of data fetch, else a sample of 300 X-rays)`),
  classes: option("What the two classes are called, the positive one last (NORMAL,PNEUMONIA)", (typed) => {
    const names = parseClassNames(typed);
    if (!names) throw new InputError(`--classes is ${show(typed)}: give ${CLASS_NAMES_WANTED}.`);
    return names;
  }),
  limit: wholeNumber("limit", 1, 10_000_000, "Only this many images per class and split, evenly spaced (all)"),
  strict: flag("Stop at an unreadable image; otherwise it is named and skipped"),
};

export const checkpoint = needed(
  path("checkpoint", "A model.safetensors or a .pth, or the folder that holds the former (needed)"),
);
/** How a checkpoint's images are treated, where the file itself does not say. */
export const preprocessing = {
  recipe: oneOf("recipe", RECIPE_NAMES, "Pixels as in that recipe, for a file that does not say (as the file says)"),
  mean: option("Mean of each channel, of pixels in 0..1: 0.485,0.456,0.406 (as the file says)", (typed) => typed),
  std: option("Deviation of each channel: 0.229,0.224,0.225 (as the file says)", (typed) => typed),
};
/** What `export` writes; see formats/write-weights.ts. */
export const FORMAT_NAMES = ["onnx", "safetensors", "torch", "pulmo"] as const;

export const json = flag("One JSON object on stdout, and nothing else there");
export const pictures = {
  type: "boolean",
  default: true,
  describe: "Errors and what the models look at; --no-pictures: without",
} as const satisfies Options;
export const stress = {
  type: "boolean",
  default: true,
  describe: "Changed test images scored again: what the models lean on; --no-stress: without",
} as const satisfies Options;
export const lang = oneOf("lang", LANGUAGE_NAMES, `The report's language: ${LANGUAGE_NAMES.join(", ")} (en)`);
export const quiet = flag("Neither progress nor summary on the screen");
