import { batchNorm } from "../layers/batchnorm.js";
import { conv2d, conv2dStem } from "../layers/conv2d.js";
import { classActivation } from "../layers/explain.js";
import { linear } from "../layers/linear.js";
import { pixelsPadded } from "../layers/pixels.js";
import { averagePool, maxPool } from "../layers/pool.js";
import type { Tape, Tensor } from "../tape.js";
import type { Input } from "./index.js";

/** Two blocks a stage: out-channels and the stride of the first block. */
const STAGES = [
  { name: "layer1", O: 64, stride: 1 },
  { name: "layer2", O: 128, stride: 2 },
  { name: "layer3", O: 256, stride: 2 },
  { name: "layer4", O: 512, stride: 2 },
];

/** ResNet-18 (He et al., arXiv:1512.03385) as torchvision builds and names it, with two classes. */
export const resnet18 = (tape: Tape, input: Input): Tensor =>
  linear(tape, averagePool(tape, features(tape, input), "avgpool"), "fc", 2);

/** Class activation over the 7x7 places of the last stage. */
export const resnet18Activation = (tape: Tape, input: Input): Tensor => classActivation(tape, features(tape, input), "fc");

function features(tape: Tape, input: Input): Tensor {
  let x = conv2dStem(tape, pixelsPadded(tape, input, 3), "conv1", { O: 64, kernel: 7, stride: 2, pad: 3 });
  x = batchNorm(tape, x, "bn1", { relu: true });
  x = maxPool(tape, x, "maxpool");
  for (const { name, O, stride } of STAGES) {
    x = basicBlock(tape, x, `${name}.0`, O, stride);
    x = basicBlock(tape, x, `${name}.1`, O, 1);
  }
  return x;
}

/** relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut); the shortcut is x, or a 1x1 convolution where the shape changes. */
function basicBlock(tape: Tape, x: Tensor, name: string, O: number, stride: number): Tensor {
  let y = conv2d(tape, x, `${name}.conv1`, { O, kernel: 3, stride, pad: 1 });
  y = batchNorm(tape, y, `${name}.bn1`, { relu: true });
  y = conv2d(tape, y, `${name}.conv2`, { O, kernel: 3, stride: 1, pad: 1 });
  let shortcut = x;
  if (stride !== 1) {
    shortcut = conv2d(tape, x, `${name}.downsample.0`, { O, kernel: 1, stride, pad: 0 });
    shortcut = batchNorm(tape, shortcut, `${name}.downsample.1`);
  }
  return batchNorm(tape, y, `${name}.bn2`, { relu: true, residual: shortcut });
}
