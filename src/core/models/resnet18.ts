import { convBatchNorm } from "../layers/conv2d.js";
import { classActivation } from "../layers/explain.js";
import { linear } from "../layers/linear.js";
import { pixelsPadded } from "../layers/pixels.js";
import { averagePool } from "../layers/pooling.js";
import type { Tape, Tensor } from "../tape.js";
import { CLASS_COUNT, type Input, type ModelDefinition } from "./definition.js";

/** Two blocks per stage: out-channels and the stride of the first block. */
const STAGES = [
  { name: "layer1", O: 64, stride: 1 },
  { name: "layer2", O: 128, stride: 2 },
  { name: "layer3", O: 256, stride: 2 },
  { name: "layer4", O: 512, stride: 2 },
];

/** ResNet-18 (He et al., arXiv:1512.03385) as torchvision builds and names it, with two classes. */
export const resnet18: ModelDefinition = {
  name: "resnet18",
  title: "ResNet-18",
  features: (tape, input) => averagePool(tape, stages(tape, input), "avgpool"),
  classify: (tape, x) => linear(tape, x, "fc", CLASS_COUNT),
  /** Class activation over the 7x7 pixels of the last stage. */
  explain: (tape, input) => classActivation(tape, stages(tape, input), "fc"),
  mapKind: "class-activation",
  anySize: true,
  pretrained: true,
};

function stages(tape: Tape, input: Input): Tensor {
  const stem = { O: 64, kernel: 7, stride: 2, pad: 3 };
  const pixels = pixelsPadded(tape, input, stem.pad);
  let x = convBatchNorm(tape, pixels, { conv: "conv1", norm: "bn1" }, stem, { relu: true, pool: "maxpool" });
  for (const { name, O, stride } of STAGES) {
    x = basicBlock(tape, x, `${name}.0`, O, stride);
    x = basicBlock(tape, x, `${name}.1`, O, 1);
  }
  return x;
}

/** relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut); the shortcut is x, or a 1x1 convolution if the shape changes. */
function basicBlock(tape: Tape, x: Tensor, name: string, O: number, stride: number): Tensor {
  const names = (conv: string, norm: string) => ({ conv: `${name}.${conv}`, norm: `${name}.${norm}` });
  const y = convBatchNorm(tape, x, names("conv1", "bn1"), { O, kernel: 3, stride, pad: 1 }, { relu: true });
  const shortcut = () =>
    stride === 1 ? x : convBatchNorm(tape, x, names("downsample.0", "downsample.1"), { O, kernel: 1, stride, pad: 0 });
  return convBatchNorm(tape, y, names("conv2", "bn2"), { O, kernel: 3, stride: 1, pad: 1 }, { relu: true, shortcut });
}
