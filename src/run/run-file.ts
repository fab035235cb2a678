// run.json: everything needed to resume a run.
import { join } from "node:path";
import * as v from "valibot";
import { writeFileAtomic } from "../node/files.js";
import { readChecked } from "../node/read-checked.js";
import { environmentSchema } from "../results/metrics.js";
import { epochSchema, temperatureSchema } from "../results/model-results.js";
import { settingsSchema } from "../settings/settings.js";
import { RUN_FILE } from "./folder.js";

const number = v.pipe(v.number(), v.finite());

/** As in ModelResults. */
const trainedModel = v.object({
  params: number,
  init: v.string(),
  trainSeconds: number,
  epochs: v.array(epochSchema),
  temperature: v.exactOptional(temperatureSchema),
});
export type TrainedModel = v.InferOutput<typeof trainedModel>;

/** Strict: a resumed run rewrites the file, which would lose keys of a later version. */
const runFile = v.strictObject({
  schema: v.literal(1),
  options: settingsSchema,
  startedAt: v.string(),
  manifestSha256: v.string(),
  /** Trainings that have a complete model.safetensors, by key. */
  models: v.record(v.string(), trainedModel),
  /** Absolute path of the folder for checkpoints while the disk of the run is full. */
  spare: v.exactOptional(v.string()),
  /** Set together with the results of the last model, so that a report made later shows the same facts. */
  finished: v.exactOptional(v.object({ at: v.string(), environment: environmentSchema, commit: v.nullable(v.string()) })),
});
export type RunFile = v.InferOutput<typeof runFile>;

const pathOf = (out: string): string => join(out, RUN_FILE);

export const saveRunFile = (out: string, file: RunFile): Promise<void> =>
  writeFileAtomic(pathOf(out), `${JSON.stringify(file, null, 1)}\n`);

export const readRunFile = (out: string): Promise<RunFile> =>
  readChecked(pathOf(out), {
    schema: runFile,
    most: 64 * 2 ** 20,
    unreadable: "name the folder of an earlier run",
    invalid: "start a new run",
  });
