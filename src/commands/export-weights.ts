// `export` and `weights info|convert`: weights from one file format to another.
import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { writeOnnx } from "../formats/onnx.js";
import { writeSafetensors } from "../formats/safetensors-file.js";
import { int64Scalar, type StoredTensor } from "../core/tensors.js";
import { writeTorch } from "../formats/torch-writer.js";
import { fileSha256, readWeights } from "../formats/weights.js";
import { InputError } from "../core/errors.js";
import { describe } from "../core/describe.js";
import type { ModelDefinition } from "../core/models/definition.js";
import { size } from "../core/parameters.js";
import { compileKernels, shapeFunctions } from "../node/variant.js";
import { readCheckpoint } from "./checkpoint.js";
import { IMAGE_SIZE, type FORMAT_NAMES } from "./options.js";

interface Format {
  extensions: string[];
  /** Only pulmo's models have a graph; other formats take any tensors. */
  needsModel: boolean;
  write(path: string, tensors: Map<string, StoredTensor>, model: ModelDefinition | undefined, metadata: Record<string, string>): Promise<void>;
}

/** A new format is a line here and a file in src/formats. */
const FORMATS: Record<(typeof FORMAT_NAMES)[number], Format> = {
  onnx: {
    extensions: [".onnx"], needsModel: true,
    write: (path, tensors, model, metadata) => {
      const { graph } = describe(model!, shapeFunctions(compileKernels("simd")), IMAGE_SIZE);
      return writeOnnx(path, model!.name, graph, tensors, metadata);
    },
  },
  safetensors: {
    extensions: [".safetensors"], needsModel: false,
    write: (path, tensors, _, metadata) => writeSafetensors(path, { tensors, metadata }),
  },
  torch: { extensions: [".pth", ".pt"], needsModel: false, write: (path, tensors) => writeTorch(path, tensors) },
};

async function refuseOverwriting(path: string): Promise<void> {
  if (await stat(path).then(() => true, () => false)) throw new InputError(`${path} exists already: choose another name or delete it.`);
}

/** Optimiser state stays behind; PyTorch's strict loading wants a count of batches beside every running variance. */
function exported(tensors: Map<string, StoredTensor>): Map<string, StoredTensor> {
  const kept = new Map([...tensors].filter(([name]) => !name.startsWith("adam.")));
  for (const name of [...kept.keys()].filter((n) => n.endsWith(".running_var"))) {
    const count = name.replace("running_var", "num_batches_tracked");
    if (!kept.has(count)) kept.set(count, int64Scalar(0));
  }
  return kept;
}

/** `export`: a checkpoint for ONNX Runtime, PyTorch or whatever reads safetensors. */
export async function exportCheckpoint(options: { checkpoint: string; format: (typeof FORMAT_NAMES)[number]; out: string }): Promise<void> {
  await refuseOverwriting(options.out);
  const { model, file } = await readCheckpoint(options.checkpoint);
  await FORMATS[options.format].write(options.out, exported(file.tensors), model, { format: "pt", model: model.name });
  process.stderr.write(`Saved: ${options.out} (${model.name}, ${options.format})\n`);
}

/** `weights convert`: the format is told by the new file's extension. */
export async function convertWeights({ from, to }: { from: string; to: string }): Promise<void> {
  const format = Object.values(FORMATS).find(({ extensions }) => extensions.includes(extname(to)));
  if (!format) {
    const known = Object.values(FORMATS).flatMap(({ extensions }) => extensions);
    throw new InputError(`${to} has none of the extensions ${known.join(", ")}: choose one of them, it decides the format.`);
  }
  await refuseOverwriting(to);
  if (format.needsModel) {
    const { model, file } = await readCheckpoint(from);
    await format.write(to, exported(file.tensors), model, { model: model.name });
  } else {
    const { tensors, metadata } = await readWeights(from);
    await format.write(to, tensors, undefined, { format: "pt", ...metadata });
  }
  process.stderr.write(`Saved: ${to}\n`);
}

/** `weights info`: the tensors of a file. */
export async function weightsInfo({ file, json }: { file: string; json: boolean }): Promise<void> {
  const { tensors, metadata } = await readWeights(file);
  const rows = [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const parameters = rows.reduce((sum, { shape }) => sum + size(shape), 0);
  const bytes = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  if (json) {
    const sha256 = await fileSha256(file);
    process.stdout.write(`${JSON.stringify({ file, sha256, metadata, tensors: rows, elements: parameters, bytes })}\n`);
    return;
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, dtype, shape }) => `${name.padEnd(width)}  ${dtype.padEnd(4)}  [${shape.join(", ")}]`);
  lines.push(`${rows.length} tensors, ${parameters.toLocaleString("en-US")} elements, ${(bytes / 2 ** 20).toFixed(1)} MiB`);
  process.stdout.write(`${lines.join("\n")}\n`);
}
