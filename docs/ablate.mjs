// The effect of each line of `strong`: trains the recipe with that line changed for a short time and scores validation images only.
// `node docs/ablate.mjs CHEST_XRAY WEIGHTS [SEED] [NAME ...]`, after `npm run build`, prints a line of JSON per training.
// - validation images are taken from train like in `strong`; every third of the remaining images is used, for three epochs;
// - "smoother", "blurred", "noisy": the validation images resized to 80 pixels and back, blurred by 2 pixels, with noise of 5 grey levels;
// - "flipped": the mean of the log-odds of an image and its mirror image.
import { findModel } from "../dist/core/models/index.js";
import { createViews, seenThrough } from "../dist/data/views.js";
import { selectRows } from "../dist/data/validation.js";
import { epochFigures } from "../dist/eval/epoch.js";
import { physicalCores } from "../dist/node/cores.js";
import { chooseVariant } from "../dist/node/variant.js";
import { openDataset } from "../dist/run/datasets/dataset.js";
import { networkOptions, planNetworks } from "../dist/run/training/networks.js";
import { IMAGE_SIZE, PRETRAINED_MODEL, RECIPES } from "../dist/settings/recipes.js";
import { createScreen } from "../dist/commands/terminal.js";
import { chosenWeights } from "../dist/run/training/weights.js";
import { evaluate } from "../dist/train/evaluate.js";
import { freshState, train } from "../dist/train/loop.js";
import { createNetwork } from "../dist/train/network.js";
import { loadPretrained } from "../dist/train/pretrained.js";

const EPOCHS = 3;
const EVERY = 3;

const { strong } = RECIPES;
const augmented = (changes) => ({ augmentation: { ...strong.augmentation, ...changes } });
const views = createViews(IMAGE_SIZE);
/** Noise on every other image, of up to 10 grey levels depending on its number. */
const noise = (pixels, row) => (row % 2 === 0 ? pixels : views.noisy((row % 20) / 2)(pixels, row));

const ABLATIONS = {
  strong: {},
  "no crops": augmented({ area: [1, 1], ratio: [1, 1] }),
  "crops of 50 to 100 %": augmented({ area: [0.5, 1] }),
  "no blur": augmented({ blur: { share: 0, sigma: 0 } }),
  "no jitter": augmented({ brightness: 0, contrast: 0 }),
  "no flips, no rotation": augmented({ flip: 0, degrees: 0 }),
  "noise on half of the images": { noise },
  "every image once an epoch": { balanced: false },
  "pixels in [0,1]": { normalization: undefined },
  "constant rate": { schedule: "constant" },
};

const [data, weightsPath, seed = "0", ...names] = process.argv.slice(2);
const threads = physicalCores();
const validation = { share: strong.valSplit, seed: 0, by: strong.validation };
const dataset = await openDataset({ data, strict: false, threads, validation }, createScreen(process.stderr).reporter(true));
const { val, train: all } = dataset.pixels.splits;
const rows = selectRows(
  all,
  all.images.map((_, i) => i % EVERY === 0),
);
const labels = val.images.map(({ label }) => label);
const mirrored = seenThrough(val, (pixels) => {
  const out = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 3) {
    const x = (i / 3) % IMAGE_SIZE;
    out.set(pixels.subarray(i, i + 3), i + 3 * (IMAGE_SIZE - 1 - 2 * x));
  }
  return out;
});

for (const name of names.length > 0 ? names : Object.keys(ABLATIONS)) {
  const { noise: view, ...changes } = ABLATIONS[name];
  const recipe = { ...strong, ...changes };
  const settings = { recipe: "strong", batchSize: recipe.batchSize, seed: Number(seed), lr: recipe.lr };
  const options = networkOptions(settings, { threads, variant: chooseVariant(), explanationBatch: 0 }, rows.images.length);
  Object.assign(options, { augment: recipe.augmentation !== undefined, normalization: recipe.normalization });
  const { pretrained } = await chosenWeights(weightsPath, planNetworks([PRETRAINED_MODEL], options));
  const network = createNetwork(findModel(PRETRAINED_MODEL), options);
  loadPretrained(network, pretrained);
  const { balanced, schedule, augmentation } = recipe;
  const state = freshState();
  const batches = { epochs: EPOCHS, batchSize: options.batchSize, seed: settings.seed, balanced, schedule, augmentation };
  await train(network, view ? seenThrough(rows, view) : rows, state, batches);

  const plain = await evaluate(network, val);
  const flipped = (await evaluate(network, mirrored)).map((logOdds, i) => (logOdds + plain[i]) / 2);
  const seen = async (through) => epochFigures(labels, await evaluate(network, seenThrough(val, through)));
  const figures = {
    val: epochFigures(labels, plain),
    flipped: epochFigures(labels, flipped),
    smoother: await seen(views.rescaled(strong.rescaledValidation)),
    blurred: await seen(views.blurred(2)),
    noisy: await seen(views.noisy(5)),
  };
  const seconds = state.history.reduce((sum, epoch) => sum + epoch.seconds, 0);
  console.log(JSON.stringify({ name, seed: settings.seed, images: rows.images.length, epochs: EPOCHS, seconds, ...figures }));
  await network.pool.close();
}
await dataset.pixels.close();
