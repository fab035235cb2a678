// The last layer of a model in a file of other people: a single linear layer of any name, with two outputs or one.
import { type Entry, lastLayer, size } from "../core/parameters.js";
import { isDtype, isFloat, type StoredTensor } from "../core/tensors.js";
import type { StateDict } from "../formats/state-dicts.js";
import type { Layout, Misfit, Wanted } from "./fit.js";

export interface Head {
  /** Its name in the file, without the prefix: "fc.1". */
  name: string;
  /** [outputs][features] */
  weight: StoredTensor;
  bias: StoredTensor | undefined;
}

/** State of losses and metrics, which training modules hold beside the network. */
const LOSS =
  /(^|[._])(loss(_?fn|_?func)?|losses|criteri(on|a)|crit|objective|ce|bce|nll|focal|cross_?entropy|pos_weights?|class_weights?)([._]|$)|(^|\.)weights$/i;
const METRIC =
  /(^|[._])(metrics?|meter|acc|accuracy|auc|auroc|f1|f1_?score|prec|precision|recall|specificity|sensitivity|kappa|mcc|jaccard|cm)([._]|$)/i;
/** States of torchmetrics. */
const METRIC_STATE = /\.(tp|fp|tn|fn|confmat|correct|total|preds|target|mean_value|max_value|min_value)$/;

const isBeside = (name: string): boolean => LOSS.test(name) || METRIC.test(name) || METRIC_STATE.test(name);

/** A whole number or a truth value, as of steps: no layer has one. */
const isCounter = (tensor: StoredTensor): boolean => isDtype(tensor.dtype) && !isFloat(tensor) && size(tensor.shape) === 1;

type Found = { head: Head | undefined; leftOut: string[] };
type Refused = Pick<Misfit, "reason" | "missing" | "unknown" | "odd">;

/** All tensors of a model but its last layer. */
export const bodyOf = ({ tensors }: Wanted): Entry[] => {
  const last = lastLayer(tensors);
  return [...tensors.parameters, ...tensors.statistics].filter((entry) => !last.includes(entry));
};

export const oddName = (name: string, { dtype, shape }: StoredTensor, wanted: number[]): string =>
  `${name} ${dtype} [${shape}] instead of [${wanted}]`;

/** `left`: names of the tensors that are not part of the model's body. `freshHead`: the last layer may be missing, or of another kind. */
export function findHead(set: StateDict, left: string[], wanted: Wanted, layout: Layout, freshHead: boolean): Found | Refused {
  const leftOut = left.filter((name) => isBeside(name) || isCounter(set.tensors.get(name)!));
  const rest = left.filter((name) => !leftOut.includes(name));
  const bare = (name: string) => (name.startsWith(layout.prefix) ? name.slice(layout.prefix.length) : name);
  const isMatrix = (name: string) => /(^|\.)weight$/.test(name) && set.tensors.get(name)!.shape.length === 2;
  /** Names of the linear layers, with a dot behind. */
  const linear = rest.filter(isMatrix).map((name) => name.slice(0, -"weight".length));
  const isOf = (stem: string, name: string) => name === `${stem}weight` || name === `${stem}bias`;

  const [stem] = linear;
  if (linear.length === 1 && rest.every((name) => isOf(stem, name))) {
    const name = bare(stem).replace(/\.$/, "") || "weight";
    const head = { name, weight: set.tensors.get(`${stem}weight`)!, bias: set.tensors.get(`${stem}bias`) };
    const fault = faultOf(head, wanted, freshHead);
    return fault ?? { head, leftOut };
  }
  // Tensors inside the layers of the network make it another one. What stands elsewhere are other heads.
  const layers = new Set(bodyOf(wanted).map(({ name }) => name.split(".")[0]));
  const isInside = (name: string) => name.startsWith(layout.prefix) && layers.has(layout.naming.own(bare(name)).split(".")[0]);
  const inside = rest.filter(isInside);
  if (inside.length === 0 && freshHead && layers.size > 0) return { head: undefined, leftOut: [...rest, ...leftOut] };
  if (inside.length === 0 && linear.length > 1) {
    const names = linear.map((name) => bare(name).replace(/\.$/, "")).join(", ");
    return refused(`it has ${linear.length} linear layers after the network's body (${names}), but ${wanted.model.name} has one`);
  }
  const own = linear.length > 0 ? [] : lastLayer(wanted.tensors);
  const missing = own.flatMap(({ name }) => (layout.names.has(name) ? [] : [name]));
  const odd = own.flatMap(({ name, shape }) => {
    const tensor = set.tensors.get(layout.names.get(name) ?? "");
    return tensor && tensor.shape.join() !== shape.join() ? [oddName(name, tensor, shape)] : [];
  });
  const unknown = rest.filter((name) => inside.includes(name) || !linear.some((one) => isOf(one, name))).map(bare);
  return refused("", { missing, odd, unknown: unknown.filter((name) => !own.some((entry) => entry.name === name)) });
}

function faultOf({ name, weight, bias }: Head, wanted: Wanted, freshHead: boolean): Refused | undefined {
  const [own, ownBias] = lastLayer(wanted.tensors);
  const [outputs, features] = weight.shape;
  if (!isFloat(weight) || features !== own.shape[1] || outputs === 0)
    return refused("", { odd: [oddName(`${name}.weight`, weight, own.shape)] });
  if (bias && (!isFloat(bias) || bias.shape.join() !== String(outputs))) {
    return refused("", { odd: [oddName(`${name}.bias`, bias, [outputs])] });
  }
  if (outputs <= ownBias.shape[0] || freshHead) return undefined;
  return refused(
    `its last layer ${name} has ${outputs} outputs, but pulmo's models have two classes (run --weights trains it further)`,
  );
}

const refused = (reason: string, more: Partial<Refused> = {}): Refused => ({
  ...{ reason, missing: [], unknown: [], odd: [] },
  ...more,
});
