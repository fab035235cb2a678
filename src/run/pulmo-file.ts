// .pulmo files as checkpoints: their weights by PyTorch's names, and their metadata as text.
import { crc32 } from "node:zlib";
import { InputError } from "../core/errors.js";
import { placeFile, recordFile } from "../core/model-file.js";
import type { ModelDefinition } from "../core/models/definition.js";
import { hiddenWidths } from "../core/models/dnn.js";
import { findModel } from "../core/models/index.js";
import { type ModelFile, placeWeights, readModelFile } from "../core/read-model-file.js";
import type { TensorFile } from "../core/safetensors.js";
import { FormatError, type StoredTensor } from "../core/tensors.js";
import { unusualText } from "../core/unusual.js";
import type { Placed } from "../core/values.js";
import { parseClassNames } from "../data/class-names.js";
import { checkConformal, conformalText } from "../eval/conformal.js";
import { fileKind, isPulmoFile } from "../formats/file-kind.js";
import type { TensorSource } from "../formats/safetensors-file.js";
import { readInput } from "../node/files.js";
import { plainShapes } from "../node/variant.js";
import { modelTensors } from "../train/model-tensors.js";

/** The maximum size of a WebAssembly memory. */
const MAX_BYTES = 2 ** 31;
const CRC_AT = 16;

/** The bytes of a .pulmo file. Throws an InputError that says what another or a damaged file is. */
export async function readPulmoBytes(path: string): Promise<Uint8Array> {
  const file = await readInput(path, MAX_BYTES, "check the path");
  const found = isPulmoFile(file) ? undefined : (fileKind(file) ?? { kind: "another kind of file", advice: "check the path" });
  if (found) throw new InputError(`${path} is ${found.kind}, not a .pulmo file: ${found.advice}.`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 128 || view.getUint32(12, true) !== file.length) throw damaged(path, "it is cut short");
  if (view.getUint32(CRC_AT, true) !== crc32(file.subarray(CRC_AT + 4))) throw damaged(path, "its checksum is another");
  return file;
}

const damaged = (path: string, why: string) =>
  new InputError(`${path} is not a usable .pulmo file: ${why}, so copy or export it again.`);

/** Throws an InputError if the model is not one of pulmo's. */
export const readPulmoCheckpoint = async (path: string): Promise<PulmoCheckpoint> =>
  pulmoCheckpoint(path, await readPulmoBytes(path));

export interface PulmoCheckpoint extends TensorFile {
  model: ModelDefinition;
  /** Copies the weights to a program of the model. Returns whether all are finite. Throws an InputError. */
  place(program: Placed): boolean;
}

/** The same for bytes that were read already. `path` is used in messages. */
export function pulmoCheckpoint(path: string, file: Uint8Array): PulmoCheckpoint {
  return checked(path, () => {
    const contents = readModelFile(file);
    const name = String(contents.metadata.model).slice(0, 100);
    const model = findModel(name, hiddenWidths(contents.metadata.hidden));
    if (!model) throw new InputError(`${path} holds the model ${JSON.stringify(name)}, which this command does not know.`);
    const recorded = recordFile(model, plainShapes(), contents);
    let memory: WebAssembly.Memory | undefined;
    const whole = {
      ...recorded,
      /** Most commands read no tensors: scoring takes the weights as packed for the kernels. */
      get memory() {
        return (memory ??= checked(path, () => placeFile(recorded, contents).program.memory));
      },
    };
    const tensors = new Map<string, StoredTensor>();
    for (const [tensor, source] of modelTensors(whole, 0)) tensors.set(tensor, unpackedWhenRead(source));
    const place = (program: Placed) => checked(path, () => placeWeights(program, contents));
    return { model, tensors, place, metadata: metadataOf(contents) };
  });
}

/** With the path for a FormatError. */
function checked<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof FormatError ? damaged(path, error.message) : error;
  }
}

function unpackedWhenRead({ dtype, shape, parts }: TensorSource): StoredTensor {
  let data: Uint8Array | undefined;
  return {
    dtype,
    shape,
    get data() {
      return (data ??= Buffer.concat([...parts()]));
    },
  };
}

/** As a safetensors file of pulmo has it. */
function metadataOf({ metadata, imageSize, threshold, unusual }: ModelFile): Record<string, string> {
  const { recipe, classes, mean, std, temperature, conformal, adapted } = metadata;
  const stated = {
    recipe,
    classes: parseClassNames(String(classes))?.join(),
    mean,
    std,
    temperature,
    size: imageSize,
    threshold,
    unusual: unusual && unusualText(unusual),
    conformal: conformal === undefined ? undefined : conformalText(checkConformal(conformal)),
    adapted,
  };
  return Object.fromEntries(Object.entries(stated).flatMap(([name, value]) => (value == null ? [] : [[name, String(value)]])));
}
