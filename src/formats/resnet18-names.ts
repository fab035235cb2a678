// Names of the tensors of ResNet-18 in files of other libraries. pulmo uses the names of torchvision and timm.
import type { StoredTensor } from "../core/tensors.js";

/** From the names of ResNetForImageClassification in Hugging Face transformers (`microsoft/resnet-18`) to those of torchvision. */
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

const HUGGING_FACE = /^resnet\.(embedder|encoder)\./;
/** torch.nn.DataParallel puts it before every name. */
const DATA_PARALLEL = "module.";

/** The tensors of any file by the names that pulmo has for them. A file of another model is returned with its own names. */
export function torchvisionNames(tensors: Map<string, StoredTensor>): Map<string, StoredTensor> {
  const names = [...tensors.keys()];
  const wrapped = names.every((name) => name.startsWith(DATA_PARALLEL));
  const bare = names.map((name) => (wrapped ? name.slice(DATA_PARALLEL.length) : name));
  const known = bare.some((name) => HUGGING_FACE.test(name)) ? bare.map(fromHuggingFace) : bare;
  return new Map([...tensors.values()].map((tensor, i) => [known[i], tensor]));
}

/** An unknown name stays unchanged. */
function fromHuggingFace(name: string): string {
  for (const [pattern, make] of PATTERNS) {
    const match = pattern.exec(name);
    if (match) return make(match);
  }
  return name;
}
