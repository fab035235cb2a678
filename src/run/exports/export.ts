// Converts weights from one file format to another.
import { extname } from "node:path";
import { describe, type Graph } from "../../core/describe.js";
import { InputError } from "../../core/errors.js";
import type { ModelFileDtype } from "../../core/model-file.js";
import type { ModelDefinition } from "../../core/models/definition.js";
import { float32Values, isDtype, isFloat } from "../../core/tensors.js";
import { exported, FORMATS, type WeightsFormat } from "../../formats/write-weights.js";
import { plainShapes } from "../../node/variant.js";
import { IMAGE_SIZE } from "../../settings/recipes.js";
import { checkFinite } from "../../train/checkpoint.js";
import { type Reporter, SILENT } from "../caller.js";
import { type ModelFacts, toMetadata } from "../model-facts.js";
import { checkOutputFile } from "../outputs.js";
import { type CheckpointOptions, pathOf, readCheckpoint, tellNotes } from "../scoring/open-checkpoint.js";
import { exportModelFile } from "./export-model-file.js";
import { readTensors } from "./read-tensors.js";

/** Exports a checkpoint for ONNX Runtime, PyTorch or readers of safetensors. Returns the model's name. */
export async function exportModel(
  checkpoint: CheckpointOptions,
  format: keyof typeof FORMATS | "pulmo",
  out: string,
  dtype: ModelFileDtype = "f32",
  reporter: Reporter = SILENT,
): Promise<string> {
  await refuseOverwriting(out, [pathOf(checkpoint)]);
  if (format === "pulmo") return exportModelFile(checkpoint, out, dtype, reporter);
  if (dtype !== "f32") throw new InputError("--dtype i8 requires --format pulmo: remove one of them.");
  return writeModel(checkpoint, FORMATS[format], out, { format: "pt" }, reporter);
}

/** Converts any tensors; `entry` chooses among several sets. The extension of the new file decides the format. */
export async function convert(from: string, to: string, entry: string | undefined, reporter: Reporter): Promise<void> {
  const formats: WeightsFormat[] = Object.values(FORMATS);
  const format = formats.find(({ extensions }) => extensions.includes(extname(to)));
  if (!format) {
    const known = formats.flatMap(({ extensions }) => extensions);
    throw new InputError(`${to} has an unknown extension: use one of ${known.join(", ")}, which decides the format.`);
  }
  await refuseOverwriting(to, [from]);
  if (format.needsGraph) {
    await writeModel({ checkpoint: from, entry }, format, to, {}, reporter);
  } else {
    const { tensors, metadata, notes } = await readTensors(from, entry);
    for (const note of notes) reporter.info(`Note: ${from} ${note}.`);
    for (const [name, { dtype }] of tensors) {
      if (!isDtype(dtype)) throw new InputError(`${from}: ${name} is a tensor of the type ${dtype}, which pulmo does not read.`);
    }
    await format.write(to, tensors, { format: "pt", ...metadata });
  }
}

async function writeModel(
  checkpoint: CheckpointOptions,
  format: WeightsFormat,
  out: string,
  metadata: Record<string, string>,
  reporter: Reporter,
): Promise<string> {
  const { model, tensors, facts, metadata: own } = await readForExport(checkpoint, reporter);
  const graph = format.needsGraph ? graphOf(model, facts) : undefined;
  await format.write(out, tensors, { ...metadata, ...own }, graph);
  return model.name;
}

/** The model of a checkpoint with what an exported file states. Throws an InputError if its weights are not finite. */
export async function readForExport(checkpoint: CheckpointOptions, reporter: Reporter) {
  const { path, model, file, facts, notes } = await readCheckpoint(checkpoint);
  tellNotes(notes, path, reporter);
  for (const [name, tensor] of file.tensors) if (isFloat(tensor)) checkFinite(float32Values(tensor), name, path);
  return { path, model, facts, tensors: exported(file.tensors), metadata: { ...toMetadata(facts), model: model.name } };
}

/** In ONNX's terms, with the normalization of the pixels. */
export const graphOf = (model: ModelDefinition, { normalization }: Pick<ModelFacts, "normalization">): Graph =>
  describe(model, plainShapes(), IMAGE_SIZE, normalization).graph;

/** Throws an InputError if the file cannot be written, or exists and is not empty. */
export const refuseOverwriting = (path: string, inputs: string[] = []): Promise<void> =>
  checkOutputFile({ option: "--out", path }, inputs);
