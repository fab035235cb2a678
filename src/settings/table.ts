// Every setting of a training run, one row each. The command line, run.json, --resume, sweeps, the API and docs/cli.md are derived
// from this table. To add a setting, add a row.
import * as v from "valibot";
import { unlessDefault } from "../data/class-names.js";
import { CLASSES } from "../data/types.js";
import { PLOT_FORMATS } from "../report/plots/formats.js";
import { LANGUAGE_NAMES } from "../report/text/languages.js";
import {
  classNames,
  flag,
  hiddenLayers,
  type Kind,
  namesOf,
  numberUpTo,
  oneOf,
  part,
  path,
  wholeNumber,
  wholeNumbers,
} from "./kinds.js";
import { DEFAULTS, MODEL_NAMES, RECIPE_NAMES, SMALL_SIZE, USUAL_HIDDEN } from "./recipes.js";

/** The flag is the row's key in kebab case. */
export interface Option<T = unknown> {
  kind: Kind<T>;
  /** One sentence. It ends with "(default: ...)" if the default is not a fixed value. */
  help: string;
  /** The default shown in help, if no other field of the row states it. */
  defaultText?: string;
  /** --no-<flag> means that the option is not given, although help states a default. */
  negatable?: true;
}

/** `T`: the type of the value given on the command line or to the library. `S`: the type stored in run.json. */
export interface Setting<T = unknown, S = unknown> extends Option<T> {
  /** Used if the setting is not given. */
  default?: NoInfer<T>;
  /** The default is the recipe's value of the same key. `unset`: the text in help for a recipe without that key. */
  recipe?: { unset?: string };
  /** Whether --resume may change it. */
  resume: boolean;
  /** Whether a sweep may vary it. */
  sweep?: true;
  /** Keys of the settings that cannot be combined with this one. */
  excludes?: string[];
  /** Its schema in run.json. Absent: the results do not depend on the setting, so run.json does not contain it. */
  stored?: v.GenericSchema<unknown, S>;
  /** Converts the given value to the stored one, if they differ; `print` converts the stored value to text. */
  keep?(given: NoInfer<T> | undefined): S | undefined;
  print?(stored: S): string | undefined;
}

type Stored<T, S extends v.GenericSchema> = Omit<Setting<T, T>, "stored"> & { stored: S };
type Row<T, S = T> = Omit<Setting<T, S>, "kind" | "stored">;

/** Always stored in run.json. */
const always = <T>(kind: Kind<T>, row: Row<T>): Stored<T, Kind<T>["schema"]> => ({ ...row, kind, stored: kind.schema });

/** Stored in run.json if it has a value. */
const kept = <T>(kind: Kind<T>, row: Row<T>): Stored<T, v.OptionalSchema<Kind<T>["schema"], undefined>> => ({
  ...row,
  kind,
  stored: v.optional(kind.schema),
});

/** Does not influence the results. */
const effort = <T>(kind: Kind<T>, row: Omit<Row<T, never>, "resume"> & { resume?: false }): Setting<T, never> => ({
  resume: true,
  ...row,
  kind,
});

/** Value of --data: the generated dataset. */
export const SYNTHETIC = "synthetic";
/** Value of --weights: train from scratch. */
export const NO_WEIGHTS = "none";
export const MAX_THREADS = 256;
export const MAX_BATCH = 4096;
export const MOST_FOLDS = 100;
const MAX_SEED = 2 ** 32 - 1;

const weightsSchema = v.object({
  /** Absolute. */
  path: v.string(),
  sha256: v.string(),
  /** As metrics.json names them. */
  init: v.string(),
});
export type WeightsSetting = v.InferOutput<typeof weightsSchema>;

export const SETTINGS = {
  data: kept(path(SYNTHETIC), {
    help: "Dataset: a folder with train, val and test, each with NORMAL and PNEUMONIA; a .zip of one; a .csv of file,label,split[,patient]; MedMNIST's .npz; or synthetic (default: the one of data fetch, else a sample of 300 X-rays)",
    resume: false,
  }),
  classes: kept(classNames, {
    help: "Names of the two classes, positive class second",
    defaultText: CLASSES.join(","),
    resume: false,
    keep: (names) => unlessDefault(names) as [string, string] | undefined,
  }),
  limit: kept(wholeNumber(1, 10_000_000), {
    help: "Use at most N images per class and split, evenly spaced (default: all)",
    negatable: true,
    resume: false,
    sweep: true,
  }),
  strict: always(flag, { help: "Stop at an unreadable image (default: warn and skip it)", default: false, resume: false }),
  anyBodyPart: kept(flag, {
    help: "Use DICOM files whose header states another body part than the chest (default: skip them)",
    resume: false,
  }),
  recipe: kept(oneOf(RECIPE_NAMES), {
    help: "Training protocol. paper: the study's; strong: a better resnet18; scratch: the same from random weights, longer; sample: short (default: paper; for the sample: sample)",
    resume: false,
    sweep: true,
  }),
  models: always(namesOf(MODEL_NAMES), { help: "Models to train, separated by commas", recipe: {}, resume: false, sweep: true }),
  epochs: always(wholeNumber(1, 10_000), {
    help: "Passes over the training images; with --resume more of them, for a finished run",
    recipe: {},
    resume: true,
    sweep: true,
  }),
  smallEpochs: kept(wholeNumber(0, 10_000), {
    help: `Train the first N of these epochs with images of ${SMALL_SIZE} pixels, at a third of the time (resnet18 only)`,
    recipe: { unset: "0" },
    resume: false,
    sweep: true,
  }),
  batchSize: always(wholeNumber(1, MAX_BATCH), {
    help: "Images per training step; at most the number of training images",
    recipe: {},
    resume: false,
    sweep: true,
  }),
  lr: always(numberUpTo(10), { help: "Learning rate of Adam", recipe: {}, resume: false, sweep: true }),
  hidden: kept(hiddenLayers, {
    help: "Widths of the dnn's hidden layers",
    defaultText: USUAL_HIDDEN.join(","),
    keep: (widths) => (widths?.join() === USUAL_HIDDEN.join() ? undefined : widths),
    resume: false,
    sweep: true,
  }),
  seed: always(wholeNumber(0, MAX_SEED), {
    help: "Seed of the initial weights and the order of images",
    default: DEFAULTS.seed,
    resume: false,
  }),
  seeds: kept(wholeNumbers(MAX_SEED, 100), {
    help: "Several seeds, separated by commas: train each model once per seed",
    excludes: ["seed"],
    resume: false,
  }),
  valSplit: kept(numberUpTo(0.5), {
    help: "Use this share of train as the validation set; a patient's images stay together",
    recipe: { unset: "the dataset's val" },
    resume: false,
    sweep: true,
  }),
  fold: kept(part(2, MOST_FOLDS, `give one fold of several, as 2/5; at most ${MOST_FOLDS} folds`), {
    help: "Use this fold of train as the validation set, as 2/5; a patient's images stay together",
    excludes: ["valSplit"],
    resume: false,
  }),
  track: {
    kind: oneOf(["test"]),
    help: "test: score the test set after every epoch, for information only",
    resume: false,
    stored: v.optional(v.boolean()),
    keep: (given) => given === "test",
    print: (tracked) => (tracked ? "test" : undefined),
  } satisfies Setting<"test", boolean | undefined>,
  targetRecall: kept(numberUpTo(1), {
    help: "Report the threshold that reaches this recall on the validation set",
    defaultText: String(DEFAULTS.targetRecall),
    resume: true,
  }),
  threads: effort(wholeNumber(1, MAX_THREADS), { help: "Worker threads (default: one per physical core)" }),
  saveEvery: effort(wholeNumber(1, 86_400), {
    help: "Checkpoint interval in seconds (default: keeps saving below 1% of the time)",
  }),
  spare: effort(path(), {
    help: "Second folder for checkpoints while the disk of --out is full (default: wait for free space)",
    negatable: true,
  }),
  metricsFile: effort(path(), { help: "Write progress to this file for Prometheus' textfile collector" }),
  tensorboard: effort(path(), { help: "Folder for TensorBoard event files" }),
  weights: {
    kind: path(NO_WEIGHTS),
    help: "Weights that resnet18 starts from: a model or run folder, a .pth, .safetensors, .onnx or .pulmo file, or none (default: those of weights fetch, else none; scratch: none)",
    resume: false,
    sweep: true,
    stored: v.optional(weightsSchema),
    // The run sets the value after it has opened the file.
    keep: () => undefined,
    print: (weights) => weights?.path,
  } satisfies Setting<string, WeightsSetting | undefined>,
  pictures: kept(flag, {
    help: "Show errors and class activation maps in the report (--no-pictures: off)",
    default: true,
    resume: true,
  }),
  stress: kept(flag, { help: "Score altered test images to measure robustness (--no-stress: off)", default: true, resume: true }),
  plots: effort(namesOf(PLOT_FORMATS), {
    help: "Formats of the plots: svg, png (for slides, 1920 pixels wide; needs a font), or both",
    defaultText: "svg,png",
  }),
  out: effort(path(), { help: "Folder for the results, new or empty (default: runs/<UTC time>)", resume: false }),
  quiet: effort(flag, { help: "Show neither progress nor summary" }),
  json: effort(flag, { help: "Print one JSON object to stdout and nothing else" }),
  lang: effort(oneOf(LANGUAGE_NAMES), { help: "Language of reports, summaries and progress", defaultText: LANGUAGE_NAMES[0] }),
  revectorize: effort(flag, { help: "Use 256-bit kernels where V8 supports them (--no-revectorize: off)", default: true }),
};

export type Table = Record<string, Setting>;

/** "batchSize" -> "batch-size" */
export const flagOf = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The values given on the command line or to the library. All are optional. */
export type Given<T extends Record<string, Option>> = { [K in keyof T]?: ValueOf<T[K]> | undefined };
export type ValueOf<O extends Option> = O["kind"] extends Kind<infer T> ? T : never;

export function omit<T extends object, K extends keyof T>(table: T, ...keys: K[]): Omit<T, K> {
  const rest = { ...table };
  for (const key of keys) delete rest[key];
  return rest;
}

/** The rows with these keys. */
export const pick = <T extends object, K extends keyof T>(table: T, ...keys: K[]): Pick<T, K> =>
  Object.fromEntries(keys.map((key) => [key, table[key]])) as Pick<T, K>;

/** The settings of the library. The others concern the terminal. */
export const TRAIN_SETTINGS = omit(SETTINGS, "plots", "quiet", "json", "lang", "revectorize");
/** The settings that select the images. */
export const DATA = pick(SETTINGS, "data", "classes", "limit", "strict", "anyBodyPart");
/** The settings that do not influence the results. */
export const EFFORT = pick(SETTINGS, "threads", "saveEvery", "spare", "metricsFile", "tensorboard");
