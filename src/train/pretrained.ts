// Starting a training from the weights of another one. Every tensor must be in the file, with its name and shape. The last layer
// may be absent or have another number of classes: it then keeps its initial values.
import { InputError } from "../core/errors.js";
import type { ModelDefinition } from "../core/models/definition.js";
import { type Entry, lastLayer, type ParameterSet } from "../core/parameters.js";
import { float32Values, isFloat, type StoredTensor } from "../core/tensors.js";
import { type PlacedProgram, writeEntry } from "../core/values.js";

export interface Pretrained {
  /** By the names of the model. */
  tensors: Map<string, StoredTensor>;
  /** Whether the last layer of the file is not used because it is absent or for other classes. */
  freshClassifier: boolean;
}

const SHOWN = 8;
const sameShape = (a: number[], b: number[]) => a.join() === b.join();
const list = (names: string[]) =>
  names.slice(0, SHOWN).join(", ") + (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "");

/** Throws an InputError that lists the tensors that are missing, unknown or of another shape or type. */
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
    missing.length > 0 && `${missing.length} missing (${list(missing)})`,
    extra.length > 0 && `${extra.length} unknown (${list(extra)})`,
    odd.length > 0 && `${odd.length} of another kind (${list(odd)})`,
  ].filter(Boolean);
  if (faults.length > 0) throw new InputError(`${path} does not hold a ${model.title}: of its tensors ${faults.join(", ")}.`);
  return { tensors, freshClassifier };
}

/** Whether the last layer is absent, or complete but for another number of classes. */
function isForOtherClasses(tensors: Map<string, StoredTensor>, layer: Entry[]): boolean {
  const [weight, bias] = layer.map(({ name }) => tensors.get(name)?.shape);
  if (!weight && !bias) return true;
  const [classes, features] = layer[0].shape;
  return weight?.length === 2 && bias?.length === 1 && weight[0] === bias[0] && weight[1] === features && weight[0] !== classes;
}

/** Loads weights and running statistics; a fresh classifier keeps its initial values. */
export function loadPretrained(network: PlacedProgram, { tensors, freshClassifier }: Pretrained): void {
  const { parameters, statistics } = network.store;
  const fresh = freshClassifier ? lastLayer(network.store) : [];
  const wanted = (e: Entry) => !fresh.includes(e);
  for (const entry of [...parameters, ...statistics].filter(wanted)) {
    writeEntry(network, entry, float32Values(tensors.get(entry.name)!));
  }
}
