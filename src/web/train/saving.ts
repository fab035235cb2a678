// What a training can be saved as: tensors for pulmo, PyTorch and others, or a model file that this page opens.
import type { Kernels } from "../../core/kernels.js";
import { encodeModel, inferenceProgram } from "../../core/model-file.js";
import { type ModelFile, normalizationOf } from "../../core/read-model-file.js";
import { writeHeader } from "../../core/safetensors.js";
import type { PlacedProgram } from "../../core/values.js";
import { parseClassNames } from "../../data/class-names.js";
import { CRC32, createCrc } from "../../formats/crc.js";
import { toMetadata } from "../../run/model-facts.js";
import { modelTensors } from "../../train/model-tensors.js";

export interface Saved {
  /** File name without folders. */
  name: string;
  parts: Uint8Array<ArrayBuffer>[];
}

/** Copies, because parts of shared memory cannot be transferred. */
const own = (part: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(part);

export function savedTensors(network: PlacedProgram, file: ModelFile, trainSteps: number): Saved {
  const { name } = network.model;
  const tensors = modelTensors(network, trainSteps);
  const classes = parseClassNames(String(file.metadata.classes));
  const facts = { normalization: normalizationOf(file), threshold: file.threshold, ...(classes && { classes }) };
  const parts = [own(writeHeader(tensors, { format: "pt", ...toMetadata(facts), model: name }))];
  for (const tensor of tensors.values()) for (const part of tensor.parts()) parts.push(own(part));
  return { name: `${name}.safetensors`, parts };
}

/** The temperature is left out, because it is folded into the weights; the recipe, because training here follows none. */
export function savedModel(network: PlacedProgram, file: ModelFile, shapes: Kernels): Saved {
  const { model, store, memory, options } = network;
  const { program, layout } = inferenceProgram(model, shapes, options.imageSize, options.normalization);
  const from = new Uint8Array(memory.buffer, store.weights.address);
  const bytes = program.store.running.address + program.store.running.bytes - program.store.weights.address;
  new Uint8Array(program.memory.buffer).set(from.subarray(0, bytes), program.store.weights.address);
  const { recipe: _, temperature: __, ...metadata } = file.metadata;
  const parts = encodeModel(
    program,
    layout,
    { threshold: file.threshold, metadata: { ...metadata, recipe: "fine-tuned" } },
    crc32,
  );
  return { name: `${model.name}.pulmo`, parts: parts.map(own) };
}

const crc32 = createCrc(CRC32);
