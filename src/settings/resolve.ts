// Resolves the values given on the command line, in a sweep's file or to the library to the settings of a run, and prints
// settings as flags.
import { InputError } from "../core/errors.js";
import { check } from "./kinds.js";
import { DEFAULTS, LAYERED_MODEL, type Recipe, recipeOf } from "./recipes.js";
import type { Settings } from "./settings.js";
import { flagOf, type Given, SETTINGS, SYNTHETIC, type Table, TRAIN_SETTINGS } from "./table.js";

/** The values that depend on the machine. */
export interface Host {
  /** The dataset of `data fetch`; undefined: none was fetched. */
  fetchedData: string | undefined;
  /** Makes a path absolute, so that a resumed run finds it from any folder. */
  absolute(path: string): string;
}

export type GivenSettings = Given<typeof SETTINGS>;

/** The settings of `train` in the library: as on the command line, in camel case. */
export type TrainSettings = Given<typeof TRAIN_SETTINGS>;

/** Checks the settings given by a program, with the error messages of the command line. Returns a copy. */
export function checkSettings(given: TrainSettings, table: Table = TRAIN_SETTINGS): TrainSettings {
  const checked = Object.entries(given).map(([key, value]) => {
    const row = Object.hasOwn(table, key) ? table[key] : undefined;
    if (!row) throw new InputError(`Unknown setting ${JSON.stringify(key)}; available: ${Object.keys(table).join(", ")}.`);
    return [key, value === undefined ? undefined : check(flagOf(key), row.kind, value)];
  });
  return Object.fromEntries(checked);
}

/** Fills in the defaults of the recipe and the table. Throws an InputError if two settings exclude each other. */
export function resolveSettings(given: GivenSettings, { fetchedData, absolute }: Host, table: Table = SETTINGS): Settings {
  refuseExcluded(given, table);
  const data = given.data === undefined ? fetchedData : given.data === SYNTHETIC ? given.data : absolute(given.data);
  const recipe = given.recipe ?? (data === undefined ? "sample" : DEFAULTS.recipe);
  const usual: Record<string, unknown> = { ...recipeOf(recipe) };
  const values: Record<string, unknown> = { ...given, data, recipe, seed: given.seed ?? given.seeds?.[0] };
  if (given.fold) values.valSplit = 1 / given.fold.of;
  values.smallEpochs ??= smallEpochsOf(recipeOf(recipe), given.epochs);
  const settings = Object.entries(table).flatMap(([key, row]) => {
    if (!row.stored) return [];
    const value = values[key] ?? (row.recipe ? usual[key] : row.default);
    return [[key, row.keep ? row.keep(value) : value]];
  });
  const resolved: Settings = Object.fromEntries(settings);
  if (given.hidden && !resolved.models.includes(LAYERED_MODEL)) throw withoutLayers(`--models ${resolved.models.join(",")}`);
  return resolved;
}

/** `models`: what is trained instead. */
export const withoutLayers = (models: string): InputError =>
  new InputError(`--hidden sets the layers of ${LAYERED_MODEL}, which is missing in ${models}: add it, or remove --hidden.`);

/** With another number of epochs, the same share of them. */
const smallEpochsOf = ({ epochs: usual, smallEpochs }: Recipe, epochs = usual): number | undefined =>
  smallEpochs && Math.floor((smallEpochs * epochs) / usual);

function refuseExcluded(given: Record<string, unknown>, table: Table): void {
  for (const [key, { excludes = [] }] of Object.entries(table)) {
    const other = given[key] === undefined ? undefined : excludes.find((name) => given[name] !== undefined);
    if (other) throw new InputError(`--${flagOf(other)} and --${flagOf(key)} exclude each other: remove one of them.`);
  }
}

/** A resumed run keeps its settings. Throws an InputError that names a given setting which must not change. */
export function refuseChanges(resume: string, given: Record<string, unknown>, table: Table = SETTINGS): void {
  const key = Object.keys(table).find((name) => given[name] !== undefined && !table[name].resume);
  if (key === undefined) return;
  const name = given[key] === false ? `no-${flagOf(key)}` : flagOf(key);
  throw new InputError(`--resume continues with the settings that ${resume} was started with: leave out --${name}.`);
}

/** Which of the given settings of a resumed run replace those in its run.json. */
export const changesIn = (given: Record<string, unknown>, table: Table = SETTINGS): Partial<Settings> =>
  Object.fromEntries(
    Object.entries(given).filter(([key, value]) => value !== undefined && table[key]?.stored && table[key].resume),
  );

/** The command-line arguments that produce these settings. Settings derived from others are left out. */
export function wordsOf(settings: Record<string, unknown>, table: Table = SETTINGS): string[] {
  const derived = Object.keys(table).flatMap((key) => (settings[key] === undefined ? [] : (table[key].excludes ?? [])));
  return Object.entries(table).flatMap(([key, row]) => {
    const value = settings[key];
    if (value === undefined || derived.includes(key)) return [];
    if (typeof value === "boolean" && row.kind.type === "boolean") {
      return value === (row.default ?? false) ? [] : [`--${value ? "" : "no-"}${flagOf(key)}`];
    }
    const printed = row.print ? row.print(value) : row.kind.print(value);
    return printed === undefined ? [] : [`--${flagOf(key)}`, printed];
  });
}
