// run.json: everything needed to resume a run.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { InputError } from "../core/errors.js";
import { writeFileAtomic } from "../node/files.js";
import { readChecked } from "../node/read-checked.js";
import { fileHashes } from "../results/file-hashes.js";
import { environmentSchema } from "../results/metrics.js";
import { epochSchema, temperatureSchema } from "../results/model-results.js";
import { settingsSchema, trainings } from "../settings/settings.js";
import { predictionsPath, RUN_FILE } from "./folder.js";

const number = v.pipe(v.number(), v.finite());

/** As in ModelResults. */
const trainedModel = v.object({
  params: number,
  init: v.string(),
  trainSeconds: number,
  epochs: v.array(epochSchema),
  temperature: v.exactOptional(temperatureSchema),
  sha256: v.exactOptional(fileHashes),
});
export type TrainedModel = v.InferOutput<typeof trainedModel>;

/** Strict: a resumed run rewrites the file, which would lose keys of a later version. */
export const runFileSchema = v.strictObject({
  schema: v.literal(1),
  options: settingsSchema,
  startedAt: v.string(),
  manifestSha256: v.string(),
  /** Numbers of epochs at which the finished run was continued, each time with a fresh state of Adam. */
  continued: v.exactOptional(v.array(v.pipe(number, v.integer(), v.minValue(1)))),
  /** Trainings that have a complete model.safetensors, by key. */
  models: v.record(v.string(), trainedModel),
  /** Absolute path of the folder for checkpoints while the disk of the run is full. */
  spare: v.exactOptional(v.string()),
  /** Set together with the results of the last model, so that a report made later shows the same facts. */
  finished: v.exactOptional(v.object({ at: v.string(), environment: environmentSchema, commit: v.nullable(v.string()) })),
});
export type RunFile = v.InferOutput<typeof runFileSchema>;

/** No two runs have the same, except copies. */
export const runIdOf = ({ startedAt, manifestSha256 }: RunFile): string =>
  createHash("sha256").update(`${startedAt} ${manifestSha256}`).digest("hex");

const pathOf = (out: string): string => join(out, RUN_FILE);

export const saveRunFile = (out: string, file: RunFile): Promise<void> =>
  writeFileAtomic(pathOf(out), `${JSON.stringify(file, null, 1)}\n`);

export const MAX_RUN_BYTES = 64 * 2 ** 20;
const INVALID = "start a new run";

export const readRunFile = (out: string): Promise<RunFile> =>
  readChecked(pathOf(out), {
    schema: runFileSchema,
    most: MAX_RUN_BYTES,
    unreadable: "name the folder of an earlier run",
    invalid: INVALID,
  });

/** The same for a run that this process has locked and continues: its values must also agree with each other and its files. */
export async function readLockedRun(out: string): Promise<RunFile> {
  const file = await readRunFile(out);
  const fault = contradictionIn(file, (key) => existsSync(predictionsPath(out, key, "test")));
  if (fault) throw new InputError(`${pathOf(out)} is not valid (${fault}): ${INVALID}.`);
  return file;
}

function contradictionIn({ options, models, finished }: RunFile, isPredicted: (key: string) => boolean): string | undefined {
  const { seed, seeds = [seed], epochs } = options;
  if (!seeds.includes(seed)) return `"seed" is not one of "seeds"`;
  const keys = trainings(options).map(({ key }) => key);
  const foreign = Object.keys(models).find((key) => !keys.includes(key));
  if (foreign !== undefined) return `${JSON.stringify(foreign.slice(0, 100))} is not a training of this run`;
  for (const key of keys) {
    const trained = Object.hasOwn(models, key) ? models[key] : undefined;
    if (trained && trained.epochs.length !== epochs)
      return `the training ${JSON.stringify(key)} has ${trained.epochs.length} epochs instead of ${epochs}`;
    // A training is recorded before its predictions are written.
    if (!trained && (finished || isPredicted(key))) return `the training ${JSON.stringify(key)} is missing, but has results`;
  }
  return undefined;
}
