// ResNet-18's tensors under the names that files in the wild give them. torchvision's and timm's are ours.

/** Hugging Face transformers' ResNetForImageClassification (`microsoft/resnet-18`), as patterns of torchvision's. */
const PATTERNS: [RegExp, (match: string[]) => string][] = [
  [/^resnet\.embedder\.embedder\.convolution\.(.*)$/, ([, rest]) => `conv1.${rest}`],
  [/^resnet\.embedder\.embedder\.normalization\.(.*)$/, ([, rest]) => `bn1.${rest}`],
  [
    /^resnet\.encoder\.stages\.(\d)\.layers\.(\d)\.layer\.(\d)\.(convolution|normalization)\.(.*)$/,
    ([, stage, block, layer, kind, rest]) =>
      `layer${+stage + 1}.${block}.${kind === "convolution" ? "conv" : "bn"}${+layer + 1}.${rest}`,
  ],
  [
    /^resnet\.encoder\.stages\.(\d)\.layers\.(\d)\.shortcut\.(convolution|normalization)\.(.*)$/,
    ([, stage, block, kind, rest]) => `layer${+stage + 1}.${block}.downsample.${kind === "convolution" ? 0 : 1}.${rest}`,
  ],
  [/^classifier\.1\.(.*)$/, ([, rest]) => `fc.${rest}`],
];

/** torchvision's name; what is not known stays as it is. DataParallel's prefix "module." is taken off. */
export function torchvisionName(name: string): string {
  const bare = name.replace(/^module\./, "");
  for (const [pattern, make] of PATTERNS) {
    const match = pattern.exec(bare);
    if (match) return make(match);
  }
  return bare;
}

/** The layer that another number of classes replaces. */
export const CLASSIFIER = ["fc.weight", "fc.bias"];
