// The study's recipe: what is not given on the command line is taken from here.
import { MODELS } from "../core/models/index.js";

export const MODEL_NAMES = MODELS.map(({ name }) => name);

/** The `paper` recipe. */
export const DEFAULTS = { models: MODEL_NAMES, epochs: 10, batchSize: 32, lr: 1e-4, seed: 0, targetRecall: 0.99 };

/** The images of every model: 224x224, as the study's. */
export const IMAGE_SIZE = 224;

/** The only model that starts from weights. */
export const PRETRAINED_MODEL = MODELS.find(({ pretrained }) => pretrained)!.name;
