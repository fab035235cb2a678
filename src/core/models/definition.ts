// A model's definition: all that the rest of the program knows about a model.
import type { Buffer } from "../plan.js";
import type { Tape, Tensor } from "../tape.js";

/** NORMAL and PNEUMONIA, or the two classes of another dataset. */
export const CLASS_COUNT = 2;

/** A batch of uint8 images [N][size][size][3]. */
export interface Input {
  bytes: Buffer;
  N: number;
  size: number;
  /** Applied after bytes / 255; undefined: none. */
  normalization?: Normalization | undefined;
}

/** (x - mean) / std by channel, like torchvision's Normalize. */
export interface Normalization {
  mean: [red: number, green: number, blue: number];
  std: [red: number, green: number, blue: number];
}

/** Kinds of saliency maps: see layers/explain.ts. */
export const MAP_KINDS = ["class-activation", "weights", "input-gradient"] as const;
export type MapKind = (typeof MAP_KINDS)[number];

export interface ModelDefinition {
  /** Name in `--models`: a-z, 0-9 and hyphens. */
  name: string;
  /** Name in tables. */
  title: string;
  /** Records the forward pass up to the input of the last layer; registers parameters in the tape's store. */
  features: (tape: Tape, input: Input) => Tensor;
  /** Records the last layer, up to the logits [N][2]. */
  classify: (tape: Tape, features: Tensor) => Tensor;
  /** Records the forward pass and a saliency map [N][side][side]; positive values support class 1. */
  explain: (tape: Tape, input: Input) => Tensor;
  mapKind: MapKind;
  /** The widths of its hidden layers, if they can be chosen. */
  hidden?: readonly number[];
  /** Its parameters do not depend on the size of the images. */
  anySize?: true;
  /** Can start from the weights of another training, with a new last layer if the classes differ. */
  pretrained?: true;
}

/** Records the whole forward pass. */
export const recordLogits = ({ features, classify }: ModelDefinition, tape: Tape, input: Input): Tensor =>
  classify(tape, features(tape, input));
