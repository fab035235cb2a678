// Shared by `run` and `train`: opens and checks everything that a training needs. The folder is created only after all checks.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { InputError } from "../../core/errors.js";
import type { UnusualStatistics } from "../../core/unusual.js";
import { trainingNeeds } from "../../data/needs.js";
import type { PixelCache } from "../../data/types.js";
import { rescaled, seenThrough } from "../../data/views.js";
import { type Lock, lockAgain, lockFolder } from "../../node/lock.js";
import { chooseVariant, fasterNode, type Variant } from "../../node/variant.js";
import { EXAMPLES } from "../../pictures/choose.js";
import { terminalWords } from "../../report/text/terminal.js";
import { IMAGE_SIZE, recipeOf } from "../../settings/recipes.js";
import type { Settings } from "../../settings/settings.js";
import { validationOf } from "../../settings/validation.js";
import type { StepReport } from "../../train/loop.js";
import type { NetworkOptions } from "../../train/network.js";
import { fitUnusual } from "../../train/unusual.js";
import type { ValidationSets } from "../../train/validation.js";
import type { Caller } from "../caller.js";
import { type Dataset, type DatasetOptions, decodeDataset, findDataset } from "../datasets/dataset.js";
import { checkFree, makeRunFolder } from "../folder.js";
import { checkModels } from "../own-files.js";
import { type RunFile, readLockedRun, readRunFile, saveRunFile } from "../run-file.js";
import { beginWatch, checkWatch, type WatchOptions } from "../watch/watch.js";
import { bytesToWrite, checkRoom } from "./disk.js";
import { extend } from "./extend.js";
import { networkOptions, planNetworks, scoringBatch } from "./networks.js";
import { checkSpare } from "./saving.js";
import { chosenWeights, type Weights, weightsLeftToLoad } from "./weights.js";

/** How to train on this machine. This does not change the results, apart from the rounding of the kernels. */
export interface Effort {
  threads: number;
  /** Kernel variant; default: the fastest that works here. */
  wasm?: Variant | undefined;
  /** Checkpoint interval in seconds; default: keeps saving below 1 % of the time. */
  saveEvery?: number | undefined;
  /** Folder for checkpoints while the disk of the run is full. Default: the folder in run.json, else none. */
  spare?: string | undefined;
  watch?: WatchOptions | undefined;
}

/** A run that has not begun. */
export interface NewRun {
  settings: Settings;
  /** Path of a file, or "none". Default: the file of `weights fetch`, if it exists. */
  weights?: string | undefined;
  /** The SHA-256 that the file of weights must have. */
  weightsSha256?: string | undefined;
}

/** Starts a new run or continues an earlier one. */
export interface Request extends Effort {
  command: "run" | "train";
  /** Folder for the results. */
  out: string;
  /** Undefined: continues the run in `out`. Its run.json contains the settings. It is read while the folder is locked. */
  begin: NewRun | undefined;
  /** Settings of a continued run to replace: those for which the table of settings allows it. */
  changes?: Partial<Settings> | undefined;
  /** Throws an InputError if this is not the run to continue. */
  accept?: ((file: RunFile) => void) | undefined;
  /** The caller's lock on `out`, which the caller releases. */
  lock?: Lock | undefined;
  /** Default: the dataset named in the settings. */
  dataset?: ((settings: Settings) => Dataset) | undefined;
  /** Called after every training step. */
  onStep?: ((report: StepReport, key: string) => void) | undefined;
}

export interface Job {
  out: string;
  lock: Lock;
  file: RunFile;
  dataset: Dataset;
  validation: ValidationSets;
  network: NetworkOptions;
  /** Set if a resnet18 training has yet to start from these weights. */
  weights: Weights | undefined;
  saveEvery: number | undefined;
  /** An absolute path. */
  spare: string | undefined;
  watch: WatchOptions;
  onStep: Request["onStep"];
  /** Statistics of the training images, fitted by the first call. */
  unusual(): Promise<UnusualStatistics | undefined>;
  caller: Caller;
  /** Closes the dataset and releases the folder. */
  close(): Promise<void>;
}

export async function openJob(request: Request, caller: Caller): Promise<Job> {
  const { begin, out } = request;
  if (begin) return open(request, undefined, request.lock, caller);
  // Nothing is created in a folder that holds no run.
  await readRunFile(out);
  await makeRunFolder(out, "make it writable, or resume a copy of it");
  const lock = request.lock ?? (await lockAgain(out, caller.info));
  try {
    // Another process may have continued the run until the lock was free.
    const previous = await readLockedRun(out);
    request.accept?.(previous);
    await checkModels(out, previous);
    const { epochs, ...changes } = request.changes ?? {};
    previous.options = { ...previous.options, ...changes };
    const job = await open(request, previous, lock, caller);
    if (epochs !== undefined) {
      await extend(job, epochs).catch(async (error) => {
        await job.dataset.pixels.close();
        throw error;
      });
    }
    return job;
  } catch (error) {
    if (!request.lock) await lock.release();
    throw error;
  }
}

/** `locked`: the lock on the folder of `previous`. For a new run it may be undefined: the folder is then created and locked. */
async function open(request: Request, previous: RunFile | undefined, locked: Lock | undefined, caller: Caller): Promise<Job> {
  const { command, out, begin, threads, saveEvery, spare, watch = {}, onStep } = request;
  const { options: settings } = previous ?? { options: begin!.settings };
  const variant = chooseVariant(request.wasm);
  const newer = request.wasm === undefined ? fasterNode("training") : undefined;
  const words = terminalWords(caller.language);
  if (newer) caller.info(words.newerNode("training", newer));
  if (!previous) await checkFree(out);
  await checkWatch(watch, out);
  const explanationBatch = command === "run" && settings.pictures !== false ? EXAMPLES : 0;
  const machine = { threads, variant, explanationBatch };

  const given = request.dataset?.(settings);
  const needs = trainingNeeds({
    tested: command === "run" || settings.track === true,
    ownVal: validationOf(settings) === undefined,
  });
  const manifest = given ? undefined : await findDataset({ ...settings, needs }, caller);
  // Precedes decoding, which may take long. Unreadable images can only reduce the number of images per step.
  const plans = planNetworks(settings, networkOptions(settings, machine, manifest?.images.train.length ?? trainImages(given!)));
  const weights = previous ? await weightsLeftToLoad(out, previous, plans) : await chosenWeights(begin!, plans, caller);
  const dataset = given ?? (await decodeDataset(manifest!, { ...decodingOf(settings, threads), needs }, caller));
  let lock = locked;
  const close = async () => {
    await dataset.pixels.close();
    if (lock !== request.lock) await lock?.release();
  };
  try {
    const evaluationBatch = scoringBatch(dataset.pixels.splits.val.images.length);
    const network = { ...networkOptions(settings, machine, trainImages(dataset)), evaluationBatch };
    if (network.batchSize < settings.batchSize) {
      caller.info(words.fewImages(network.batchSize, settings.batchSize));
    }
    const { manifestSha256, root } = dataset.facts;
    const file = previous ?? newFile({ ...settings, weights: weights?.setting }, manifestSha256);
    if (file.manifestSha256 !== manifestSha256) {
      throw new InputError(`The images in ${root} differ from those of the run in ${out}: resume with the same dataset.`);
    }
    if (spare !== undefined) {
      await checkSpare(spare);
      file.spare = resolve(spare);
    }
    await checkRoom(out, bytesToWrite(settings, file.models, plans));
    if (!lock) {
      await makeRunFolder(out);
      lock = await lockFolder(out, ", or choose another folder with --out");
    }
    // Another run may have started to use the folder in the meantime.
    if (!previous) await checkFree(out);
    await saveRunFile(out, file);
    await beginWatch(watch);
    const validation = validationSets(settings, dataset.pixels.splits);
    let fitted: ReturnType<Job["unusual"]> | undefined;
    const unusual = () => (fitted ??= fitUnusual(dataset.pixels.splits.train, IMAGE_SIZE));
    const saving = { saveEvery, spare: spareOf(file) };
    return { out, lock, file, dataset, validation, network, weights, ...saving, watch, onStep, unusual, caller, close };
  } catch (error) {
    // The caller of `open` releases the lock that it has passed.
    if (lock === locked) await dataset.pixels.close();
    else await close();
    throw error;
  }
}

const trainImages = ({ pixels }: Dataset): number => pixels.splits.train.images.length;

/** The folder is not created: if its disk is not mounted, the data would go to another disk. */
const spareOf = ({ spare }: RunFile): string | undefined => (spare !== undefined && existsSync(spare) ? spare : undefined);

const newFile = (options: Settings, manifestSha256: string): RunFile => ({
  schema: 1,
  options,
  startedAt: new Date().toISOString(),
  manifestSha256,
  models: {},
});

/** The images that are scored after every epoch and used for calibration. */
function validationSets({ recipe, track }: Settings, { val, test }: PixelCache["splits"]): ValidationSets {
  const { rescaledValidation: edge } = recipeOf(recipe);
  return {
    val,
    ...(edge !== undefined && { valRescaled: seenThrough(val, rescaled(IMAGE_SIZE, edge)) }),
    ...(track && { test }),
  };
}

function decodingOf(settings: Settings, threads: number): DatasetOptions {
  const { data, classes, limit, strict, anyBodyPart } = settings;
  return { data, classes, limit, strict, anyBodyPart, threads, validation: validationOf(settings) };
}
