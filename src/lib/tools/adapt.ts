// Fits a model to the images of another hospital.
import { InputError } from "../../core/errors.js";
import { type PixelRows, SPLITS, type Split } from "../../data/types.js";
import { callerOf } from "../../run/caller.js";
import { checkOutputFile } from "../../run/outputs.js";
import { type AdaptedModel, adaptModel } from "../../run/scoring/adapt-model.js";
import { type CheckpointOptions, openCheckpoint, tellNotes } from "../../run/scoring/open-checkpoint.js";
import { type Dataset, type OpenDatasetOptions, openDataset } from "../open-dataset.js";
import { defaultThreads } from "../run.js";

export { adaptationText } from "../../report/adaptation-text.js";

export interface AdaptRequest extends OpenDatasetOptions {
  checkpoint: CheckpointOptions;
  /** A source for openDataset. */
  data: string;
  /** Default: all splits together. */
  split?: Split | undefined;
  /** The new model, a .safetensors file. */
  out: string;
}

/** Throws an InputError if the images are too few, or the file cannot be written. */
export async function adapt(request: AdaptRequest): Promise<AdaptedModel> {
  const { checkpoint, data, split, out, threads = defaultThreads(), ...options } = request;
  if (!out.endsWith(".safetensors"))
    throw new InputError(`--out ${out} is no .safetensors file: choose such a name; export converts it.`);
  await checkOutputFile({ option: "--out", path: out }, [checkpoint.checkpoint]);
  const caller = callerOf(options);
  const opened = await openCheckpoint(checkpoint, threads, { features: true });
  try {
    tellNotes(opened.notes, checkpoint.checkpoint, caller);
    const { classes } = opened.facts;
    const dataset = await openDataset(data, { ...options, ...(classes && { classes: [...classes] }), threads });
    try {
      return await adaptModel(opened, joined(dataset, split ? [split] : SPLITS), out, caller);
    } finally {
      await dataset.close();
    }
  } finally {
    await opened.network.pool.close();
  }
}

/** The rows of several splits, one after the other. */
function joined(dataset: Dataset, splits: readonly Split[]): PixelRows {
  const places = splits.flatMap((split) => dataset[split].images.map((image, i) => ({ split, i, image })));
  return {
    images: places.map(({ image }) => image),
    rowBytes: dataset.train.rowBytes,
    read: (row, into) => dataset[places[row].split].read(places[row].i, into),
  };
}
