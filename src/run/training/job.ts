// What `run` and `train` share: everything a training needs, opened and checked. The folder exists only after nothing can
// be refused any more.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { InputError } from "../../core/errors.js";
import { lockFolder } from "../../node/lock.js";
import { chooseVariant } from "../../node/variant.js";
import { EXAMPLES } from "../../pictures/choose.js";
import { recipeOf } from "../../settings/recipes.js";
import type { Settings } from "../../settings/settings.js";
import type { NetworkOptions } from "../../train/network.js";
import { type Dataset, decodeDataset, findDataset } from "../datasets/dataset.js";
import { checkFree, makeRunFolder } from "../folder.js";
import { advise } from "../interrupt.js";
import { PROGRAM, quoted } from "../program.js";
import { type RunFile, saveRunFile } from "../run-file.js";
import type { Terminal } from "../terminal.js";
import { checkWatch, type WatchOptions } from "../watch/watch.js";
import { bytesToWrite, checkRoom } from "./disk.js";
import { networkOptions, planNetworks } from "./networks.js";
import { checkSpare } from "./saving.js";
import { chosenWeights, type Weights, weightsLeftToLoad } from "./weights.js";

/** How trainings are done here: the bits do not depend on it. */
export interface Effort {
  threads: number;
  /** Seconds between two saves of an unfinished training; undefined: as often as costs little. */
  saveEvery?: number | undefined;
  /** Where trainings are saved while the disk of the run's folder is full; undefined: what an earlier run says, or nowhere. */
  spare?: string | undefined;
  watch?: WatchOptions | undefined;
}

/** A new run, or an earlier one to go on with. */
export interface Request extends Effort {
  command: "run" | "train";
  /** The folder of the results. */
  out: string;
  settings: Settings;
  /** A file's path, or "none"; undefined: those of `weights fetch`, if they are there. Of a new run. */
  weights?: string | undefined;
  /** What `out` says of the run to go on with, whose settings these are. */
  previous?: RunFile | undefined;
}

export interface Job {
  out: string;
  file: RunFile;
  dataset: Dataset;
  network: NetworkOptions;
  /** Where resnet18 is still to be started from weights. */
  weights: Weights | undefined;
  saveEvery: number | undefined;
  /** Absolute. */
  spare: string | undefined;
  watch: WatchOptions;
  terminal: Terminal;
}

export async function openJob(request: Request, terminal: Terminal): Promise<Job> {
  const { command, out, settings, previous, threads, saveEvery, spare, watch = {} } = request;
  const variant = chooseVariant();
  if (!previous) await checkFree(out);
  const explanationBatch = command === "run" && settings.pictures !== false ? EXAMPLES : 0;
  const machine = { threads, variant, explanationBatch };

  const manifest = await findDataset(decodingOf(settings, threads), terminal);
  // Before the decoding, which may take long: what that finds unreadable can only make steps smaller.
  const plans = planNetworks(settings.models, networkOptions(settings, machine, manifest.images.train.length));
  const weights = previous ? await weightsLeftToLoad(out, previous, plans) : await chosenWeights(request.weights, plans);
  const dataset = await decodeDataset(manifest, decodingOf(settings, threads), terminal);
  try {
    const network = networkOptions(settings, machine, dataset.pixels.splits.train.images.length);
    if (network.batchSize < settings.batchSize) {
      terminal.say(`Note: a step takes all ${network.batchSize} training images, not --batch-size ${settings.batchSize}.`);
    }
    const { manifestSha256, root } = dataset.facts;
    const file = previous ?? begin({ ...settings, weights: weights?.setting }, manifestSha256);
    if (file.manifestSha256 !== manifestSha256) {
      throw new InputError(`The images in ${root} are not those that ${out} was started with: use the same dataset to resume.`);
    }
    if (spare !== undefined) {
      await checkSpare(spare);
      file.spare = resolve(spare);
    }
    await checkWatch(watch);
    await checkRoom(out, bytesToWrite(settings, file.models, plans));
    await makeRunFolder(out);
    await lockFolder(out);
    // Another run may have had it since it was looked at.
    if (!previous) await checkFree(out);
    await saveRunFile(out, file);
    advise(`Go on with: ${PROGRAM} ${command} --resume ${quoted(out)}`);
    return { out, file, dataset, network, weights, saveEvery, spare: spareOf(file), watch, terminal };
  } catch (error) {
    await dataset.pixels.close();
    throw error;
  }
}

/** A disk that is away is not made up for by a folder of its name. */
const spareOf = ({ spare }: RunFile): string | undefined => (spare !== undefined && existsSync(spare) ? spare : undefined);

const begin = (options: Settings, manifestSha256: string): RunFile => ({
  schema: 1,
  options,
  startedAt: new Date().toISOString(),
  manifestSha256,
  models: {},
});

function decodingOf({ recipe, data, classes, limit, strict, valSplit: share, fold, seed }: Settings, threads: number) {
  const by = recipeOf(recipe).validation;
  return { data, classes, limit, strict, threads, validation: share === undefined ? undefined : { share, seed, by, fold } };
}
