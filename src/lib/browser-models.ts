// Trained models in a browser.
import { InputError } from "../core/errors.js";
import { writeHeader } from "../core/safetensors.js";
import { toMetadata } from "../run/model-facts.js";
import { modelTensors } from "../train/model-tensors.js";
import { decodeFile } from "./decode-file.js";
import { type ImageFile, isImageFile } from "./image-source.js";
import { type LoadedModel, loadFrom } from "./loaded-model.js";
import type { Runtime } from "./runtime.js";
import { encodeStored, factsOf, placedModel, STORED, type StoredModel } from "./stored-model.js";

export interface TrainedModel extends LoadedModel<ImageFile> {
  /** Downloads the model under a file name that ends in .pulmo or .safetensors. In a worker, use `file`. */
  save(name: string): Promise<void>;
}

export async function createModel(runtime: Runtime, stored: StoredModel): Promise<TrainedModel> {
  const parts = encodeStored(stored, runtime) as Uint8Array<ArrayBuffer>[];
  const file = new Uint8Array(await new Blob(parts).arrayBuffer());
  const loaded = await loadFrom<ImageFile>(runtime.inferenceCore, file, { isFile: isImageFile, decode: decodeFile });
  const save = async (name: string) => download(name, name.endsWith(".pulmo") ? [file] : safetensors(runtime, stored, name));
  return { ...loaded, save, [STORED]: stored } as TrainedModel;
}

/** Parts of the file, with torchvision's names for a ResNet. */
function safetensors({ shapes }: Runtime, stored: StoredModel, name: string): Uint8Array<ArrayBuffer>[] {
  if (!name.endsWith(".safetensors")) {
    throw new InputError(`${name} ends in neither .pulmo nor .safetensors: a browser saves these two.`);
  }
  const { program } = placedModel(stored, shapes);
  const tensors = modelTensors(program, stored.trainSteps);
  const metadata = { format: "pt", model: stored.definition.name, ...toMetadata(factsOf(stored)) };
  const parts = [writeHeader(tensors, metadata), ...[...tensors.values()].flatMap((tensor) => [...tensor.parts()])];
  return parts.map((part) => Uint8Array.from(part));
}

function download(name: string, parts: Uint8Array<ArrayBuffer>[]): void {
  const url = URL.createObjectURL(new Blob(parts, { type: "application/octet-stream" }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
