// Chooses a model's weights among the dictionaries of a file, and says what was chosen. Rule: a dictionary whose tensors fit a model; if
// several fit, their values must be equal, or the caller names one.
import { InputError } from "../core/errors.js";
import { lastLayer } from "../core/parameters.js";
import { printable } from "../core/printable.js";
import { float32Tensor, float32Values, type StoredTensor } from "../core/tensors.js";
import { otherArchitecture } from "../formats/architectures.js";
import { listed, type WeightsFile } from "../formats/weights.js";
import { type Fit, fitModel, type Misfit, type Wanted } from "./fit.js";

export interface ChooseOptions {
  /** The place of the weights, if several fit: a name that the message lists. */
  entry?: string | undefined;
  /** The last layer may be missing, or of another kind. */
  freshHead?: boolean;
  /** False if the command has no --entry. */
  hasEntryOption?: boolean;
}

/** More readings than any training writes: comparing them takes time. */
const MOST_READINGS = 16;

/** The file's own value has no name. */
export const ITSELF = ".";

/** The name of a reading: the dictionary's place and the prefix, as "state_dict.model". */
export const readingName = ({ set, prefix }: Pick<Fit, "set" | "prefix">): string =>
  [set.entry, prefix.replace(/[^A-Za-z0-9]$/, "")].filter(Boolean).join(".") || ITSELF;

/** Throws an InputError that says why nothing fits, or lists the readings among which to choose. */
export function chooseWeights(
  file: WeightsFile,
  wanted: readonly Wanted[],
  { entry, freshHead = false, hasEntryOption = true }: ChooseOptions,
): Fit {
  const read = file.sets.flatMap((set) => wanted.map((one) => fitModel(set, one, freshHead)));
  const fits = read.flatMap((found) => found.fits);
  const named = entry === undefined ? fits : fits.filter((fit) => [readingName(fit), fit.set.entry || ITSELF].includes(entry));
  if (entry !== undefined && named.length === 0) {
    const names = [...new Set(fits.length > 0 ? fits.map(readingName) : file.sets.map((set) => set.entry || ITSELF))];
    throw new InputError(`${file.path} has no weights ${JSON.stringify(entry)} that fit: use one of ${shown(names)}.`);
  }
  if (named.length === 0) {
    const misfits = read.flatMap((found) => found.misfits);
    throw new InputError(`${file.path} ${whyNot(misfits, file, wanted)}.`);
  }
  const [first, ...others] = named;
  if (named.length > MOST_READINGS || others.some((other) => !sameWeights(first, other))) {
    const names = [...new Set(named.map(readingName))];
    throw new InputError(
      `${file.path} holds several sets of weights that differ: choose one of ${shown(names)} ` +
        `${hasEntryOption ? "with --entry, or " : ""}by writing it to a file of its own (weights convert --entry).`,
    );
  }
  return first;
}

const shown = (names: string[]): string => printable(listed(names));

function sameWeights(a: Fit, b: Fit): boolean {
  if (a.wanted.model !== b.wanted.model || (a.head === undefined) !== (b.head === undefined)) return false;
  const pairs: [StoredTensor | undefined, StoredTensor | undefined][] = [...a.tensors].map(([name, tensor]) => [
    tensor,
    b.tensors.get(name),
  ]);
  return [...pairs, [a.head?.weight, b.head?.weight] as const, [a.head?.bias, b.head?.bias] as const].every(([x, y]) =>
    sameTensor(x, y),
  );
}

function sameTensor(x: StoredTensor | undefined, y: StoredTensor | undefined): boolean {
  if (x === y) return true;
  return x?.dtype === y?.dtype && x?.shape.join() === y?.shape.join() && Buffer.compare(x!.data, y!.data) === 0;
}

const NORMALIZATION = /(^|[._])(mean|std)$/;

/** A sentence without its subject, about the reading that comes nearest. */
function whyNot(misfits: Misfit[], { sets }: WeightsFile, wanted: readonly Wanted[]): string {
  const nearest = misfits.reduce((a, b) => (b.score > a.score ? b : a));
  const { model, set, missing, unknown, odd, reason } = nearest;
  const names = wanted.map((one) => one.model.name);
  const where = set.entry === "" ? "" : ` (in its entry ${JSON.stringify(printable(set.entry))})`;
  const other = sets.map(({ tensors }) => otherArchitecture([...tensors.keys()])).find((found) => found !== undefined);
  if (other !== undefined) return `holds the weights of ${other}, not of ${names.join(", ")}: give weights of one of these`;
  if (wanted.length > 1 && nearest.score <= 0) {
    const places = sets.map(
      ({ entry, tensors }) => `${entry || "the file itself"}: ${tensors.size} as ${[...tensors.keys()][0]}`,
    );
    return `is not a checkpoint of ${names.join(", ")}: check the path (its tensors: ${shown(places.slice(0, 3))})`;
  }
  if (reason) return `is not a file of ${model.title} weights: ${reason}${where}`;
  const last = lastLayer(wanted.find((one) => one.model === model)!.tensors).map(({ name }) => name);
  if (odd.length + unknown.length === 0 && missing.every((name) => last.includes(name))) {
    return `has no last layer (${shown(missing)})${where}: start a training from it with run --weights`;
  }
  const faults = [
    missing.length > 0 && `missing: ${missing.length} (${shown(missing)})`,
    unknown.length > 0 && `unknown: ${unknown.length} (${shown(unknown)})`,
    odd.length > 0 && `with another shape or type: ${odd.length} (${shown(odd)})`,
  ].filter(Boolean);
  const advice =
    missing.length + odd.length > 0
      ? ""
      : unknown.every((name) => NORMALIZATION.test(name))
        ? ": they normalize the images, so give their values with --mean and --std (of pixels in 0..1), and remove them from the file"
        : ": if the network works without them, remove them from the file";
  return `is not a file of ${model.title} weights; tensors ${faults.join(", ")}${where}${advice}`;
}

/** Phrases that follow the file's name: what was taken from it, where more than one form is usual. `positive`: the name of class 1. */
export function notesOf({ wanted, set, prefix, naming, head, leftOut }: Fit, positive: string): string[] {
  const q = (text: string) => JSON.stringify(printable(text));
  const notes: string[] = [];
  if (set.module !== undefined) {
    const at = set.entry === "" ? "" : `, in its entry ${q(set.entry)}`;
    notes.push(
      `holds a whole model (${printable(set.module.type)}${at}): its weights are read as those of ${wanted.model.name}, and nothing in it is run`,
    );
  } else if (set.entry !== "") notes.push(`has its weights in the entry ${q(set.entry)}`);
  if (prefix !== "") notes.push(`has names that begin with ${q(prefix)}: this prefix is removed`);
  if (naming.origin !== undefined) notes.push(`has names ${naming.origin}`);
  const [weight] = lastLayer(wanted.tensors);
  const outputs = head?.weight.shape[0];
  if (head && head.weight.shape[0] <= weight.shape[0]) {
    if (`${head.name}.weight` !== weight.name && naming.origin === undefined) notes.push(`has ${q(head.name)} as its last layer`);
    if (outputs === 1) notes.push(`has one output: it is read as the log-odds of ${positive} (sigmoid)`);
    if (!head.bias) notes.push("has no bias in its last layer: zeros are used");
  }
  if (leftOut.length > 0) notes.push(`holds tensors besides, which are not used: ${shown(leftOut)}`);
  return notes;
}

/**
 * The weights by the model's names. One output z becomes two, 0 and z: the softmax of two logits is the sigmoid of their difference.
 * Without the last layer, if it has another number of outputs.
 */
export function tensorsOf(fit: Fit): Map<string, StoredTensor> {
  const { wanted, tensors, counts } = fit;
  const last = lastLayerOf(fit);
  const { parameters, statistics } = wanted.tensors;
  const all = new Map<string, StoredTensor>();
  for (const { name } of [...parameters, ...statistics]) {
    const tensor = tensors.get(name) ?? last.get(name);
    if (tensor) all.set(name, tensor);
    // As pulmo writes them: each count follows its running variance.
    const count = name.replace(/running_var$/, "num_batches_tracked");
    if (count !== name && counts.has(count)) all.set(count, counts.get(count)!);
  }
  return all;
}

function lastLayerOf({ wanted, head }: Fit): Map<string, StoredTensor> {
  const [weight, bias] = lastLayer(wanted.tensors);
  const [outputs, features] = head?.weight.shape ?? [];
  const made = (rows: StoredTensor, offsets: StoredTensor) =>
    new Map([[weight.name, rows] as const, [bias.name, offsets] as const]);
  if (!head || outputs > weight.shape[0]) return new Map();
  if (outputs === weight.shape[0] && head.bias) return made(head.weight, head.bias);
  const rows = new Float32Array(weight.shape[0] * features);
  rows.set(float32Values(head.weight), rows.length - outputs * features);
  const offsets = new Float32Array(weight.shape[0]);
  if (head.bias) offsets.set(float32Values(head.bias), offsets.length - outputs);
  return made(float32Tensor(weight.shape, rows), float32Tensor(bias.shape, offsets));
}
