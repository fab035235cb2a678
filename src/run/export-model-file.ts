// `export --format pulmo`: a model for the standalone inference core.
import { crc32 } from "node:zlib";
import { encodeModel } from "../core/model-file.js";
import { allocate, layOutProgram, recordProgram } from "../core/program.js";
import { CLASSES } from "../data/types.js";
import { writeFileAtomic } from "../node/files.js";
import { plainShapes } from "../node/variant.js";
import { version } from "../node/version.js";
import { loadTensors } from "../train/checkpoint.js";
import { type CheckpointOptions, readCheckpoint } from "./checkpoint.js";
import { IMAGE_SIZE } from "./recipe.js";

/** Returns the model's name. */
export async function exportModelFile(checkpoint: CheckpointOptions, out: string): Promise<string> {
  const { model, parts } = await modelFile(checkpoint);
  await writeFileAtomic(out, ...parts);
  return model;
}

/** The file's parts, in order: plans for one image a step on one thread, and the weights as the kernels read them. */
export async function modelFile(options: CheckpointOptions): Promise<{ model: string; parts: Uint8Array[] }> {
  const { checkpoint, normalization: given } = options;
  const { path, model, file, facts } = await readCheckpoint(checkpoint, given);
  const { normalization, threshold, recipe, temperature, classes = CLASSES } = facts;
  const sizes = { batchSize: 0, evaluationBatch: 1, explanationBatch: 1, imageSize: IMAGE_SIZE };
  const program = recordProgram(model, plainShapes(), { ...sizes, normalization });
  const layout = layOutProgram(program, 1);
  const placed = { ...program, memory: allocate(layout, false) };
  await loadTensors(placed, file, path);
  const metadata = { model: model.name, classes, recipe, ...normalization, temperature, mapKind: model.mapKind, pulmo: version };
  return { model: model.name, parts: encodeModel(placed, layout, { threshold, metadata }, crc32) };
}
