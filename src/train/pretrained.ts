// A model from somebody else's weights: every tensor must be there under its name and in its shape, but for the last
// layer, which is made anew where it has another number of classes.
import { InputError } from "../core/errors.js";
import type { ModelDefinition, Pretrainable } from "../core/models/definition.js";
import type { Entry, ParameterSet } from "../core/parameters.js";
import { float32Values, isFloat, type StoredTensor } from "../core/tensors.js";
import { type PlacedProgram, writeEntry } from "../core/values.js";

export interface Pretrained {
  tensors: Map<string, StoredTensor>;
  /** Whether the file's last layer is for other classes and stays out. */
  freshClassifier: boolean;
}

function pretrainable({ name, pretrained }: ModelDefinition): Pretrainable {
  if (!pretrained) throw new Error(`${name} starts from scratch only`);
  return pretrained;
}

const SHOWN = 8;
const sameShape = (a: number[], b: number[]) => a.join() === b.join();
const list = (names: string[]) =>
  names.slice(0, SHOWN).join(", ") + (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "");

/** Throws an InputError that lists what is missing, left over or of another shape. */
export function checkPretrained(
  file: Map<string, StoredTensor>,
  model: ModelDefinition,
  set: ParameterSet,
  path: string,
): Pretrained {
  const { nameOf, classifier } = pretrainable(model);
  const tensors = new Map([...file].map(([name, tensor]) => [nameOf(name), tensor]));
  const entries = [...set.parameters, ...set.statistics];
  const freshClassifier = isForOtherClasses(tensors, entries, classifier);
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

/** Whether the last layer is absent altogether, or a whole one for another number of classes. */
function isForOtherClasses(tensors: Map<string, StoredTensor>, entries: Entry[], classifier: string[]): boolean {
  const [weight, bias] = classifier.map((name) => tensors.get(name)?.shape);
  if (!weight && !bias) return true;
  const [classes, features] = entries.find((e) => e.name === classifier[0])!.shape;
  return weight?.length === 2 && bias?.length === 1 && weight[0] === bias[0] && weight[1] === features && weight[0] !== classes;
}

/** Puts the weights and running statistics in their places; a fresh classifier keeps its initial values. */
export function loadPretrained(network: PlacedProgram, { tensors, freshClassifier }: Pretrained): void {
  const { parameters, statistics } = network.store;
  const { classifier } = pretrainable(network.model);
  const wanted = (e: Entry) => !(freshClassifier && classifier.includes(e.name));
  for (const entry of [...parameters, ...statistics].filter(wanted)) {
    writeEntry(network, entry, float32Values(tensors.get(entry.name)!));
  }
}
