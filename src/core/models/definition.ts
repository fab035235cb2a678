// What a model is to the rest of the program: everything that is said about it stands in its definition.
import type { Buffer } from "../plan.js";
import type { Tape, Tensor } from "../tape.js";

/** A batch of uint8 images [N][size][size][3]. */
export interface Input {
  bytes: Buffer;
  N: number;
  size: number;
  /** What follows bytes / 255; undefined: nothing. */
  normalization?: Normalization | undefined;
}

/** (x - mean) / std by channel, as torchvision's Normalize. */
export interface Normalization {
  mean: [red: number, green: number, blue: number];
  std: [red: number, green: number, blue: number];
}

/** What a map of the log-odds holds: see layers/explain.ts. */
export const MAP_KINDS = ["class-activation", "weights", "input-gradient"] as const;
export type MapKind = (typeof MAP_KINDS)[number];

export interface ModelDefinition {
  /** What `--models` calls it: a-z, 0-9 and hyphens. */
  name: string;
  /** How it is called in tables. */
  title: string;
  /** Records the forward pass up to what the last layer reads; registers parameters in the tape's store. */
  features: (tape: Tape, input: Input) => Tensor;
  /** Records the last layer, up to the logits [N][2]. */
  classify: (tape: Tape, features: Tensor) => Tensor;
  /** Records the forward pass and a map [N][side][side] of what the model looks at; positive speaks for PNEUMONIA. */
  explain: (tape: Tape, input: Input) => Tensor;
  mapKind: MapKind;
  /** Can start from the weights of another training, with a new last layer if the classes differ. */
  pretrained?: true;
}

/** Records the whole forward pass. */
export const recordLogits = ({ features, classify }: ModelDefinition, tape: Tape, input: Input): Tensor =>
  classify(tape, features(tape, input));
