// Stress tests of one model: the test images are changed in seven ways, at several levels each, and scored again. The results are
// in <model>/stress.json.
import { join } from "node:path";
import { evenlySpaced } from "../../data/manifest.js";
import { CLASSES, type PixelRows } from "../../data/types.js";
import { selectRows } from "../../data/validation.js";
import { createViews, seenThrough, sharpness, type Views } from "../../data/views.js";
import type { PredictionRow } from "../../eval/predictions.js";
import { falsePositivesByBlock, falsePositivesBySharpness, type NormalImage, stressFigures } from "../../eval/stress-figures.js";
import { writeFileAtomic } from "../../node/files.js";
import { readCheckedIfPresent } from "../../node/read-checked.js";
import type { MadeFrom } from "../../results/file-hashes.js";
import {
  STRESS_FILE,
  STRESS_KINDS,
  type StressCurve,
  type StressKind,
  type StressPoint,
  type StressResults,
  stressSchema,
} from "../../results/stress-results.js";
import { IMAGE_SIZE } from "../../settings/recipes.js";
import type { Network } from "../../train/network.js";
import type { Caller } from "../caller.js";
import { scores } from "./predictions.js";

interface Stress {
  view: keyof Views;
  /** The level without a change. */
  untouched: number;
  /**
   * In the order of the plot's axis, including the level without a change. Few levels, so that resnet18 takes a minute on two
   * cores.
   */
  levels: number[];
}

const STRESSES: Record<StressKind, Stress> = {
  /** Sigma in pixels. */
  blur: { view: "blurred", untouched: 0, levels: [0, 1, 2, 4] },
  /** Edge length in pixels of the downsampled image. */
  downsampling: { view: "rescaled", untouched: IMAGE_SIZE, levels: [IMAGE_SIZE, 112, 80, 56] },
  /** Standard deviation in grey levels. */
  noise: { view: "noisy", untouched: 0, levels: [0, 5, 10, 20] },
  /** Factors. */
  brightness: { view: "brightened", untouched: 1, levels: [0.5, 0.75, 1, 1.25, 1.5] },
  contrast: { view: "contrasted", untouched: 1, levels: [0.5, 0.75, 1, 1.25, 1.5] },
  /** Share of the edge length removed on each side. */
  crop: { view: "cropped", untouched: 0, levels: [0, 0.05, 0.1, 0.2] },
  /** Edge length of the covered square as a share of the image's. */
  cover: { view: "covered", untouched: 0, levels: [0, 0.25, 0.5, 0.75] },
};

/** Sigma in pixels of the blur used to measure sharpness. */
const SHARPNESS_SIGMA = 1;

export interface StressSources {
  /** The folder of the run. */
  out: string;
  network: Network;
  /** The test images and the model's predictions for them. */
  rows: PixelRows;
  predictions: PredictionRow[];
  /** Absent: unknown. */
  madeFrom?: MadeFrom | undefined;
  /** Maximum number of images per class. */
  most: number;
  caller: Caller;
}

const pathOf = (out: string, model: string): string => join(out, model, STRESS_FILE);

export async function writeStress(sources: StressSources): Promise<void> {
  const { out, network, rows, predictions, madeFrom, most, caller } = sources;
  const { model, options } = network;
  const start = performance.now();
  const views = createViews(options.imageSize);
  const [normal, pneumonia] = CLASSES.map((_, label) => evenlySpaced(placesOf(rows, label), most));
  const chosen = new Set([...normal, ...pneumonia]);
  const marked = predictions.map((_, row) => chosen.has(row));
  const results: StressResults = {
    ...(madeFrom && { madeFrom }),
    images: { NORMAL: normal.length, PNEUMONIA: pneumonia.length },
    curves: {},
    falseAlarms: await falseAlarms(rows, predictions, views),
  };
  for (const kind of STRESS_KINDS) results.curves[kind] = await curve(kind, sources, marked, views);
  await writeFileAtomic(pathOf(out, model.name), `${JSON.stringify(results, null, 1)}\n`);
  const seconds = (performance.now() - start) / 1000;
  caller.info(
    `[${model.title}] ${chosen.size} test images scored in ${STRESS_KINDS.length} stress tests in ${seconds.toFixed(1)} s`,
  );
}

const placesOf = ({ images }: PixelRows, label: number): number[] => [...images.keys()].filter((i) => images[i].label === label);

/** The curve of one kind, over the marked images. */
async function curve(
  kind: StressKind,
  { network, rows, predictions, caller }: StressSources,
  marked: boolean[],
  views: Views,
): Promise<StressCurve> {
  const { view, untouched, levels } = STRESSES[kind];
  const own = predictions.filter((_, row) => marked[row]);
  const logOddsAt = async (level: number): Promise<ArrayLike<number>> => {
    if (level === untouched) return own.map(({ logit }) => logit);
    return scores(network, selectRows(seenThrough(rows, views[view](level)), marked), `${kind} ${level}`, caller);
  };
  const labels = own.map(({ label }) => label);
  const points: StressPoint[] = [];
  for (const level of levels) points.push({ level, ...stressFigures(labels, await logOddsAt(level)) });
  return { untouched, points };
}

/** False positives among all unchanged NORMAL test images. */
async function falseAlarms(rows: PixelRows, predictions: PredictionRow[], views: Views): Promise<StressResults["falseAlarms"]> {
  const blur = views.blurred(SHARPNESS_SIGMA);
  const pixels = new Uint8Array(rows.rowBytes);
  const images: NormalImage[] = [];
  for (const row of placesOf(rows, 0)) {
    await rows.read(row, pixels);
    const { file, logit } = predictions[row];
    images.push({ file, logOdds: logit, sharpness: sharpness(pixels, blur) });
  }
  return {
    blocks: falsePositivesByBlock(images),
    sharpness: { sigma: SHARPNESS_SIGMA, quarters: falsePositivesBySharpness(images) },
  };
}

/** Results by model; undefined for a model without stress tests. */
export async function readStress(out: string, models: string[]): Promise<Record<string, StressResults | undefined>> {
  const entries = models.map(async (model) => [model, await readOne(pathOf(out, model))] as const);
  return Object.fromEntries(await Promise.all(entries));
}

const readOne = (path: string): Promise<StressResults | undefined> =>
  readCheckedIfPresent(path, {
    schema: stressSchema,
    most: 64 * 2 ** 20,
    unreadable: "check its permissions",
    invalid: "remove it to continue without these stress tests",
  });
