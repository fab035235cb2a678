// Networks that pulmo does not have, by the names of their tensors in torchvision and timm.

const ARCHITECTURES: [pattern: RegExp, architecture: string][] = [
  [/(^|\.)layer1\.0\.conv3\.weight$/, "a ResNet-50 or another ResNet of bottleneck blocks"],
  [/(^|\.)layer1\.2\.conv1\.weight$/, "a ResNet-34"],
  [/(^|\.)denseblock1\.denselayer1\./, "a DenseNet"],
  [/(^|\.)Mixed_5b\./, "an Inception network"],
  [/(^|\.)(_conv_stem|conv_stem|features\.1\.0\.block\.0\.0)\.weight$/, "an EfficientNet or MobileNet"],
  [/(^|\.)features\.1\.conv\.0\.0\.weight$/, "a MobileNet"],
  [/(^|\.)(blocks\.0\.attn\.qkv|layers\.encoder_layer_0\.self_attention\.\w+)(\.weight)?$/, "a Vision Transformer"],
  [/(^|\.)classifier\.6\.weight$/, "a VGG or AlexNet"],
];

/** With its article; undefined if it is not known. */
export function otherArchitecture(names: string[]): string | undefined {
  return ARCHITECTURES.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}
