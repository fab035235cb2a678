// What `run` and `train` share: everything a training needs, opened and checked. The folder is made when nothing can be refused
// any more.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { InputError } from "../../core/errors.js";
import type { PixelCache } from "../../data/types.js";
import { rescaled, seenThrough } from "../../data/views.js";
import { lockFolder } from "../../node/lock.js";
import { chooseVariant, type Variant } from "../../node/variant.js";
import { EXAMPLES } from "../../pictures/choose.js";
import { IMAGE_SIZE, recipeOf } from "../../settings/recipes.js";
import type { Settings } from "../../settings/settings.js";
import { validationOf } from "../../settings/validation.js";
import type { StepReport } from "../../train/loop.js";
import type { NetworkOptions } from "../../train/network.js";
import type { ValidationSets } from "../../train/validation.js";
import type { Caller } from "../caller.js";
import { type Dataset, type DatasetOptions, decodeDataset, findDataset } from "../datasets/dataset.js";
import { checkFree, makeRunFolder } from "../folder.js";
import { type RunFile, saveRunFile } from "../run-file.js";
import { checkWatch, type WatchOptions } from "../watch/watch.js";
import { bytesToWrite, checkRoom } from "./disk.js";
import { networkOptions, planNetworks } from "./networks.js";
import { checkSpare } from "./saving.js";
import { chosenWeights, type Weights, weightsLeftToLoad } from "./weights.js";

/** How a training is done on this machine: the results do not depend on it, apart from the kernels' rounding. */
export interface Effort {
  threads: number;
  /** The kernel variant; default: the fastest that works here. */
  wasm?: Variant | undefined;
  /** Seconds between two checkpoints of an unfinished training; default: so many that saving costs 1 % of the time. */
  saveEvery?: number | undefined;
  /** Where checkpoints are saved while the disk of the run's folder is full; default: the folder in run.json, else none. */
  spare?: string | undefined;
  watch?: WatchOptions | undefined;
}

/** A new run, or an earlier one to continue. */
export interface Request extends Effort {
  command: "run" | "train";
  /** The folder of the results. */
  out: string;
  settings: Settings;
  /** Of a new run: a file's path, or "none"; default: the weights of `weights fetch`, if they are there. */
  weights?: string | undefined;
  /** The run.json of the run to continue, whose settings these are. */
  previous?: RunFile | undefined;
  /** Default: the dataset that the settings name. */
  dataset?: Dataset | undefined;
  /** Called after every training step. */
  onStep?: ((report: StepReport, key: string) => void) | undefined;
}

export interface Job {
  out: string;
  file: RunFile;
  dataset: Dataset;
  validation: ValidationSets;
  network: NetworkOptions;
  /** Set where resnet18 is still to be started from weights. */
  weights: Weights | undefined;
  saveEvery: number | undefined;
  /** Absolute. */
  spare: string | undefined;
  watch: WatchOptions;
  onStep: Request["onStep"];
  caller: Caller;
  /** Closes the dataset and releases the folder. */
  close(): Promise<void>;
}

export async function openJob(request: Request, caller: Caller): Promise<Job> {
  const { command, out, settings, previous, threads, saveEvery, spare, watch = {}, onStep } = request;
  const variant = chooseVariant(request.wasm);
  if (!previous) await checkFree(out);
  const explanationBatch = command === "run" && settings.pictures !== false ? EXAMPLES : 0;
  const machine = { threads, variant, explanationBatch };

  const given = request.dataset;
  const manifest = given
    ? undefined
    : await findDataset({ ...settings, withoutVal: validationOf(settings) !== undefined }, caller);
  // Before the images are decoded, which may take long. Unreadable images can only make steps smaller.
  const plans = planNetworks(
    settings.models,
    networkOptions(settings, machine, manifest?.images.train.length ?? trainImages(given!)),
  );
  const weights = previous ? await weightsLeftToLoad(out, previous, plans) : await chosenWeights(request.weights, plans);
  const dataset = given ?? (await decodeDataset(manifest!, decodingOf(settings, threads), caller));
  let release = async () => {};
  const close = async () => {
    await dataset.pixels.close();
    await release();
  };
  try {
    const network = networkOptions(settings, machine, trainImages(dataset));
    if (network.batchSize < settings.batchSize) {
      caller.info(
        `Note: there are only ${network.batchSize} training images; each step uses all of them instead of --batch-size ${settings.batchSize}.`,
      );
    }
    const { manifestSha256, root } = dataset.facts;
    const file = previous ?? begin({ ...settings, weights: weights?.setting }, manifestSha256);
    if (file.manifestSha256 !== manifestSha256) {
      throw new InputError(`The images in ${root} are not those that ${out} was started with: resume with the same dataset.`);
    }
    if (spare !== undefined) {
      await checkSpare(spare);
      file.spare = resolve(spare);
    }
    await checkWatch(watch);
    await checkRoom(out, bytesToWrite(settings, file.models, plans));
    await makeRunFolder(out);
    release = await lockFolder(out);
    // Another run may have used the folder since it was checked.
    if (!previous) await checkFree(out);
    await saveRunFile(out, file);
    const validation = validationSets(settings, dataset.pixels.splits);
    return { out, file, dataset, validation, network, weights, saveEvery, spare: spareOf(file), watch, onStep, caller, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const trainImages = ({ pixels }: Dataset): number => pixels.splits.train.images.length;

/** The folder is not created: where its disk is not mounted, that would write to another disk. */
const spareOf = ({ spare }: RunFile): string | undefined => (spare !== undefined && existsSync(spare) ? spare : undefined);

const begin = (options: Settings, manifestSha256: string): RunFile => ({
  schema: 1,
  options,
  startedAt: new Date().toISOString(),
  manifestSha256,
  models: {},
});

/** The images that are scored after every epoch, and calibrated on. */
function validationSets({ recipe, track }: Settings, { val, test }: PixelCache["splits"]): ValidationSets {
  const { rescaledValidation: edge } = recipeOf(recipe);
  return {
    val,
    ...(edge !== undefined && { valRescaled: seenThrough(val, rescaled(IMAGE_SIZE, edge)) }),
    ...(track && { test }),
  };
}

/** How the settings take the validation set from train; undefined: the dataset's own val is used. */
function decodingOf(settings: Settings, threads: number): DatasetOptions {
  const { data, classes, limit, strict } = settings;
  return { data, classes, limit, strict, threads, validation: validationOf(settings) };
}
