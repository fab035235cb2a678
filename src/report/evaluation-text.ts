// The output of `evaluate`, 80 columns wide.
import { counted } from "../core/counted.js";
import { printable } from "../core/printable.js";
import type { UnusualImage } from "../core/unusual.js";
import type { ClassNames } from "../data/types.js";
import { classificationReport } from "../eval/classification-report.js";
import type { GroupMetrics } from "../eval/groups.js";
import type { ClassMetrics, Interval, SplitMetrics } from "../results/metrics.js";
import type { ReviewFigures } from "../results/review-results.js";
import { count } from "./format.js";
import { aligned } from "./terminal-summary.js";

/** The others are only in the JSON output. */
const GROUPS_SHOWN = 20;
const UNUSUAL_SHOWN = 10;

/** What an evaluation may have besides. */
interface Besides {
  unusual?: UnusualImage[] | undefined;
  review?: Review | undefined;
}

export function evaluationText(
  metrics: SplitMetrics,
  groups: GroupMetrics[],
  classes: ClassNames,
  { unusual = [], review }: Besides = {},
): string {
  const { accuracy, auc, confusion, n } = metrics;
  return [
    classificationReport(metrics, 2, classes),
    `confusion [[TN, FP], [FN, TP]]: ${JSON.stringify(confusion)}`,
    `accuracy ${accuracy.toFixed(4)}   AUC ${auc?.toFixed(4) ?? "undefined: a class is absent"}   n ${n}`,
    "",
    ...intervalsTable(metrics),
    ...(review ? ["", ...reviewTable(review, classes)] : []),
    ...(groups.length > 0 ? ["", ...groupsTable(groups)] : []),
    ...(unusual.length > 0 ? ["", ...unusualLines(unusual)] : []),
    "",
  ].join("\n");
}

function unusualLines(images: UnusualImage[]): string[] {
  const shown = images.slice(0, UNUSUAL_SHOWN).map(({ file }) => `  ${printable(file)}`);
  const others = images.length - shown.length;
  return [
    `${counted(images.length, "image is", "images are")} unlike the training images:`,
    ...shown,
    ...(others > 0 ? [`  and ${count(others)} others: use --json for all`] : []),
  ];
}

export const figure = (value: number | null): string => value?.toFixed(4) ?? "–";
export const range = (interval: Interval | null): string => interval?.map(figure).join(" to ") ?? "–";

/** Undefined without images of the class. */
const recallOf = ({ recall, support }: ClassMetrics): number | null => (support > 0 ? recall : null);

function intervalsTable({ accuracy, perClass, auc, intervals }: SplitMetrics): string[] {
  const ends = intervals!;
  return aligned([
    ["", "", "95% interval"],
    ["accuracy", figure(accuracy), range(ends.accuracy)],
    ["recall", figure(recallOf(perClass.PNEUMONIA)), range(ends.recall)],
    ["specificity", figure(recallOf(perClass.NORMAL)), range(ends.specificity)],
    ["AUC", figure(auc), range(ends.auc)],
  ]);
}

type Review = ReviewFigures & { errorRate: number };

/** Shares and numbers of images by class, with intervals of the shares. */
function reviewTable({ errorRate, NORMAL, PNEUMONIA }: Review, classes: ClassNames): string[] {
  const rows = [NORMAL, PNEUMONIA].flatMap(({ n, review, wrong, intervals }, label) => {
    const name = printable(classes[label]);
    const share = (k: number, of: number) => figure(of > 0 ? k / of : null);
    return [
      [`${name}: for review`, `${count(review)} of ${count(n)}`, share(review, n), range(intervals.review)],
      [`${name}: decided wrongly`, `${count(wrong)} of ${count(n)}`, share(wrong, n), range(intervals.wrong)],
      [
        `${name}: wrong of the decided`,
        `${count(wrong)} of ${count(n - review)}`,
        share(wrong, n - review),
        range(intervals.wrongOfDecided),
      ],
    ];
  });
  return aligned([[`error rate ${errorRate} per class`, "images", "share", "95% interval"], ...rows]);
}

function groupsTable(groups: GroupMetrics[]): string[] {
  const rows = groups
    .slice(0, GROUPS_SHOWN)
    .map(({ group, n, accuracy, recall, specificity, auc }) => [
      printable(group),
      count(n),
      ...[accuracy, recall, specificity, auc].map(figure),
    ]);
  const others = groups.length - rows.length;
  return [
    ...aligned([["group", "n", "accuracy", "recall", "specificity", "AUC"], ...rows]),
    ...(others > 0 ? [`and ${count(others)} smaller groups: use --json for all`] : []),
  ];
}
