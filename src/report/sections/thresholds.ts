import type { ModelResults, SplitMetrics, ThresholdMetrics } from "../../results/metrics.js";
import { type Block, type Cell, left, NONE, type OperatingPoint, right, type Section, type Table } from "../blocks.js";
import { count, percent, threshold } from "../format.js";
import type { ReportInput } from "../input.js";
import { modelTitle } from "../model-title.js";
import type { Share } from "../result-columns.js";
import { ratesOf } from "../result-columns.js";
import type { Words } from "../text/index.js";
import { evenly, MAX_POINTS } from "../thin.js";
import { FEW_VALIDATION_IMAGES, validationSize } from "../validation-size.js";

/** The metrics that depend most on the threshold come first. */
const OUTCOME = ["recall", "specificity", "precision", "f1", "accuracy"] as const satisfies readonly Share[];

/** Test results at 0.5 and at the thresholds chosen on validation data; a slider shows all other thresholds. */
export function thresholds({ results: { models, settings, dataset }, t }: ReportInput): Section[] {
  const named = Object.entries(models);
  const target = settings.targetRecall;
  const validation = validationSize(dataset);
  const blocks: Block[] = [
    { kind: "paragraph", text: target === undefined ? t.thresholds.plain : t.thresholds.chosen(percent(target, 1)) },
  ];
  if (target !== undefined && validation < FEW_VALIDATION_IMAGES)
    blocks.push({ kind: "notice", text: t.thresholds.smallValidation(validation, settings.valSplit == null) });
  blocks.push({
    kind: "table",
    stack: true,
    caption: t.thresholds.caption,
    columns: [
      left(t.columns.model),
      ...(["threshold", "falseNegatives", "falsePositives", ...OUTCOME] as const).map((name) => right(t.columns[name])),
    ],
    ...rowsWithChoice(named, target, t),
  });
  const sliders = named.flatMap(([name, { test, threshold: chosen }]) =>
    slider(
      name,
      test,
      [
        { threshold: 0.5, confusion: test.confusion },
        ...(chosen ? [{ threshold: chosen.value, confusion: chosen.test.confusion }] : []),
      ],
      t,
    ),
  );
  if (sliders.length > 0) blocks.push({ kind: "details", title: t.glance.allThresholds, blocks: sliders });
  return [{ id: "thresholds", title: t.thresholds.title, blocks }];
}

/** One row per model and threshold, with buttons for the threshold. */
function rowsWithChoice(named: [string, ModelResults][], target: number | undefined, t: Words): Pick<Table, "rows" | "choice"> {
  const kinds = [
    { option: t.glance.half, rowOf: halfRow },
    ...(target === undefined ? [] : [{ option: t.glance.recallOn(percent(target)), rowOf: targetRow }]),
    ...(named.some(([, { balancedThreshold }]) => balancedThreshold) ? [{ option: t.glance.balanced, rowOf: balancedRow }] : []),
  ];
  const found = named.flatMap(([name, model]) =>
    kinds.flatMap(({ rowOf }, kind) => {
      const row = rowOf(modelTitle(name, t), model, target, t);
      return row ? [{ row, kind }] : [];
    }),
  );
  const rows = found.map(({ row }) => row);
  if (kinds.length < 2) return { rows };
  const options = kinds.map(({ option }) => option);
  return { rows, choice: { name: "threshold", label: t.glance.choose, options, of: found.map(({ kind }) => kind) } };
}

type RowOf = (title: string, model: ModelResults, target: number | undefined, t: Words) => Cell[] | undefined;

const halfRow: RowOf = (title, { test }) => [
  { text: [{ strong: title }] },
  "0.5",
  ...outcome({ confusion: test.confusion, ...ratesOf(test) }),
];

const targetRow: RowOf = (title, { threshold: chosen }, target, t) =>
  chosen
    ? [
        t.thresholds.same(title),
        { text: threshold(chosen.value), note: t.thresholds.onValidation(percent(target!)) },
        ...outcome(chosen.test),
      ]
    : [t.thresholds.same(title), { text: "–", note: t.thresholds.none, muted: true }, NONE, NONE, ...OUTCOME.map(() => NONE)];

const balancedRow: RowOf = (title, { balancedThreshold: balanced }, _, t) =>
  balanced
    ? [
        t.thresholds.same(title),
        { text: threshold(balanced.value), note: t.thresholds.balancedOnValidation },
        ...outcome(balanced.test),
      ]
    : undefined;

function outcome({ confusion: [[, fp], [fn]], ...rates }: ThresholdMetrics): Cell[] {
  return [count(fn), count(fp), ...OUTCOME.map((share) => percent(rates[share]))];
}

/** Begins at the first of `known`. No slider for a curve without points between its ends. */
export function slider(
  name: string,
  test: SplitMetrics,
  known: { threshold: number; confusion: SplitMetrics["confusion"] }[],
  t: Words,
): Block[] {
  const corners = operatingPoints(test);
  if (corners.length < 3) return [];
  const at = (threshold: number, [[tn, fp], [fn, tp]]: SplitMetrics["confusion"]): OperatingPoint => ({
    threshold,
    tn,
    fp,
    fn,
    tp,
  });
  const named = known.map(({ threshold, confusion }) => at(threshold, confusion));
  const others = corners.filter(({ threshold }) => named.every((point) => point.threshold !== threshold));
  // Sorted by the number of positive predictions: several thresholds may round to 1 in float64.
  const predictedPositive = ({ fp, tp }: OperatingPoint) => fp + tp;
  const points = [...others, ...named].sort((a, b) => predictedPositive(b) - predictedPositive(a) || a.threshold - b.threshold);
  const start = points.indexOf(named[0]);
  return [
    {
      kind: "slider",
      id: `slider-${name}`,
      title: modelTitle(name, t),
      label: t.thresholds.move,
      points,
      start,
      head: {
        caption: t.plots.confusionData,
        actual: [t.plots.actual(t.classes[0]), t.plots.actual(t.classes[1])],
        predicted: [t.plots.predicted(t.classes[0]), t.plots.predicted(t.classes[1])],
        rates: {
          recall: t.columns.recall,
          specificity: t.columns.specificity,
          precision: t.columns.precision,
          accuracy: t.columns.accuracy,
        },
      },
    },
  ];
}

/** The corners of the ROC curve (p >= threshold is positive), or 1000 of them: every other threshold is no better than one of the corners. */
function operatingPoints({ roc, perClass }: SplitMetrics): OperatingPoint[] {
  const [negatives, positives] = [perClass.NORMAL.support, perClass.PNEUMONIA.support];
  return evenly(roc.length, MAX_POINTS).flatMap((i) => {
    const { fpr, tpr, threshold } = roc[i];
    if (threshold === null) return [];
    const [fp, tp] = [Math.round(fpr * negatives), Math.round(tpr * positives)];
    return [{ threshold, tn: negatives - fp, fp, fn: positives - tp, tp }];
  });
}
