// Models in Node: opened from any checkpoint, scored, saved in any format.
import { extname } from "node:path";
import { describe } from "../core/describe.js";
import { InputError } from "../core/errors.js";
import { inferenceProgram } from "../core/model-file.js";
import type { TensorFile } from "../core/safetensors.js";
import type { StoredTensor } from "../core/tensors.js";
import { exported, FORMATS, type WeightsFormat } from "../formats/write-weights.js";
import { writeFileAtomic } from "../node/files.js";
import { version } from "../node/version.js";
import { fileMetadata, toMetadata } from "../run/model-facts.js";
import { type CheckpointNotes, type CheckpointOptions, readCheckpoint } from "../run/scoring/open-checkpoint.js";
import { IMAGE_SIZE } from "../settings/recipes.js";
import { loadTensors, saveModel } from "../train/checkpoint.js";
import { modelTensors } from "../train/model-tensors.js";
import { decodeImage } from "./decode-node.js";
import { type ImageFile as FileContents, isImageFile } from "./image-source.js";
import { type LoadedModel, loadFrom } from "./loaded-model.js";
import { nodeRuntime } from "./node-runtime.js";
import type { Runtime } from "./runtime.js";
import { encodeStored, factsOf, placedModel, STORED, type StoredModel, storedOf, weightsOf } from "./stored-model.js";

/** An image file: its path, a Blob or its bytes. */
export type ImageFile = string | FileContents;

export interface Model extends LoadedModel<ImageFile> {
  /** Writes the model; the extension decides the format: .pulmo, .safetensors, .pth, .pt or .onnx. */
  save(path: string): Promise<void>;
  /** What was assumed about a checkpoint that is not pulmo's own: phrases that follow the file's name. */
  notes?: string[];
}

/** A checkpoint of any format that pulmo reads, or the folder of a run's model. */
export async function storedCheckpoint(
  options: CheckpointOptions,
  runtime: Runtime,
): Promise<StoredModel & { notes: CheckpointNotes }> {
  const { path: file, model: definition, file: tensors, facts, notes } = await readCheckpoint(options);
  const { normalization, threshold, unusual } = facts;
  const { program } = inferenceProgram(definition, runtime.shapes, IMAGE_SIZE, normalization);
  await loadTensors(program, tensors, file);
  const metadata = fileMetadata(definition, facts, version);
  const weights = weightsOf(program);
  const contents = { imageSize: IMAGE_SIZE, threshold, int8: false, unusual, weights, weightBytes: weights.length };
  return {
    definition,
    contents: { ...contents, metadata: JSON.parse(JSON.stringify(metadata)) },
    trainSteps: stepsIn(tensors),
    notes,
  };
}

/** torchvision's count of training steps; 0 if the file has none. */
function stepsIn({ tensors }: TensorFile): number {
  const [, count] = [...tensors].find(([name, { dtype }]) => name.endsWith(".num_batches_tracked") && dtype === "I64") ?? [];
  return count ? Number(new DataView(count.data.buffer, count.data.byteOffset).getBigInt64(0, true)) : 0;
}

export async function createModel(runtime: Runtime, stored: StoredModel): Promise<Model> {
  const file = new Uint8Array(Buffer.concat(encodeStored(stored, runtime)));
  const loaded = await loadFrom(runtime.inferenceCore, file, { isFile, decode: decodeImage });
  const save = (path: string) => writeModel(runtime, stored, path, file);
  return { ...loaded, save, [STORED]: stored } as Model;
}

const isFile = (image: unknown): image is ImageFile => typeof image === "string" || isImageFile(image);

/** Writes a model that another entry has loaded. */
export const saveModelAs = (model: Pick<Model, "file">, path: string): Promise<void> =>
  writeModel(nodeRuntime(), storedOf(model), path, model.file);

/** `file`: its .pulmo file, if it is known. */
export async function writeModel(runtime: Runtime, stored: StoredModel, path: string, file?: Uint8Array): Promise<void> {
  const extension = extname(path);
  if (extension === ".pulmo") return writeFileAtomic(path, file ?? Buffer.concat(encodeStored(stored, runtime)));
  const formats: WeightsFormat[] = Object.values(FORMATS);
  const format = formats.find(({ extensions }) => extensions.includes(extension));
  if (!format) {
    const known = [".pulmo", ...formats.flatMap(({ extensions }) => extensions)].join(", ");
    throw new InputError(`${path} has none of the extensions ${known}: the extension decides the format.`);
  }
  const { definition, trainSteps, contents } = stored;
  const { program } = placedModel(stored, runtime.shapes);
  const metadata = { format: "pt", model: definition.name, ...toMetadata(factsOf(stored)) };
  // In parts, because a DNN's tensors take 300 MB.
  if (extension === ".safetensors") return saveModel(program, path, trainSteps, metadata);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, parts }] of modelTensors(program, trainSteps)) {
    tensors.set(name, { dtype, shape, data: Buffer.concat([...parts()]) });
  }
  const graph = format.needsGraph
    ? describe(definition, runtime.shapes, contents.imageSize, factsOf(stored).normalization).graph
    : undefined;
  await format.write(path, exported(tensors), metadata, graph);
}
