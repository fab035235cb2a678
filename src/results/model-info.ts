// What `model info` says about a model file.
import type { Normalization } from "../core/models/definition.js";
import type { ClassNames } from "../data/types.js";
import type { ModelCard } from "./model-card.js";

export interface ModelInfo {
  file: string;
  sha256: string;
  bytes: number;
  /** Whether it is the model that comes with pulmo. */
  packaged: boolean;
  model: string;
  title: string;
  /** Trainable. */
  parameters: number;
  /** Of the weights, such as f32; i8: int8 weights, computed in f32. */
  dtype: string;
  input: { width: number; height: number; channels: number };
  /** Of pixels in 0..1; null: none. */
  normalization: Normalization | null;
  classes: ClassNames;
  threshold: number;
  temperature: number | null;
  recipe: string | null;
  /** The version that wrote a .pulmo file. */
  pulmo: string | null;
  /** Whether the file can tell images that are unlike the training images. */
  unusual: boolean;
  /** Numbers of validation images by class whose scores allow decisions with an error rate. */
  conformal: [number, number] | null;
  /** What `adapt` has done. */
  adapted: unknown;
  /** Null: not recorded in the file, and no finished run beside it. */
  training: ModelCard["training"] | null;
  data: NonNullable<ModelCard["data"]> | null;
  figures: NonNullable<ModelCard["figures"]> | null;
  weightsSha256: string | null;
  licence: string | null;
  attribution: string | null;
  use: string;
  limits: string[];
  /** What was assumed about the file: phrases that follow its name. */
  notes: string[];
}
