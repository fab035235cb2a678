// adapt in Node.
import { InputError } from "../core/errors.js";
import type { MemoryImage } from "../data/in-memory.js";
import { SPLITS } from "../data/types.js";
import type { AdaptationFigures } from "../eval/adaptation-figures.js";
import { physicalCores } from "../node/cores.js";
import type { Variant } from "../node/variant.js";
import { type CallOptions, callerOf } from "../run/caller.js";
import { withBar } from "../run/scoring/predictions.js";
import { adaptInMemory, checkClasses, joined } from "./adaptation.js";
import { createModel, type Model } from "./node-models.js";
import { nodeRuntime } from "./node-runtime.js";
import { type Dataset, type DatasetSplit, isDataset, openDataset } from "./open-dataset.js";
import type { Runtime } from "./runtime.js";
import { factsOf, type StoredModel, storedOf } from "./stored-model.js";

/** All images of a dataset, those of a split, or a source for openDataset. */
export type AdaptData = Dataset | DatasetSplit | string | { images: readonly MemoryImage[] };

export interface AdaptOptions extends CallOptions {
  /** Worker threads; default: the physical cores. */
  threads?: number | undefined;
  wasm?: Variant | undefined;
}

/** The new model, and the figures before and after. */
export interface Adaptation extends AdaptationFigures {
  model: Model;
}

/** Fits a model to labelled images of another hospital. Throws an InputError if there are images of too few patients for any fit. */
export async function adapt(model: Pick<Model, "file">, data: AdaptData, options: AdaptOptions = {}): Promise<Adaptation> {
  if (typeof data !== "string" && (typeof data !== "object" || data === null))
    throw new InputError("adapt needs labelled images: give a dataset, a split of one, or a source for openDataset.");
  const runtime = nodeRuntime(options.wasm);
  const stored = storedOf(model);
  const { figures, model: adapted } = await adaptStored(runtime, stored, data, options);
  return { ...figures, model: await createModel(runtime, adapted) };
}

/** The same for a stored model. */
export async function adaptStored(
  runtime: Runtime,
  stored: StoredModel,
  data: AdaptData,
  { threads = physicalCores(), reporter, signal }: AdaptOptions,
): Promise<{ model: StoredModel; figures: AdaptationFigures }> {
  const fit = (split: Pick<DatasetSplit, "images" | "rowBytes" | "read">) => {
    const { rows, stop } = withBar(
      split,
      `${stored.definition.name} on ${split.images.length} images`,
      callerOf({ reporter, signal }),
    );
    return adaptInMemory(runtime, stored, { rows, threads, signal }).finally(stop);
  };
  if (typeof data === "object" && "read" in data) return fit(data);
  const { classes } = factsOf(stored);
  const dataset = isDataset(data)
    ? data
    : await openDataset(data, { ...(classes && { classes: [...classes] }), threads, reporter, signal });
  try {
    checkClasses(classes, dataset.classes);
    return await fit(joined(SPLITS.map((split) => dataset[split])));
  } finally {
    if (dataset !== data) await dataset.close();
  }
}
