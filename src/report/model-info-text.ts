// What `model info` prints.
import { counted } from "../core/counted.js";
import { printable } from "../core/printable.js";
import type { CardFigure, CardFigures } from "../results/model-card.js";
import type { ModelInfo } from "../results/model-info.js";
import { auc, aucRange, percent, percentRange } from "./format.js";

const MEGABYTE = 1e6;

/** One line per fact. */
export function modelInfoText(info: ModelInfo): string {
  const { classes, conformal, limits, notes } = info;
  const rows: [string, string | null][] = [
    ["Model", `${info.title} (${info.model}), ${info.parameters.toLocaleString("en-US")} parameters`],
    ["", info.packaged ? "the model that comes with pulmo: docs/model-card.md" : null],
    ["File", `${info.file}, ${(info.bytes / MEGABYTE).toFixed(1)} MB, weights ${info.dtype}`],
    ["SHA-256", info.sha256],
    ["Input", inputText(info)],
    ["Classes", `${classes.join(", ")}; ${classes[1]} above ${info.threshold}`],
    ["Temperature", info.temperature === null ? "none" : String(info.temperature)],
    [
      "Unusual images",
      info.unusual ? "checked by the statistics in the file" : "not checked: no statistics of the training images",
    ],
    ["Error rates", conformal ? `by ${conformal.map((n, k) => `${n} ${classes[k]}`).join(" and ")} validation images` : "none"],
    ["Adapted", info.adapted === null ? null : JSON.stringify(info.adapted)],
    ...trainingRows(info),
    ...figureRows(info),
    [
      "Weights from",
      info.weightsSha256 === null || info.weightsSha256 === info.sha256
        ? null
        : `model.safetensors with SHA-256 ${info.weightsSha256}`,
    ],
    ["Licence", info.licence ?? "not stated in the file"],
    ["Attribution", info.attribution],
    ...limits.map((limit): [string, string] => ["Limits", limit]),
    ...notes.map((note): [string, string] => ["Note", `the file ${note}`]),
    ["Use", info.use],
  ];
  const width = rows.reduce((most, [name]) => Math.max(most, name.length), 0) + 2;
  return rows.flatMap(([name, text]) => (text === null ? [] : [`${name.padEnd(width)}${printable(text)}\n`])).join("");
}

function inputText({ input: { width, height }, normalization }: ModelInfo): string {
  const size = `${width}x${height} pixels, RGB in 0..1`;
  return normalization ? `${size}, mean ${normalization.mean.join(", ")}, deviation ${normalization.std.join(", ")}` : size;
}

function trainingRows({ training, data, recipe, pulmo }: ModelInfo): [string, string | null][] {
  if (!training) return [["Recipe", `${recipe ?? "not stated"}${pulmo === null ? "" : `; written by pulmo ${pulmo}`}`]];
  const { epochs, smallEpochs, batchSize, lr, seed, init, wasm, node, platform, commit, finishedAt } = training;
  const small = smallEpochs ? ` (${smallEpochs} with smaller images)` : "";
  const settings = `${counted(epochs, "epoch", "epochs")}${small}, batches of ${batchSize}, learning rate ${lr}, seed ${seed}`;
  const by = [
    `pulmo ${training.pulmo ?? pulmo ?? "of unknown version"}`,
    ...(commit ? [`commit ${commit}`] : []),
    ...(node === undefined ? [] : [`Node ${node}, ${platform}, ${wasm} kernels`]),
    ...(finishedAt === undefined ? [] : [finishedAt]),
  ];
  return [
    ["Recipe", `${training.recipe}: ${settings}, from ${init === "scratch" ? "random weights" : init}`],
    ["Trained by", by.join(", ")],
    ["Command", training.command],
    ...(data ? dataRows(data) : []),
  ];
}

function dataRows({ counts, published, manifestSha256 }: NonNullable<ModelInfo["data"]>): [string, string][] {
  const splits = (["train", "val", "test"] as const).map((split) => {
    const { NORMAL, PNEUMONIA } = counts[split];
    return `${split} ${NORMAL} + ${PNEUMONIA}`;
  });
  const name = published ? "the published chest X-rays of children (doi:10.17632/rscbjbr9sj)" : "other images";
  return [["Data", `${name}: ${splits.join(", ")}; manifestSha256 ${manifestSha256}`]];
}

/** 95 % intervals in parentheses. */
function figureRows({ figures }: ModelInfo): [string, string | null][] {
  const line = ({ n, confusion: [[, fp], [fn]], ...found }: CardFigures) => {
    const share = ({ value, interval }: CardFigure) =>
      `${value === null ? "none" : percent(value)}${interval ? ` (${percentRange(interval)})` : ""}`;
    const area = `${auc(found.auc.value)}${found.auc.interval ? ` (${aucRange(found.auc.interval)})` : ""}`;
    return (
      `${n} images: AUC ${area}, accuracy ${share(found.accuracy)}, recall ${share(found.recall)}, ` +
      `specificity ${share(found.specificity)}; ${counted(fn, "false negative", "false negatives")}, ` +
      counted(fp, "false positive", "false positives")
    );
  };
  if (!figures) return [["Figures", "not stated in the file: evaluate measures them"]];
  return [
    ["Test", line(figures.test)],
    ["Validation", line(figures.val)],
  ];
}
