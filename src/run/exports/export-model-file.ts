// `export --format pulmo`: a model file for the standalone inference core.
import { crc32 } from "node:zlib";
import { roundToInt8 } from "../../core/int8-weights.js";
import { encodeModel, inferenceProgram, type ModelFileDtype } from "../../core/model-file.js";
import { encodeUnusual } from "../../core/unusual.js";
import { logOddsOf } from "../../eval/log-odds.js";
import { rocAucScore } from "../../eval/roc.js";
import { writeFileAtomic } from "../../node/files.js";
import { plainShapes } from "../../node/variant.js";
import { version } from "../../node/version.js";
import type { ModelCard } from "../../results/model-card.js";
import { IMAGE_SIZE } from "../../settings/recipes.js";
import { loadTensors } from "../../train/checkpoint.js";
import type { Caller, Reporter } from "../caller.js";
import { type DatasetOptions, openDataset } from "../datasets/dataset.js";
import { fileMetadata } from "../model-facts.js";
import { type CheckpointOptions, openCheckpoint, readCheckpoint, tellNotes } from "../scoring/open-checkpoint.js";
import { scores } from "../scoring/predictions.js";

/** Returns the model's name. */
export async function exportModelFile(
  checkpoint: CheckpointOptions,
  out: string,
  dtype: ModelFileDtype,
  reporter: Reporter,
): Promise<string> {
  const { model, parts } = await modelFile(checkpoint, reporter, dtype);
  await writeFileAtomic(out, ...parts);
  return model;
}

/**
 * The parts of the file, in order: plans for one image per step on one thread, and the weights in the layout of the kernels. `card` becomes
 * part of the metadata.
 */
export async function modelFile(
  options: CheckpointOptions,
  reporter: Reporter,
  dtype: ModelFileDtype = "f32",
  card?: ModelCard,
): Promise<{ model: string; parts: Uint8Array[] }> {
  const { path, model, file, facts, notes } = await readCheckpoint(options);
  tellNotes(notes, path, reporter);
  const { normalization, threshold, unusual } = facts;
  const { program, layout } = inferenceProgram(model, plainShapes(), IMAGE_SIZE, normalization);
  await loadTensors(program, file, path);
  const metadata = { ...fileMetadata(model, facts, version), card };
  return {
    model: model.name,
    parts: encodeModel(program, layout, { threshold, metadata, dtype, unusual: unusual && encodeUnusual(unusual) }, crc32),
  };
}

export interface RoundingEffect {
  images: number;
  /** On the test images, with f32 weights and with int8 weights. Null if all images are of one class. */
  auc: Record<ModelFileDtype, number | null>;
  /** The largest absolute change of an image's log-odds. */
  logOdds: number;
  /** Number of images whose label at the model's threshold changes. */
  labels: number;
}

/** The effect of int8 weights on the test images of a dataset. Both runs use the same kernels. */
export async function effectOfInt8(
  checkpoint: CheckpointOptions,
  options: DatasetOptions,
  caller: Caller,
): Promise<RoundingEffect> {
  const { network, facts } = await openCheckpoint(checkpoint, options.threads);
  try {
    const { pixels } = await openDataset({ ...options, classes: facts.classes, needs: { test: "image" } }, caller);
    try {
      const rows = pixels.splits.test;
      const truth = rows.images.map(({ label }) => label);
      const before = await scores(network, rows, "test, f32", caller);
      roundToInt8(network);
      const after = await scores(network, rows, "test, int8", caller);
      const logOdds = before.reduce((most, value, i) => Math.max(most, Math.abs(value - after[i])), 0);
      const threshold = logOddsOf(facts.threshold);
      const labels = before.filter((value, i) => value > threshold !== after[i] > threshold).length;
      return { images: truth.length, labels, auc: { f32: rocAucScore(truth, before), i8: rocAucScore(truth, after) }, logOdds };
    } finally {
      await pixels.close();
    }
  } finally {
    await network.pool.close();
  }
}
