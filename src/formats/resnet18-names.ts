// Names of the tensors of ResNet-18 in files of other libraries. pulmo uses the names of torchvision and timm.

/** A way to name a model's tensors. */
export interface Naming {
  /** Completes "it has names ..."; undefined: pulmo's own names. */
  origin?: string;
  /** The file's name of the model's first tensor, which tells what stands before all names. */
  first: string;
  /** pulmo's name for a name in the file. */
  own(name: string): string;
}

const HUGGING_FACE: [RegExp, (match: string[]) => string][] = [
  [/^embedder\.embedder\.convolution\.(.*)$/, ([, rest]) => `conv1.${rest}`],
  [/^embedder\.embedder\.normalization\.(.*)$/, ([, rest]) => `bn1.${rest}`],
  [
    /^encoder\.stages\.(\d)\.layers\.(\d)\.layer\.(\d)\.(convolution|normalization)\.(.*)$/,
    ([, stage, block, layer, kind, rest]) =>
      `layer${+stage + 1}.${block}.${kind === "convolution" ? "conv" : "bn"}${+layer + 1}.${rest}`,
  ],
  [
    /^encoder\.stages\.(\d)\.layers\.(\d)\.shortcut\.(convolution|normalization)\.(.*)$/,
    ([, stage, block, kind, rest]) => `layer${+stage + 1}.${block}.downsample.${kind === "convolution" ? 0 : 1}.${rest}`,
  ],
];

/** Places of torchvision's modules in Sequential(*model.children()). */
const CHILDREN: Record<string, string> = Object.fromEntries(
  ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool"].entries(),
);

function fromHuggingFace(name: string): string {
  for (const [pattern, make] of HUGGING_FACE) {
    const match = pattern.exec(name);
    if (match) return make(match);
  }
  return name;
}

function fromChildren(name: string): string {
  const [place, ...rest] = name.split(".");
  return Object.hasOwn(CHILDREN, place) ? [CHILDREN[place], ...rest].join(".") : name;
}

/** ResNetModel and ResNetForImageClassification in Hugging Face transformers, and a Sequential of torchvision's modules. */
export const RESNET18_NAMINGS: Naming[] = [
  { origin: "of Hugging Face's transformers", first: "embedder.embedder.convolution.weight", own: fromHuggingFace },
  { origin: "of a Sequential of ResNet's modules", first: "0.weight", own: fromChildren },
];
