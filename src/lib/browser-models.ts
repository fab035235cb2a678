// Trained models in a browser.
import { InputError } from "../core/errors.js";
import { writeHeader } from "../core/safetensors.js";
import { toMetadata } from "../run/model-facts.js";
import { modelTensors } from "../train/model-tensors.js";
import { turbo } from "./browser-jpeg.js";
import { fileDecoder } from "./decode-file.js";
import { type ImageFile, isImageFile } from "./image-source.js";
import { type LoadedModel, loadFrom } from "./loaded-model.js";
import type { Runtime } from "./runtime.js";
import { encodeStored, factsOf, placedModel, STORED, type StoredModel } from "./stored-model.js";

export interface TrainedModel extends LoadedModel<ImageFile> {
  /** Downloads the model under a file name that ends in .pulmo or .safetensors. */
  save(name: string): Promise<void>;
  /** The file that `save` downloads, for example to upload it or to pass it on from a worker. */
  toBlob(name: string): Promise<Blob>;
}

export async function createModel(runtime: Runtime, stored: StoredModel): Promise<TrainedModel> {
  const parts = encodeStored(stored, runtime) as Uint8Array<ArrayBuffer>[];
  const file = new Uint8Array(await new Blob(parts).arrayBuffer());
  const loaded = await loadFrom<ImageFile>(runtime.inferenceCore, file, { isFile: isImageFile, decode: fileDecoder(turbo) });
  const toBlob = async (name: string) => {
    return new Blob(name.endsWith(".pulmo") ? [file] : safetensors(runtime, stored, name), { type: "application/octet-stream" });
  };
  const save = async (name: string) => download(name, await toBlob(name));
  return { ...loaded, save, toBlob, [STORED]: stored } as TrainedModel;
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

function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
