// Finds the dictionaries of tensors in the value of a pickle: the value itself, entries of dictionaries around it, attributes of
// objects, and whole modules, whose state is read like state_dict() makes it. Nothing of them is run.
import { FormatError, type StoredTensor } from "../core/tensors.js";
import { PythonObject } from "./pickle.js";
import { OddTensor, TensorView } from "./torch-values.js";

/** Tensors by name, at one place of a file. */
export interface StateDict {
  /** Keys of the dictionaries around it, joined by dots: "state_dict"; "" for the file's own value. */
  entry: string;
  tensors: Map<string, StoredTensor>;
  /** If the file holds the whole module. */
  module?: WholeModule;
}

export interface WholeModule {
  /** Its class: "torchvision.models.resnet.ResNet". */
  type: string;
  /** Itself and all modules inside, in the order of the file. */
  layers: ModuleLayer[];
}

export interface ModuleLayer {
  /** As in the names of tensors: "layer1.0.conv1"; "" for the whole module. */
  name: string;
  /** Its class: "torch.nn.modules.conv.Conv2d". */
  type: string;
  /** Its attributes. */
  settings: Map<unknown, unknown>;
}

const MOST_DEPTH = 8;
const MOST_MODULES_DEPTH = 40;
const MOST_VALUES = 1_000_000;
const MOST_DICTIONARIES = 100_000;
const MOST_KEY = 200;

const isTensor = (value: unknown): value is StoredTensor => value instanceof TensorView || value instanceof OddTensor;

/** In the order of the file, outer ones first. At least one; `room`: the most bytes of each together. Throws FormatError. */
export function findStateDicts(root: unknown, room: number): StateDict[] {
  const found: StateDict[] = [];
  const seen = new Set<unknown>();
  const lists = new Set<string>();
  let left = MOST_VALUES;
  const visit = (value: unknown, path: string[]): void => {
    if (typeof value !== "object" || value === null || isTensor(value) || value instanceof Uint8Array) return;
    if (seen.has(value) || path.length > MOST_DEPTH) return;
    seen.add(value);
    if (seen.size > MOST_DICTIONARIES) throw new FormatError("it holds too many objects");
    const entry = path.join(".");
    if (isModule(value)) {
      const { tensors, layers } = partsOfModule(value);
      found.push({ entry, tensors: bounded(tensors, room), module: { type: value.type, layers } });
      return;
    }
    const tensors = new Map<string, StoredTensor>();
    const inner: [string, unknown][] = [];
    for (const [key, item] of itemsOf(value)) {
      if (--left < 0) throw new FormatError("it holds too many values");
      if (isTensor(item)) tensors.set(keyText(key), item);
      else if (item instanceof PythonObject && /\.multiarray\._reconstruct$/.test(item.type)) lists.add(keyText(key));
      else inner.push([keyText(key), item]);
    }
    // A named tuple has its parts as arguments.
    if (value instanceof PythonObject && Array.isArray(value.args)) for (const one of keyed(value.args)) inner.push(one);
    if (tensors.size > 0 && !Array.isArray(value)) found.push({ entry, tensors: bounded(tensors, room) });
    for (const [key, item] of inner) visit(item, [...path, key]);
  };
  visit(root, []);
  if (found.length > 0) return found;
  const [array] = lists;
  throw new FormatError(
    array === undefined
      ? "it holds no tensors by name, as a state_dict has them"
      : `its entry ${JSON.stringify(array)} is a NumPy array: save tensors, torch.from_numpy(array)`,
  );
}

/** Entries of a dictionary, items of a list, attributes of an object. */
function itemsOf(value: object): Iterable<[unknown, unknown]> {
  if (value instanceof Map) return value;
  if (Array.isArray(value)) return value.entries();
  if (!(value instanceof PythonObject)) return [];
  return [...value.entries, ...[value.state].flat(1).flatMap((part) => (part instanceof Map ? [...part] : []))];
}

/** Only dictionaries have tensors by name, so tensors themselves are left out. */
const keyed = (args: unknown[]): [string, unknown][] =>
  args.flatMap((item, i): [string, unknown][] => (isTensor(item) ? [] : [[String(i), item]]));

function keyText(key: unknown): string {
  return typeof key === "string" || typeof key === "number" ? String(key).slice(0, MOST_KEY) : "?";
}

/** torch.nn.Module keeps its parts in these attributes. */
const PARTS = { parameters: "_parameters", buffers: "_buffers", modules: "_modules" };

const partOf = (module: PythonObject, name: string): Map<unknown, unknown> => {
  const part = module.state instanceof Map ? module.state.get(name) : undefined;
  if (part instanceof Map) return part;
  return part instanceof PythonObject ? part.entries : new Map();
};

const isModule = (value: unknown): value is PythonObject =>
  value instanceof PythonObject &&
  value.state instanceof Map &&
  value.state.has(PARTS.modules) &&
  value.state.has(PARTS.parameters);

/** Tensors as Module.state_dict() gives them: parameters, buffers, then the modules inside, with their names before. */
function partsOfModule(module: PythonObject): { tensors: Map<string, StoredTensor>; layers: ModuleLayer[] } {
  const tensors = new Map<string, StoredTensor>();
  const layers: ModuleLayer[] = [];
  let left = MOST_DICTIONARIES;
  const visit = (inner: PythonObject, prefix: string, depth: number): void => {
    if (--left < 0 || depth > MOST_MODULES_DEPTH) throw new FormatError("it holds a module that contains itself");
    layers.push({ name: prefix.slice(0, -1), type: inner.type, settings: inner.state as Map<unknown, unknown> });
    for (const [name, tensor] of [...partOf(inner, PARTS.parameters), ...partOf(inner, PARTS.buffers)]) {
      if (isTensor(tensor)) tensors.set(`${prefix}${keyText(name)}`, tensor);
    }
    for (const [name, part] of partOf(inner, PARTS.modules)) {
      if (isModule(part)) visit(part, `${prefix}${keyText(name)}.`, depth + 1);
    }
  };
  visit(module, "", 0);
  return { tensors, layers };
}

function bounded(tensors: Map<string, StoredTensor>, room: number): Map<string, StoredTensor> {
  for (const tensor of tensors.values()) {
    if (tensor instanceof TensorView) room -= tensor.shape.reduce((n, d) => n * d, tensor.storage.width);
  }
  if (room < 0) throw new FormatError("its tensors share their storages too often");
  return tensors;
}
