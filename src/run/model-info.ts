// `model info`: what a model file says about itself, and what the run that it belongs to has recorded.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { countParameters } from "../core/parameters.js";
import { readModelFile } from "../core/read-model-file.js";
import { isFloat } from "../core/tensors.js";
import { CLASSES } from "../data/types.js";
import { isPulmoFile } from "../formats/file-kind.js";
import { fileSha256, readHead } from "../formats/weights.js";
import { packagedFacts } from "../node/packaged-model.js";
import { readIfValid } from "../node/read-checked.js";
import { runResultsSchema } from "../results/metrics.js";
import { type ModelCard, modelCard, modelCardSchema } from "../results/model-card.js";
import type { ModelInfo } from "../results/model-info.js";
import { DEFAULTS, IMAGE_SIZE } from "../settings/recipes.js";
import { trainings } from "../settings/settings.js";
import { commandOf } from "./environment.js";
import { type ModelOfRun, runsOf } from "./own-files.js";
import { readPulmoBytes } from "./pulmo-file.js";
import { allNotes, type CheckpointOptions, readCheckpoint, wantedModel } from "./scoring/open-checkpoint.js";

const MAX_METRICS = 64 * 2 ** 20;
const USE = "Not for clinical use.";

/** Throws an InputError if the file is not a model. */
export async function modelInfo(options: CheckpointOptions): Promise<ModelInfo> {
  const { path, model, file, facts, notes } = await readCheckpoint(options);
  const { packaged: _, ...assumed } = notes;
  const sha256 = await fileSha256(path);
  const stored = isPulmoFile(await readHead(path)) ? readModelFile(await readPulmoBytes(path)) : undefined;
  const found = v.safeParse(modelCardSchema, stored?.metadata.card);
  const card: Partial<ModelCard> = found.success ? found.output : ((await cardOfRun(path, sha256)) ?? {});
  const { classes = CLASSES, normalization = null, threshold, temperature = null, recipe = null, conformal } = facts;
  const { pulmo } = stored?.metadata ?? {};
  const floats = [...file.tensors.values()].filter(isFloat).map(({ dtype }) => dtype.toLowerCase());
  return {
    ...{ file: path, sha256, bytes: (await stat(path)).size, packaged: sha256 === (await packagedFacts())?.sha256 },
    ...{ model: model.name, title: model.title, parameters: countParameters(wantedModel(model).tensors) },
    dtype: stored?.int8 ? "i8" : [...new Set(floats)].join(", "),
    input: { width: IMAGE_SIZE, height: IMAGE_SIZE, channels: 3 },
    ...{ normalization, classes, threshold, temperature, recipe },
    pulmo: typeof pulmo === "string" ? pulmo : null,
    unusual: facts.unusual !== undefined,
    conformal: conformal ? [conformal[0].n, conformal[1].n] : null,
    adapted: facts.adapted === undefined ? null : parsed(facts.adapted),
    ...{ training: card.training ?? null, data: card.data ?? null, figures: card.figures ?? null },
    ...{ weightsSha256: card.weightsSha256 ?? null, licence: card.licence ?? null, attribution: card.attribution ?? null },
    ...{ use: card.use ?? USE, limits: card.limits ?? [], notes: allNotes(assumed) },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** From metrics.json if the run is finished and has these figures, else from run.json. */
async function cardOfRun(path: string, sha256: string): Promise<Partial<ModelCard> | undefined> {
  const [found] = await runsOf(path);
  if (!found || !Object.hasOwn(found.run.models, found.key)) return undefined;
  const results = await readIfValid(join(found.out, "metrics.json"), runResultsSchema, MAX_METRICS);
  const model = results && Object.hasOwn(results.models, found.key) ? results.models[found.key] : undefined;
  return results && model?.sha256?.model === sha256 ? modelCard(results, model) : unfinished(found, sha256);
}

function unfinished({ run: { options, models, continued }, key }: ModelOfRun, weightsSha256: string): Partial<ModelCard> {
  const { recipe = DEFAULTS.recipe, epochs, batchSize, lr, seed: first } = options;
  const seed = trainings(options).find((training) => training.key === key)?.seed ?? first;
  const { init } = models[key];
  return {
    training: { recipe, epochs, batchSize, lr, seed, init, command: commandOf(options, undefined, continued) },
    weightsSha256,
  };
}
