// Finds a model's tensors in a dictionary of a file: under any common prefix, with the names of other libraries, and with any single
// linear layer as the last one.
import type { ModelDefinition } from "../core/models/definition.js";
import { resnet18 } from "../core/models/resnet18.js";
import type { ParameterSet } from "../core/parameters.js";
import { isFloat, type StoredTensor } from "../core/tensors.js";
import { type Naming, RESNET18_NAMINGS } from "../formats/resnet18-names.js";
import type { StateDict } from "../formats/state-dicts.js";
import { bodyOf, findHead, type Head, oddName } from "./last-layer.js";
import { foreignLayer } from "./module-layers.js";

export interface Wanted {
  model: ModelDefinition;
  tensors: ParameterSet;
}

/** A model's tensors in a file. */
export interface Fit {
  wanted: Wanted;
  set: StateDict;
  /** What stands before all names: "module.". */
  prefix: string;
  naming: Naming;
  /** By the model's names, without the last layer. */
  tensors: Map<string, StoredTensor>;
  /** Its batch-norms' counts of batches, by the model's names. */
  counts: Map<string, StoredTensor>;
  head: Head | undefined;
  /** Names of tensors that are not used: those of a loss or a metric; with `freshHead` of other heads. */
  leftOut: string[];
}

/** Why a model's tensors are not in a dictionary. */
export interface Misfit {
  model: ModelDefinition;
  set: StateDict;
  /** Tensors whose names are there minus those that are missing or have another shape. */
  score: number;
  missing: string[];
  unknown: string[];
  /** "bn1.bias F32 [3] instead of [64]" */
  odd: string[];
  /** A sentence without its subject, for a last layer of another kind. */
  reason?: string;
}

/** Counters of batch-norm and of averaged models (torch.optim.swa_utils), which evaluation does not use. */
const COUNTER = /(^|\.)(num_batches_tracked|n_averaged)$/;
/** pulmo's own unfinished trainings. */
const OPTIMIZER = "adam.";

const namings = ({ model, tensors }: Wanted): Naming[] => {
  const [first] = tensors.parameters;
  const own: Naming = { first: first.name, own: (name) => name };
  return model === resnet18 ? [own, ...RESNET18_NAMINGS] : [own];
};

/** One way to read a dictionary. */
export interface Layout {
  prefix: string;
  naming: Naming;
  /** Names in the file by the model's names. */
  names: Map<string, string>;
  missing: string[];
  odd: string[];
}

/** `freshHead`: the last layer may be missing, or of another kind. */
export function fitModel(set: StateDict, wanted: Wanted, freshHead: boolean): { fits: Fit[]; misfits: Misfit[] } {
  const names = [...set.tensors.keys()].filter((name) => !COUNTER.test(name) && !name.startsWith(OPTIMIZER));
  const layouts = layoutsOf(set, names, wanted);
  const complete = layouts.filter(({ missing, odd }) => missing.length === 0 && odd.length === 0);
  const backbone = bodyOf(wanted).map(({ name }) => name);
  const used = new Set(complete.flatMap((layout) => backbone.map((name) => layout.names.get(name)!)));
  const fits: Fit[] = [];
  const misfits: Misfit[] = [];
  for (const layout of layouts) {
    if (!complete.includes(layout)) {
      misfits.push(misfitOf(set, names, wanted, layout));
      continue;
    }
    const left = names.filter((name) => !used.has(name) && belongs(name, layout, complete));
    const found = findHead(set, left, wanted, layout, freshHead);
    const misfit = misfitOf(set, names, wanted, layout);
    if (!("leftOut" in found)) {
      misfits.push({ ...misfit, ...found });
      continue;
    }
    const fit = { ...partsOf(set, wanted, layout), ...found };
    const reason = foreignLayer(fit, freshHead);
    if (reason === undefined) fits.push(fit);
    else misfits.push({ ...misfit, reason });
  }
  return { fits, misfits };
}

/** Every prefix before the model's first tensor; none, if there is no such tensor. */
function layoutsOf(set: StateDict, names: string[], wanted: Wanted): Layout[] {
  const found: Layout[] = [];
  for (const naming of namings(wanted)) {
    for (const name of names) {
      const prefix = name.slice(0, -naming.first.length);
      if (name.endsWith(naming.first) && !/[A-Za-z0-9]$/.test(prefix)) found.push(layoutOf(set, names, wanted, naming, prefix));
    }
  }
  if (found.length > 0) return found;
  // The last layer of a model that has no other layer may have any name.
  return [layoutOf(set, names, wanted, namings(wanted)[0], "")];
}

function layoutOf(set: StateDict, names: string[], wanted: Wanted, naming: Naming, prefix: string): Layout {
  const own = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => [naming.own(name.slice(prefix.length)), name] as const);
  const byName = new Map(own);
  const missing: string[] = [];
  const odd: string[] = [];
  for (const { name, shape } of bodyOf(wanted)) {
    const tensor = set.tensors.get(byName.get(name) ?? "");
    if (!tensor) missing.push(name);
    else if (!isFloat(tensor) || tensor.shape.join() !== shape.join()) odd.push(oddName(name, tensor, shape));
  }
  return { prefix, naming, names: byName, missing, odd };
}

/** Whether no other reading has a longer prefix of the name. A name without any of the prefixes belongs to each. */
function belongs(name: string, { prefix }: Layout, layouts: Layout[]): boolean {
  const longest = layouts.reduce(
    (most, other) => (name.startsWith(other.prefix) ? Math.max(most, other.prefix.length) : most),
    -1,
  );
  return longest < 0 || (name.startsWith(prefix) && prefix.length === longest);
}

function partsOf(set: StateDict, wanted: Wanted, layout: Layout): Omit<Fit, "head" | "leftOut"> {
  const { prefix, naming } = layout;
  const tensors = new Map(bodyOf(wanted).map(({ name }) => [name, set.tensors.get(layout.names.get(name)!)!]));
  const counts = new Map<string, StoredTensor>();
  for (const [name, tensor] of set.tensors) {
    if (!name.startsWith(prefix) || !name.endsWith(".num_batches_tracked")) continue;
    const own = naming.own(name.slice(prefix.length));
    if (tensors.has(own.replace("num_batches_tracked", "running_var"))) counts.set(own, tensor);
  }
  return { wanted, set, prefix, naming, tensors, counts };
}

function misfitOf(set: StateDict, names: string[], wanted: Wanted, layout: Layout): Misfit {
  const { parameters, statistics } = wanted.tensors;
  const known = new Set([...parameters, ...statistics].map(({ name }) => name));
  const shapeOf = (name: string) => set.tensors.get(layout.names.get(name) ?? "")?.shape.join();
  const score = [...parameters, ...statistics].reduce(
    (sum, { name, shape }) => sum + (shapeOf(name) === shape.join() ? 1 : -1),
    0,
  );
  const own = new Map([...layout.names].map(([name, inFile]) => [inFile, name]));
  const unknown = names.filter((name) => !known.has(own.get(name) ?? name)).map((name) => own.get(name) ?? name);
  return { model: wanted.model, set, score, missing: layout.missing, unknown, odd: layout.odd };
}
