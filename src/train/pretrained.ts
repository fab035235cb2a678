// Starts a training from the weights of another one. The file must contain every tensor but the last layer. The last layer keeps its
// initial values if it is missing or has another number of classes.
import { lastLayer } from "../core/parameters.js";
import { float32Values, type StoredTensor } from "../core/tensors.js";
import { type PlacedProgram, writeEntry } from "../core/values.js";
import { tensorsOf } from "./choose-weights.js";
import type { Fit } from "./fit.js";

export interface Pretrained {
  /** Keyed by the model's names. */
  tensors: Map<string, StoredTensor>;
  /** True if the file's last layer is missing or has another number of classes, and is therefore not used. */
  freshClassifier: boolean;
}

export function pretrainedOf(fit: Fit): Pretrained {
  const tensors = tensorsOf(fit);
  return { tensors, freshClassifier: !tensors.has(lastLayer(fit.wanted.tensors)[0].name) };
}

/** Loads weights and running statistics. A fresh classifier keeps its initial values. */
export function loadPretrained(network: PlacedProgram, { tensors, freshClassifier }: Pretrained): void {
  const { parameters, statistics } = network.store;
  const fresh = freshClassifier ? lastLayer(network.store) : [];
  for (const entry of [...parameters, ...statistics].filter((e) => !fresh.includes(e))) {
    writeEntry(network, entry, float32Values(tensors.get(entry.name)!));
  }
}
