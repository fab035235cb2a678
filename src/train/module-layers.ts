// Layers of a whole module whose kind and settings no tensor shows, such as activations, pooling and strides: each must be the one of the
// model, or must not change a score. Layers of other people's classes are not judged.
// Source: torchvision/models/resnet.py, and torch/nn/modules for the attributes.
import type { ModelDefinition } from "../core/models/definition.js";
import { logistic } from "../core/models/logistic.js";
import { resnet18 } from "../core/models/resnet18.js";
import type { ModuleLayer } from "../formats/state-dicts.js";
import type { Fit } from "./fit.js";

type Settings = Record<string, unknown>;

/** Classes of PyTorch and of images' transforms. */
const JUDGED = /^(?:torch\.nn|torchvision\.transforms)\.(?:[\w.]*\.)?(\w+)$/;
/** In evaluation they change nothing; tensors of linear layers are compared elsewhere. */
const NEUTRAL =
  /^((Alpha|FeatureAlpha)?Dropout[123]?d?|Identity|Flatten|Sequential|Module(List|Dict)|(Distributed)?DataParallel|Linear|\w*Loss)$/;
const FINAL = /^(Sigmoid|Softmax|LogSoftmax)$/;

/** The kinds of a ResNet's layers without tensors, by their names. */
const RESNET_KINDS: [name: RegExp, kinds: RegExp][] = [
  [/(^|\.)(relu|act\d)$/, /^ReLU$/],
  [/^maxpool$/, /^MaxPool2d$/],
  [/^avgpool$/, /^(AdaptiveAvgPool2d|AvgPool2d)$/],
];

/** The kinds that a layer without tensors may have in the model; undefined: the model has no such layer of that name. */
function kindsOf(model: ModelDefinition, own: string): RegExp | undefined {
  if (model.name === resnet18.name) return RESNET_KINDS.find(([name]) => name.test(own))?.[1];
  // Sequential(Flatten, Linear, ReLU, ..., Linear): a ReLU behind each hidden layer.
  return model.hidden?.some((_, i) => own === String(2 * i + 2)) ? /^ReLU$/ : undefined;
}

const convolution = (name: string): Settings => ({
  stride: name === "conv1" || /^layer[234]\.0\.(conv1|downsample\.0)$/.test(name) ? 2 : 1,
  padding: name === "conv1" ? 3 : /\.downsample\.0$/.test(name) ? 0 : 1,
  dilation: 1,
  padding_mode: "zeros",
});

/** Of layers in a ResNet. */
const SETTINGS: Record<string, (name: string) => Settings> = {
  Conv2d: convolution,
  BatchNorm2d: () => ({ eps: 1e-5 }),
  SyncBatchNorm: () => ({ eps: 1e-5 }),
  MaxPool2d: () => ({ kernel_size: 3, stride: 2, padding: 1, dilation: 1, ceil_mode: false }),
  AdaptiveAvgPool2d: () => ({ output_size: 1 }),
  AvgPool2d: () => ({ kernel_size: 7, padding: 0 }),
  ReLU: () => ({}),
};

/** What a layer changes, as a sentence without its end; undefined if the scores are the model's. `bodyOnly`: the last layer is made anew. */
export function foreignLayer(fit: Fit, bodyOnly: boolean): string | undefined {
  const { set, wanted, prefix, naming } = fit;
  const layers = set.module?.layers ?? [];
  const body = new Set([...fit.tensors.keys()].map((name) => name.split(".")[0]));
  for (const layer of layers) {
    const kind = JUDGED.exec(layer.type)?.[1];
    if (kind === undefined) continue;
    // A Naming translates the names of tensors.
    const bare = layer.name.startsWith(prefix) ? layer.name.slice(prefix.length) : undefined;
    const own = bare === undefined ? "" : naming.own(`${bare}.weight`).replace(/\.weight$/, "");
    const isPart = kindsOf(wanted.model, own) !== undefined;
    if (bodyOnly && !isPart && !body.has(own.split(".")[0])) continue;
    const fault = faultOf(layer, kind, own, fit);
    if (fault) return `its layer ${layer.name} ${fault}, which gives other scores than ${wanted.model.title}`;
  }
  return undefined;
}

function faultOf(layer: ModuleLayer, kind: string, own: string, fit: Fit): string | undefined {
  const { model } = fit.wanted;
  const kinds = kindsOf(model, own);
  if (kinds && !kinds.test(kind)) return `is ${kind}`;
  const outputs = fit.head?.weight.shape[0];
  const place = placeOf(layer, fit);
  if (FINAL.test(kind)) {
    const fitting = kind === "Sigmoid" ? 1 : 2;
    if (place === "before" || (outputs !== undefined && outputs !== fitting)) {
      return `is ${kind} ${place === "before" ? "before the last layer" : `on ${outputs} outputs`}`;
    }
    return undefined;
  }
  if (kind === "ReLU" && place === "after") return "is ReLU after the last layer";
  if (kind === "ReLU" && model.hidden && /^\d+$/.test(own) && !kinds) return "is ReLU";
  if (kind === "ReLU" && model === logistic) return "is ReLU";
  if (kind === "ReLU" || NEUTRAL.test(kind)) return undefined;
  if (model !== resnet18 || !Object.hasOwn(SETTINGS, kind)) return `is ${kind}`;
  for (const [name, value] of Object.entries(SETTINGS[kind](own))) {
    const found = layer.settings.get(name);
    // Older versions of PyTorch lack some of them.
    if (found !== undefined && ![found].flat().every((one) => one === value)) return `has ${name} ${[found].flat().join(", ")}`;
  }
  return undefined;
}

/** Where a layer stands to the last one. Only a Sequential tells the order of its layers. */
function placeOf({ name }: ModuleLayer, { set, prefix, head }: Fit): "before" | "after" | undefined {
  const layers = set.module?.layers ?? [];
  const last = head && [`${prefix}${head.name}`, head.name].find((one) => layers.some((layer) => layer.name === one));
  if (last === undefined || last === name) return undefined;
  const [parts, others] = [name.split("."), last.split(".")];
  const shared = parts.findIndex((part, i) => part !== others[i]);
  const common = layers.find((layer) => layer.name === parts.slice(0, shared).join("."));
  if (shared < 0 || common?.type !== "torch.nn.modules.container.Sequential") return undefined;
  const at = (one: string) => layers.findIndex((layer) => layer.name === one);
  return at(name) < at(last) ? "before" : "after";
}
