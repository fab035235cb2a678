// The options that commands share, and their checks: one sentence, exit code 2.
import type { Options } from "yargs";
import { InputError } from "../lib/errors.js";
import { physicalCores } from "../lib/cores.js";
import { MODELS } from "../nn/models/index.js";

/** A whole number within bounds, from what was typed. */
function wholeNumber(option: string, min: number, max: number) {
  return (typed: unknown): number => {
    const value = Number(typed);
    if (typed === "" || Array.isArray(typed) || !Number.isInteger(value) || value < min || value > max) {
      throw new InputError(`--${option} is ${show(typed)}: give a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

const show = (typed: unknown): string => (Array.isArray(typed) ? `given ${typed.length} times` : JSON.stringify(typed));

const MAX_THREADS = 256;

export const threads = {
  type: "string",
  requiresArg: true,
  default: String(physicalCores()),
  defaultDescription: "the physical cores",
  describe: "Worker threads",
  coerce: wholeNumber("threads", 1, MAX_THREADS),
} as const satisfies Options;

export const models = {
  type: "string",
  requiresArg: true,
  default: Object.keys(MODELS).join(","),
  describe: "Models to train, separated by commas",
  coerce(typed: unknown): string[] {
    const names = String(typed).split(",").map((name) => name.trim());
    const unknown = names.find((name) => !Object.hasOwn(MODELS, name));
    if (unknown !== undefined) {
      throw new InputError(`--models names ${JSON.stringify(unknown)}: use ${Object.keys(MODELS).join(", ")}.`);
    }
    return [...new Set(names)];
  },
} as const satisfies Options;

/** How to train: the `paper` recipe by default. */
export const training = {
  epochs: {
    type: "string", requiresArg: true, default: "10", describe: "Passes over the training images",
    coerce: wholeNumber("epochs", 1, 10_000),
  },
  "batch-size": {
    type: "string", requiresArg: true, default: "32", describe: "Images a step", coerce: wholeNumber("batch-size", 1, 4096),
  },
  lr: {
    type: "string", requiresArg: true, default: "1e-4", describe: "Adam's learning rate",
    coerce(typed: unknown): number {
      const value = Number(typed);
      if (typed === "" || !(value > 0 && value <= 10)) {
        throw new InputError(`--lr is ${show(typed)}: give a number above 0, at most 10.`);
      }
      return value;
    },
  },
  seed: {
    type: "string", requiresArg: true, default: "0", describe: "Seed of the initial weights and of the order of images",
    coerce: wholeNumber("seed", 0, 2 ** 32 - 1),
  },
} as const satisfies Record<string, Options>;

export const data = {
  data: {
    type: "string", requiresArg: true,
    describe: "Folder of X-rays: train|val|test / NORMAL|PNEUMONIA / images",
  },
  limit: {
    type: "string", requiresArg: true, describe: "At most this many images per class and split, evenly spaced",
    coerce: (typed: unknown) => (typed === undefined ? undefined : wholeNumber("limit", 1, 10_000_000)(typed)),
  },
  strict: { type: "boolean", default: false, describe: "An unreadable image is an error, not a warning" },
} as const satisfies Record<string, Options>;

export const json = {
  type: "boolean", default: false, describe: "One JSON object on stdout and nothing else there",
} as const satisfies Options;

export const quiet = { type: "boolean", default: false, describe: "No progress, no summary" } as const satisfies Options;

/** The images of every model: 224x224, as the study's. */
export const IMAGE_SIZE = 224;
