// How images are normalized, as a command line states it.
export { readNormalization } from "../../run/model-facts.js";
export type { CheckpointOptions } from "../../run/scoring/open-checkpoint.js";
