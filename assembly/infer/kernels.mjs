/**
 * The kernels that a model file may call. Their places in this list are their numbers in the file: append, never reorder.
 * test/core/infer.test.ts compares the list with the plans.
 */
export const INFERENCE_KERNELS = [
  "pixels",
  "pixelsPadded",
  "normalize",
  "conv2d",
  "maxPool",
  "averagePool",
  "winogradInput",
  "winogradProducts",
  "winogradOutput",
  "foldBatchNorm",
  "winogradWeights",
  "narrowLinearPartials",
  "narrowLinearSum",
  "linearPartials",
  "linearSum",
  "logOdds",
  "logOddsBackward",
  "narrowLinearBackwardData",
  "pixelMap",
  "reluBackward",
  "packPanels",
  "linearBackwardInput",
  "narrowLinearPixelsPartials",
  "stemPixels",
  "stemWeights",
  "stem",
  "winogradCroppedProducts",
];
