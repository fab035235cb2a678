// Starts a training from the weights of another one. The file must contain every tensor with its name and shape. The last layer
// may be missing or have another number of classes: it then keeps its initial values.
import { InputError } from "../core/errors.js";
import type { ModelDefinition } from "../core/models/definition.js";
import { type Entry, lastLayer, type ParameterSet } from "../core/parameters.js";
import { float32Values, isFloat, type StoredTensor } from "../core/tensors.js";
import { type PlacedProgram, writeEntry } from "../core/values.js";

export interface Pretrained {
  /** Keyed by the model's names. */
  tensors: Map<string, StoredTensor>;
  /** True if the file's last layer is missing or has another number of classes, and is therefore not used. */
  freshClassifier: boolean;
}

const SHOWN = 8;
const sameShape = (a: number[], b: number[]) => a.join() === b.join();
const list = (names: string[]) =>
  names.slice(0, SHOWN).join(", ") + (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "");

/** Throws an InputError that lists tensors that are missing, unknown, or of another shape or type. */
export function checkPretrained(
  tensors: Map<string, StoredTensor>,
  model: Pick<ModelDefinition, "title">,
  set: ParameterSet,
  path: string,
): Pretrained {
  const entries = [...set.parameters, ...set.statistics];
  const freshClassifier = isForOtherClasses(tensors, lastLayer(set));
  const classifier = lastLayer(set).map(({ name }) => name);
  const needed = entries.filter((e) => !(freshClassifier && classifier.includes(e.name)));
  const known = new Set([...needed.map((e) => e.name), ...(freshClassifier ? classifier : [])]);
  const missing = needed.filter((e) => !tensors.has(e.name)).map((e) => e.name);
  const extra = [...tensors.keys()].filter((name) => !known.has(name) && !name.endsWith(".num_batches_tracked"));
  const odd = needed.flatMap(({ name, shape }) => {
    const tensor = tensors.get(name);
    if (!tensor || (sameShape(tensor.shape, shape) && isFloat(tensor))) return [];
    return [`${name} ${tensor.dtype} [${tensor.shape}] instead of [${shape}]`];
  });
  const faults = [
    missing.length > 0 && `missing: ${missing.length} (${list(missing)})`,
    extra.length > 0 && `unknown: ${extra.length} (${list(extra)})`,
    odd.length > 0 && `with another shape or type: ${odd.length} (${list(odd)})`,
  ].filter(Boolean);
  if (faults.length > 0) throw new InputError(`${path} is not a file of ${model.title} weights; tensors ${faults.join(", ")}.`);
  return { tensors, freshClassifier };
}

/** True if the last layer is missing, or matches except for the number of classes. */
function isForOtherClasses(tensors: Map<string, StoredTensor>, layer: Entry[]): boolean {
  const [weight, bias] = layer.map(({ name }) => tensors.get(name)?.shape);
  if (!weight && !bias) return true;
  const [classes, features] = layer[0].shape;
  return weight?.length === 2 && bias?.length === 1 && weight[0] === bias[0] && weight[1] === features && weight[0] !== classes;
}

/** Loads weights and running statistics. A fresh classifier keeps its initial values. */
export function loadPretrained(network: PlacedProgram, { tensors, freshClassifier }: Pretrained): void {
  const { parameters, statistics } = network.store;
  const fresh = freshClassifier ? lastLayer(network.store) : [];
  const wanted = (e: Entry) => !fresh.includes(e);
  for (const entry of [...parameters, ...statistics].filter(wanted)) {
    writeEntry(network, entry, float32Values(tensors.get(entry.name)!));
  }
}
