// run.json: enough to go on with a run, whoever wrote it.
import { join } from "node:path";
import * as v from "valibot";
import { InputError } from "../core/errors.js";
import { readBounded, writeFileAtomic } from "../node/files.js";
import type { EnvironmentFacts, ModelResults } from "../results/metrics.js";
import { environmentSchema, epochSchema, temperatureSchema } from "../results/metrics-schema.js";
import { type Settings, settingsSchema } from "../settings/settings.js";
import { RUN_FILE } from "./folder.js";

export type TrainedModel = Pick<ModelResults, "params" | "init" | "trainSeconds" | "epochs" | "temperature">;

export interface RunFile {
  schema: 1;
  options: Settings;
  startedAt: string;
  manifestSha256: string;
  /** Trainings whose model.safetensors is complete, by their keys. */
  models: Record<string, TrainedModel>;
  /** Absolute: where trainings are saved while the disk of the run's folder is full. */
  spare?: string;
  /** Set with the last model's results; a report made later says the same. */
  finished?: { at: string; environment: EnvironmentFacts; commit?: string | null };
}

const number = v.pipe(v.number(), v.finite());

const runFile: v.GenericSchema<unknown, RunFile> = v.object({
  schema: v.literal(1),
  options: settingsSchema,
  startedAt: v.string(),
  manifestSha256: v.string(),
  models: v.record(
    v.string(),
    v.object({
      params: number,
      init: v.string(),
      trainSeconds: number,
      epochs: v.array(epochSchema),
      temperature: temperatureSchema,
    }),
  ),
  spare: v.exactOptional(v.string()),
  finished: v.exactOptional(
    v.object({ at: v.string(), environment: environmentSchema, commit: v.exactOptional(v.nullable(v.string())) }),
  ),
});

const MAX_BYTES = 64 * 2 ** 20;

const pathOf = (out: string): string => join(out, RUN_FILE);

export const saveRunFile = (out: string, file: RunFile): Promise<void> =>
  writeFileAtomic(pathOf(out), `${JSON.stringify(file, null, 1)}\n`);

export async function readRunFile(out: string): Promise<RunFile> {
  const path = pathOf(out);
  const bytes = await readBounded(path, MAX_BYTES).catch((error) => {
    throw new InputError(
      `--resume ${out}: ${path} cannot be read (${error.code ?? error.message}): name the folder of an earlier run.`,
    );
  });
  const found = v.safeParse(v.pipe(v.string(), v.parseJson(), runFile), bytes.toString("utf8"), { abortPipeEarly: true });
  if (found.success) return found.output;
  throw new InputError(`--resume ${out}: ${path} is damaged: start the run anew.`);
}
