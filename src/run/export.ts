// Weights from one file to another, in another format.
import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { InputError } from "../core/errors.js";
import { readWeights } from "../formats/weights.js";
import { exported, FORMATS, type WeightsFormat } from "../formats/write-weights.js";
import { readCheckpoint } from "./checkpoint.js";

/** A checkpoint for ONNX Runtime, PyTorch or whatever reads safetensors. Returns the model's name. */
export async function exportModel(checkpoint: string, format: keyof typeof FORMATS, out: string): Promise<string> {
  await refuseOverwriting(out);
  const { model, file } = await readCheckpoint(checkpoint);
  await FORMATS[format].write(out, exported(file.tensors), model, { format: "pt", model });
  return model;
}

/** Any tensors; the new file's extension tells the format. */
export async function convert(from: string, to: string): Promise<void> {
  const formats: WeightsFormat[] = Object.values(FORMATS);
  const format = formats.find(({ extensions }) => extensions.includes(extname(to)));
  if (!format) {
    const known = formats.flatMap(({ extensions }) => extensions);
    throw new InputError(`${to} has none of the extensions ${known.join(", ")}: choose one of them, it decides the format.`);
  }
  await refuseOverwriting(to);
  if (format.needsModel) {
    const { model, file } = await readCheckpoint(from);
    await format.write(to, exported(file.tensors), model, { model });
  } else {
    const { tensors, metadata } = await readWeights(from);
    await format.write(to, tensors, "", { format: "pt", ...metadata });
  }
}

async function refuseOverwriting(path: string): Promise<void> {
  if (await stat(path).then(() => true, () => false)) throw new InputError(`${path} exists already: choose another name or delete it.`);
}
