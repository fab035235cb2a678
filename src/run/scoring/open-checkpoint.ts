// Detects the model in a file and prepares it for evaluation.
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { describe } from "../../core/describe.js";
import { InputError } from "../../core/errors.js";
import type { ModelDefinition, Normalization } from "../../core/models/definition.js";
import { hiddenOf } from "../../core/models/dnn.js";
import { findModel, MODELS } from "../../core/models/index.js";
import { evaluationBatchFor } from "../../core/program.js";
import type { TensorFile } from "../../core/safetensors.js";
import { CLASSES } from "../../data/types.js";
import { isPulmoFile } from "../../formats/file-kind.js";
import { readHead, readWeightSets, type WeightsFile } from "../../formats/weights.js";
import { PACKAGED_MODEL, packagedModel } from "../../node/packaged-model.js";
import { chooseVariant, plainShapes, type Variant } from "../../node/variant.js";
import { IMAGE_SIZE } from "../../settings/recipes.js";
import { loadTensors } from "../../train/checkpoint.js";
import { chooseWeights, notesOf, tensorsOf } from "../../train/choose-weights.js";
import type { Wanted } from "../../train/fit.js";
import { createNetwork, type Network } from "../../train/network.js";
import type { Reporter } from "../caller.js";
import { checkNormalization, fromMetadata, type ModelFacts, toMetadata } from "../model-facts.js";
import { type PulmoCheckpoint, pulmoCheckpoint, readPulmoCheckpoint } from "../pulmo-file.js";

/** A checkpoint as given by the user. */
export interface CheckpointOptions {
  /** Default: the model that comes with pulmo. */
  checkpoint?: string | undefined;
  /** Of the images, for files that do not state it; null: none, pixels in 0..1. */
  normalization?: Normalization | null | undefined;
  /** Which weights of the file, if several fit. */
  entry?: string | undefined;
  /** Kernel variant; default: the fastest that works here. */
  wasm?: Variant | undefined;
}

/** What was assumed about a checkpoint. Phrases that follow the file's name. */
export interface CheckpointNotes {
  /** Which weights were taken. */
  taken: string[];
  /** Set if nothing says how the images are normalized. */
  unsaid?: string;
  /** Set if no checkpoint was given. */
  packaged?: string;
}

interface Checkpoint {
  path: string;
  model: ModelDefinition;
  /** With pulmo's tensor names: torchvision's for resnet18. */
  file: TensorFile;
  /** Of a .pulmo file. */
  place?: PulmoCheckpoint["place"] | undefined;
  facts: ModelFacts;
  notes: CheckpointNotes;
}

const UNSAID =
  "does not say how its images are normalized: pixels in 0..1 are assumed, which gives wrong scores if the model was trained otherwise " +
  "(give --mean and --std, or --recipe; --recipe paper confirms 0..1)";

/** Follows the name of the file. */
export const PACKAGED =
  "is the ResNet-18 that comes with pulmo (docs/model-card.md), because no model was given; not for clinical use";

/** The file or folder of a checkpoint. */
export const pathOf = ({ checkpoint }: CheckpointOptions): string => checkpoint ?? PACKAGED_MODEL;

export const wantedModel = (model: ModelDefinition): Wanted => ({
  model,
  tensors: describe(model, plainShapes(), IMAGE_SIZE).tensors,
});

/** The models that a file may hold: the one that it names, else all; the DNN with the layers of the file. */
export function modelsOf({ sets }: WeightsFile, name?: string): ModelDefinition[] {
  const named = MODELS.filter((model) => model.name === name);
  const hidden = sets.map(({ tensors }) => hiddenOf(new Map([...tensors].map(([at, { shape }]) => [at, shape]))));
  return (named.length > 0 ? named : MODELS).flatMap((model) => {
    const widths = model.hidden ? hidden.filter((found) => found !== undefined) : [];
    return widths.length === 0 ? [model] : [...new Map(widths.map((own) => [own.join(), findModel(model.name, own)!])).values()];
  });
}

/** `checkpoint` is a weights file of pulmo or PyTorch, or a folder that contains model.safetensors. */
export async function readCheckpoint({ checkpoint, normalization: given, entry }: CheckpointOptions): Promise<Checkpoint> {
  if (given) checkNormalization(given);
  const read = await readSets(checkpoint);
  const { path, metadata } = read;
  // The model named in the file, else the one that its tensors fit.
  const fit = chooseWeights(read, modelsOf(read, metadata.model).map(wantedModel), { entry });
  const facts = fromMetadata(metadata, path);
  const isStated = (facts.normalization ?? metadata.size) !== undefined;
  if (given !== undefined && isStated) {
    throw new InputError(`${path} states the normalization of its images: remove --mean, --std and --recipe.`);
  }
  return {
    path,
    facts: { ...facts, normalization: given ?? facts.normalization },
    model: fit.wanted.model,
    file: { tensors: tensorsOf(fit), metadata },
    place: read.place,
    notes: {
      taken: notesOf(fit, (facts.classes ?? CLASSES)[1]),
      ...(given === undefined && !isStated && { unsaid: UNSAID }),
      ...(checkpoint === undefined && { packaged: PACKAGED }),
    },
  };
}

/** The tensors of whatever names a model. Undefined: the model that comes with pulmo. */
export async function readSets(path: string | undefined): Promise<ReadSets> {
  if (path === undefined) return setsOf(PACKAGED_MODEL, pulmoCheckpoint(PACKAGED_MODEL, await packagedModel()));
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile || !isPulmoFile(await readHead(path))) {
    const { checkModelOfRun } = await import("../own-files.js");
    const file = await readWeightSets(path);
    await checkModelOfRun(file.path);
    return file;
  }
  return setsOf(path, await readPulmoCheckpoint(path));
}

type ReadSets = WeightsFile & Partial<Pick<PulmoCheckpoint, "place">>;

const setsOf = (path: string, { model, tensors, place, metadata }: PulmoCheckpoint): ReadSets => ({
  path,
  sets: [{ entry: "", tensors }],
  place,
  metadata: { ...metadata, model: model.name },
});

export const tellPackaged = (caller: Reporter): void =>
  caller.info("No model given: using the ResNet-18 that comes with pulmo (docs/model-card.md). Not for clinical use.");

/** Shows them: which model and weights were taken, and, even with --quiet, what is assumed about the images. */
export function tellNotes({ taken, unsaid, packaged }: CheckpointNotes, path: string, caller: Reporter): void {
  if (packaged !== undefined) tellPackaged(caller);
  for (const note of taken) caller.info(`Note: ${path} ${note}.`);
  if (unsaid !== undefined) caller.warn(`Warning: ${path} ${unsaid}.`);
}

export const allNotes = ({ taken, unsaid, packaged }: CheckpointNotes): string[] =>
  [packaged, ...taken, unsaid].filter((note) => note !== undefined);

/** Of the tensors as they were read, not of the file, which may be replaced meanwhile. */
function modelHash({ name }: ModelDefinition, { tensors }: TensorFile, facts: ModelFacts): string {
  const hash = createHash("sha256").update(JSON.stringify([name, toMetadata(facts)]));
  for (const [tensor, { dtype, shape, data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(JSON.stringify([tensor, dtype, shape])).update(data);
  }
  return hash.digest("hex");
}

export interface OpenedModel {
  network: Network;
  facts: ModelFacts;
  notes: CheckpointNotes;
  /** The kernels that compute the scores. */
  variant: Variant;
  /** SHA-256 of everything that scores depend on: tensors and facts. Set if asked for. */
  sha256?: string;
}

interface OpenOptions {
  /** Number of images, if known. */
  images?: number;
  /** Maps per step. */
  explanationBatch?: number;
  /** Same bits as the standalone inference core: plain SIMD, one image per step. */
  portable?: boolean;
  identified?: boolean;
  /** Kernel variant; default: the fastest that works here. */
  wasm?: Variant | undefined;
}

/** A network for evaluation only. */
export const openCheckpoint = async (
  checkpoint: CheckpointOptions,
  threads: number,
  options: OpenOptions = {},
): Promise<OpenedModel> => openRead(await readCheckpoint(checkpoint), threads, { wasm: checkpoint.wasm, ...options });

/** The same for a checkpoint that is read already. */
export async function openRead(
  { path: file, model, file: tensors, place, facts, notes }: Checkpoint,
  threads: number,
  { images, explanationBatch = 0, portable = false, identified = false, wasm }: OpenOptions,
): Promise<OpenedModel> {
  const { normalization } = facts;
  const variant = portable ? "simd" : chooseVariant(wasm);
  const network = createNetwork(model, {
    batchSize: 0,
    explanationBatch,
    ...(images !== undefined && { evaluationBatch: portable ? 1 : evaluationBatchFor(images) }),
    imageSize: IMAGE_SIZE,
    normalization,
    threads,
    variant,
    seed: undefined,
    lr: 0,
  });
  try {
    // Much faster, but without a tensor's name if a value is not finite.
    if (!place?.(network)) await loadTensors(network, tensors, file);
    return { network, facts, notes, variant, ...(identified && { sha256: modelHash(model, tensors, facts) }) };
  } catch (error) {
    await network.pool.close();
    throw error;
  }
}
