// The layers of which a model definition consists, and the types of a definition: docs/api.md shows one.
export { conv2d, convBatchNorm } from "../core/layers/conv2d.js";
export { classActivation, pixelGradient } from "../core/layers/explain.js";
export { linear } from "../core/layers/linear.js";
export { pixelBytes, pixels, pixelsPadded } from "../core/layers/pixels.js";
export { averagePool, maxPool } from "../core/layers/pooling.js";
export type { Input, ModelDefinition, Normalization } from "../core/models/definition.js";
export type { Tape, Tensor } from "../core/tape.js";
