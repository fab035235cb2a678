// What a network makes of validation images: after every epoch, and when it is trained.
import { lastLayer } from "../../core/parameters.js";
import { readEntry, writeEntry } from "../../core/values.js";
import type { PixelRows } from "../../data/types.js";
import { rescaled, seenThrough } from "../../data/views.js";
import { epochFigures } from "../../eval/epoch.js";
import { temperatureOf } from "../../eval/temperature.js";
import type { EpochResults } from "../../results/metrics.js";
import { IMAGE_SIZE, recipeOf } from "../../settings/recipes.js";
import { evaluate } from "../../train/evaluate.js";
import type { Network } from "../../train/network.js";
import type { Job } from "./job.js";

const labelsOf = ({ images }: PixelRows): number[] => images.map(({ label }) => label);

/** The validation images and, where the recipe asks for one, their smoother copy. */
function validationRows({ file, dataset }: Job): { val: PixelRows; valRescaled: PixelRows | undefined } {
  const { val } = dataset.pixels.splits;
  const { rescaledValidation: edge } = recipeOf(file.options.recipe);
  return { val, valRescaled: edge === undefined ? undefined : seenThrough(val, rescaled(IMAGE_SIZE, edge)) };
}

/** Figures that an epoch's results gain; nothing depends on them. */
export async function afterEpoch(job: Job, network: Network): Promise<Partial<EpochResults>> {
  const { val, valRescaled } = validationRows(job);
  const figures = async (rows: PixelRows) => epochFigures(labelsOf(rows), await evaluate(network, rows));
  return {
    val: await figures(val),
    ...(valRescaled && { valRescaled: await figures(valRescaled) }),
    ...(job.file.options.track && { test: await figures(job.dataset.pixels.splits.test) }),
  };
}

/** Makes the network as sure as it is right on those images: divides its last layer. Returns by what. */
export async function calibrate(job: Job, network: Network): Promise<number> {
  const { val, valRescaled } = validationRows(job);
  const rows = valRescaled ? [val, valRescaled] : [val];
  const logOdds: number[] = [];
  for (const one of rows) logOdds.push(...(await evaluate(network, one)));
  const temperature = temperatureOf(rows.flatMap(labelsOf), logOdds);
  for (const entry of lastLayer(network.store)) {
    writeEntry(
      network,
      entry,
      readEntry(network, entry).map((w) => w / temperature),
    );
  }
  return temperature;
}
