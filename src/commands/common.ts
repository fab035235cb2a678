// Options that several commands share, beside those of the table of settings.
import { oneOf, path, share, text } from "../settings/kinds.js";
import { RECIPE_NAMES } from "../settings/recipes.js";
import { needed, option } from "./rows.js";

const CHECKPOINT_HELP = "Model: a run's folder or one of its models, a .safetensors, .pth, .onnx or .pulmo file";
export const CHECKPOINT = {
  checkpoint: needed(path(), CHECKPOINT_HELP, "path to a trained model, for example runs/first/resnet18"),
};
/** The same, of commands that use the packaged model by default. */
export const ANY_CHECKPOINT = { checkpoint: option(path(), `${CHECKPOINT_HELP} (default: the ResNet-18 that comes with pulmo)`) };

/** Which of several weights in a file. */
export const ENTRY = { entry: option(text, "With several sets of weights in the file: the one to use, as the message names it") };

/** How a checkpoint's images are normalized, where the file does not state it. */
export const PREPROCESSING = {
  ...ENTRY,
  recipe: option(oneOf(RECIPE_NAMES), "Normalize pixels as this recipe does (default: as the file states)"),
  mean: option(text, "Mean per channel of pixels in 0..1, as 0.485,0.456,0.406 (default: as the file states)"),
  std: option(text, "Standard deviation per channel, as 0.229,0.224,0.225 (default: as the file states)"),
};

export const ERROR_RATE = option(
  share,
  "Decide for a class or for REVIEW: at most this share of each class is decided as the other class, as 0.05",
);

export const LABELS = "CSV of file,label[,patient][,hospital][,device][,group]";

export const NOT_CLINICAL = "Not for clinical use.";
export const STOP_AND_RESUME = "Ctrl-C saves and stops after the current step; --resume continues to the same bits.";
