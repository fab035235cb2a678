// The recipes: values for settings that are not given.
import type { Normalization } from "../core/models/definition.js";
import { MODELS } from "../core/models/index.js";
import type { TrainOptions } from "../train/loop.js";

export const MODEL_NAMES = MODELS.map(({ name }) => name);

/** The only model that can start from pretrained weights. */
export const PRETRAINED_MODEL = MODELS.find(({ pretrained }) => pretrained)!.name;

/** The only model whose hidden layers can be chosen. */
const LAYERED = MODELS.find(({ hidden }) => hidden)!;
export const LAYERED_MODEL = LAYERED.name;
export const USUAL_HIDDEN = LAYERED.hidden!;

/** Input of every model in pixels: 224 x 224, as in the study. */
export const IMAGE_SIZE = 224;
/** Edge in pixels of the images in the first epochs of a recipe that trains with smaller ones. */
export const SMALL_SIZE = 128;

export interface Recipe extends Required<Pick<TrainOptions, "balanced" | "schedule">>, Pick<TrainOptions, "augmentation"> {
  models: string[];
  epochs: number;
  /** How many of these epochs, the first ones, train with images of SMALL_SIZE pixels; undefined: none. */
  smallEpochs: number | undefined;
  batchSize: number;
  lr: number;
  /** Whether it starts from the file of `weights fetch` if none is named. */
  pretrained: boolean;
  /** Applied to pixels / 255. */
  normalization: Normalization | undefined;
  /** The share of train that becomes the validation set; undefined: the dataset's own val. */
  valSplit: number | undefined;
  /** How that share is selected: see data/validation.ts. */
  validation: "patients" | "blocks";
  /** Edge in pixels: a second copy of the validation images is shrunk to it and enlarged again; undefined: no such copy. */
  rescaledValidation: number | undefined;
  /** Whether a temperature is fitted on the validation images and that copy. */
  calibrated: boolean;
  /** At most this many test images per class in the stress tests. */
  stressImages: number;
}

/** torchvision's normalization for ImageNet weights. */
const IMAGENET: Normalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** The protocol of the study. */
const PAPER = {
  models: MODEL_NAMES,
  epochs: 10,
  smallEpochs: undefined,
  batchSize: 32,
  lr: 1e-4,
  pretrained: true,
  balanced: false,
  schedule: "constant",
  augmentation: undefined,
  normalization: undefined,
  valSplit: undefined,
  validation: "patients",
  rescaledValidation: undefined,
  calibrated: false,
  // Three steps of 32 images per class.
  stressImages: 96,
} satisfies Recipe;

const STRONG = {
  models: [PRETRAINED_MODEL],
  epochs: 8,
  smallEpochs: undefined,
  batchSize: 32,
  lr: 1e-4,
  pretrained: true,
  balanced: true,
  schedule: "cosine",
  augmentation: {
    area: [0.08, 1],
    ratio: [3 / 4, 4 / 3],
    flip: 0.5,
    degrees: 15,
    brightness: 0.3,
    contrast: 0.3,
    blur: { share: 0.5, sigma: 2 },
  },
  normalization: IMAGENET,
  valSplit: 0.1,
  validation: "blocks",
  rescaledValidation: 80,
  calibrated: true,
  stressImages: PAPER.stressImages,
} satisfies Recipe;

export const RECIPES = {
  paper: PAPER,
  /** For the sample: many small steps; takes two to three minutes and is better than chance. */
  sample: { ...PAPER, epochs: 5, batchSize: 8, lr: 2e-4, schedule: "cosine", stressImages: 24 },
  /** A better resnet18: docs/recipes.md gives the reason for each line. */
  strong: STRONG,
  /** The resnet18 that comes with pulmo: longer, from random weights. */
  scratch: { ...STRONG, epochs: 18, smallEpochs: 15, lr: 5e-4, pretrained: false },
} satisfies Record<string, Recipe>;

export type RecipeName = keyof typeof RECIPES;
export const RECIPE_NAMES = Object.keys(RECIPES) as RecipeName[];
export const DEFAULTS = { recipe: "paper", seed: 0, targetRecall: 0.99 } as const;
export const recipeOf = (name: RecipeName = DEFAULTS.recipe): Recipe => RECIPES[name];
