// Stress tests of one model: the test images are changed in seven ways, at several levels each, and scored again. The results are
// in <model>/stress.json.
import { join } from "node:path";
import { evenlySpaced } from "../../data/manifest.js";
import { CLASSES, type PixelRows } from "../../data/types.js";
import { createViews, sharpness, type View, type Views } from "../../data/views.js";
import type { PredictionRow } from "../../eval/predictions.js";
import { falsePositivesByBlock, falsePositivesBySharpness, type NormalImage, stressFigures } from "../../eval/stress-figures.js";
import { writeFileAtomic } from "../../node/files.js";
import { readCheckedIfPresent } from "../../node/read-checked.js";
import { terminalWords } from "../../report/text/terminal.js";
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
  /** In the order of the plot's axis, including the level without a change. */
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

/** Copies of an image that are scored. */
const COPIES = STRESS_KINDS.reduce((sum, kind) => sum + STRESSES[kind].levels.length - 1, 0);
/** Enough to see whether a model works at all. */
const FEWEST = 4;

/**
 * Images per class, at most `most`, so that scoring all copies takes about a fifth of the training. Counted in forward passes, so that
 * every machine tests the same images: a training step has three per image, and changing a copy takes as long as its forward pass. A
 * logistic regression is faster than that.
 */
export function stressImages({ most, epochs, trainImages }: { most: number; epochs: number; trainImages: number }): number {
  const copies = (3 * epochs * trainImages) / 5 / 2;
  return Math.min(most, Math.max(FEWEST, Math.floor(copies / COPIES / CLASSES.length)));
}

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
  const results: StressResults = {
    ...(madeFrom && { madeFrom }),
    images: { NORMAL: normal.length, PNEUMONIA: pneumonia.length },
    curves: {},
    falseAlarms: await falseAlarms(rows, predictions, views),
  };
  const tested = predictions.flatMap((_, row) => (chosen.has(row) ? [row] : []));
  const logOddsOf = await scoresOfCopies(sources, tested, views);
  const labels = tested.map((row) => predictions[row].label);
  for (const kind of STRESS_KINDS) {
    const { levels, untouched } = STRESSES[kind];
    const points = levels.map((level): StressPoint => ({ level, ...stressFigures(labels, logOddsOf(kind, level)) }));
    results.curves[kind] = { untouched, points } satisfies StressCurve;
  }
  await writeFileAtomic(pathOf(out, model.name), `${JSON.stringify(results, null, 1)}\n`);
  const seconds = (performance.now() - start) / 1000;
  caller.info(`[${model.title}] ${terminalWords(caller.language).stressed(chosen.size, STRESS_KINDS.length, seconds)}`);
}

const placesOf = ({ images }: PixelRows, label: number): number[] => [...images.keys()].filter((i) => images[i].label === label);

interface Copy {
  kind: StressKind;
  level: number;
  view: View;
}

/** Scores all copies of the tested images at once, image by image. Returns the log-odds of a kind and level, in the images' order. */
async function scoresOfCopies({ network, rows, predictions, caller }: StressSources, tested: readonly number[], views: Views) {
  const copies = STRESS_KINDS.flatMap((kind): Copy[] => {
    const { view, untouched, levels } = STRESSES[kind];
    return levels.filter((level) => level !== untouched).map((level) => ({ kind, level, view: views[view](level) }));
  });
  const changed: PixelRows = {
    ...rows,
    images: tested.flatMap((row) => copies.map(() => rows.images[row])),
    async read(i, into) {
      const row = tested[Math.floor(i / copies.length)];
      await rows.read(row, into);
      into.set(copies[i % copies.length].view(into.slice(), row));
    },
  };
  const scored = await scores(network, changed, terminalWords(caller.language).bar.changedImages, caller);
  return (kind: StressKind, level: number): number[] => {
    const place = copies.findIndex((copy) => copy.kind === kind && copy.level === level);
    return tested.map((row, i) => (place < 0 ? predictions[row].logit : scored[i * copies.length + place]));
  };
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
