// The tensors of a file of any model, for listing and converting: as the file names them.
import { InputError } from "../../core/errors.js";
import { printable } from "../../core/printable.js";
import type { TensorFile } from "../../core/safetensors.js";
import { CLASSES } from "../../data/types.js";
import { largestSet, listed, readWeightSets } from "../../formats/weights.js";
import { chooseWeights, ITSELF, notesOf, readingName } from "../../train/choose-weights.js";
import { fitModel } from "../../train/fit.js";
import { checkModelOfRun } from "../own-files.js";
import { modelsOf, wantedModel } from "../scoring/open-checkpoint.js";

export interface FoundTensors extends TensorFile {
  /** The place of the tensors in the file; "." for the file's own value. */
  entry: string;
  /** All places that hold tensors. */
  entries: { entry: string; tensors: number }[];
  /** The model of pulmo that they fit, with any last layer. */
  model?: string;
  /** Phrases that follow the file's name. */
  notes: string[];
}

/**
 * `entry`: a place, or a place and a prefix, as messages name them. Default: what fits a model of pulmo, else the dictionary with the most
 * tensors. Throws an InputError.
 */
export async function readTensors(path: string, entry?: string): Promise<FoundTensors> {
  const file = await readWeightSets(path);
  await checkModelOfRun(file.path);
  const { sets, metadata } = file;
  const wanted = modelsOf(file).map(wantedModel);
  const entries = sets.map((set) => ({ entry: set.entry || ITSELF, tensors: set.tensors.size }));
  const facts = { entries, metadata };
  const read = sets.flatMap((set) => wanted.map((one) => fitModel(set, one, true)));
  const fits = read.flatMap((found) => found.fits);
  const place = sets.find((set) => (set.entry || ITSELF) === entry);
  if (place) return { ...facts, tensors: place.tensors, entry: entry!, notes: [] };
  if (entry !== undefined && !fits.some((fit) => readingName(fit) === entry)) {
    const names = [...new Set([...fits.map(readingName), ...entries.map((one) => one.entry)])];
    throw new InputError(`${file.path} has no entry ${JSON.stringify(entry)}: use one of ${listed(names)}.`);
  }
  if (fits.length === 0) {
    const set = largestSet(sets, file.path);
    // Of a whole module, the tensors alone may hide that it is another network.
    const other = read.flatMap(({ misfits }) => misfits).find((misfit) => misfit.set === set && set.module && misfit.reason);
    const notes = other ? [`is not a file of ${other.model.title} weights: ${printable(other.reason!)}`] : [];
    return { ...facts, tensors: set.tensors, entry: set.entry || ITSELF, notes };
  }
  const fit = chooseWeights(file, wanted, { entry, freshHead: true });
  const { set, prefix } = fit;
  const inside = [...set.tensors].filter(([name]) => name.startsWith(prefix));
  return {
    ...facts,
    tensors: entry === undefined ? set.tensors : new Map(inside.map(([name, tensor]) => [name.slice(prefix.length), tensor])),
    entry: set.entry || ITSELF,
    model: fit.wanted.model.name,
    notes: notesOf(fit, CLASSES[1]),
  };
}
