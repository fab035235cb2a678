// A model's tensors with PyTorch's names, shapes and layout. Their data are made in parts when they are written.
import type { Entry } from "../core/parameters.js";
import type { Buffer } from "../core/plan.js";
import { int64Scalar } from "../core/tensors.js";
import { type EntryPart, type PlacedProgram, partsOf } from "../core/values.js";
import type { TensorSource } from "../formats/safetensors-file.js";

function* bytesOf(parts: Iterable<EntryPart>): Generator<Uint8Array> {
  for (const part of parts) yield new Uint8Array(part.read().buffer);
}

export const tensorSource = (network: PlacedProgram, entry: Entry, region?: Buffer): TensorSource => ({
  dtype: "F32",
  shape: entry.shape,
  parts: () => bytesOf(partsOf(network, entry, region)),
});

/** Weights and running statistics; `trainSteps` becomes torchvision's num_batches_tracked. */
export function modelTensors(network: PlacedProgram, trainSteps: number): Map<string, TensorSource> {
  const tensors = new Map<string, TensorSource>();
  const { parameters, statistics } = network.store;
  const steps = int64Scalar(trainSteps);
  for (const entry of [...parameters, ...statistics]) {
    tensors.set(entry.name, tensorSource(network, entry));
    if (entry.name.endsWith(".running_var")) {
      tensors.set(entry.name.replace("running_var", "num_batches_tracked"), { ...steps, parts: () => [steps.data] });
    }
  }
  return tensors;
}
