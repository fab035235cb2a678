// The output of `evaluate`, 80 columns wide.
import { counted } from "../core/counted.js";
import { printable } from "../core/printable.js";
import type { ClassNames } from "../data/types.js";
import { classificationReport } from "../eval/classification-report.js";
import type { Evaluation, TargetRecall } from "../eval/evaluation.js";
import type { GroupMetrics } from "../eval/groups.js";
import type { PatientFigures } from "../eval/patients.js";
import type { ClassMetrics, Interval } from "../results/metrics.js";
import type { ReviewFigures } from "../results/review-results.js";
import { count, threshold } from "./format.js";
import { aligned } from "./terminal-summary.js";

/** The others are only in the JSON output. */
const GROUPS_SHOWN = 20;
const NAMES_SHOWN = 10;

/** What a CSV of labels and the folder of its images do not share. */
export interface Unpaired {
  unlabelled?: string[] | undefined;
  withoutImage?: string[] | undefined;
}

export function evaluationText(
  evaluation: Evaluation,
  classes: ClassNames,
  { unlabelled = [], withoutImage = [] }: Unpaired = {},
): string {
  const { accuracy, auc, confusion, n, threshold: at, patients, targetRecall, review, unusual = [] } = evaluation;
  const { groups, hospitals = [], devices = [] } = evaluation;
  const parts = [
    [
      classificationReport(evaluation, 2, classes),
      `confusion [[TN, FP], [FN, TP]]: ${JSON.stringify(confusion)}`,
      `accuracy ${accuracy.toFixed(4)}   AUC ${auc?.toFixed(4) ?? "undefined: a class is absent"}   n ${n}   threshold ${threshold(at)}`,
    ],
    intervalsTable(evaluation),
    ...(patients ? [patientsTable(patients, classes)] : []),
    ...(targetRecall === undefined ? [] : [recallLines(targetRecall, classes)]),
    ...(review ? [reviewTable(review, classes)] : []),
    ...(hospitals.length > 0 ? [groupsTable("hospital", hospitals)] : []),
    ...(devices.length > 0 ? [groupsTable("device", devices)] : []),
    ...(groups.length > 0 ? [groupsTable("group", groups)] : []),
    namesOf(
      unusual.map(({ file }) => file),
      ["image is", "images are"],
      "unlike the training images",
    ),
    namesOf(withoutImage, ["record has", "records have"], "no image"),
    namesOf(unlabelled, ["image has", "images have"], "no record in the labels"),
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

function namesOf(files: string[], [one, several]: [string, string], what: string): string[] {
  if (files.length === 0) return [];
  const shown = files.slice(0, NAMES_SHOWN).map((file) => `  ${printable(file)}`);
  const others = files.length - shown.length;
  return [
    `${counted(files.length, one, several)} ${what}:`,
    ...shown,
    ...(others > 0 ? [`  and ${count(others)} others: use --json for all`] : []),
  ];
}

export const figure = (value: number | null): string => value?.toFixed(4) ?? "–";
export const range = (interval: Interval | null): string => interval?.map(figure).join(" to ") ?? "–";

/** Undefined without images of the class. */
const recallOf = ({ recall, support }: ClassMetrics): number | null => (support > 0 ? recall : null);

function intervalsTable({ accuracy, perClass, auc, intervals, intervalsOver }: Evaluation): string[] {
  const ends = intervals!;
  return aligned([
    ["", "", `95% interval${intervalsOver === "patients" ? " over patients" : ""}`],
    ["accuracy", figure(accuracy), range(ends.accuracy)],
    ["recall", figure(recallOf(perClass.PNEUMONIA)), range(ends.recall)],
    ["specificity", figure(recallOf(perClass.NORMAL)), range(ends.specificity)],
    ["AUC", figure(auc), range(ends.auc)],
  ]);
}

/** A patient's score is the mean log-odds of the patient's images. */
function patientsTable(figures: PatientFigures, [, positive]: ClassNames): string[] {
  const { n, mixed, accuracy, recall, specificity, auc, intervals, confusion } = figures;
  const [[tn, fp], [fn, tp]] = confusion;
  const ends = intervals!;
  return [
    ...aligned([
      [`by patient (mean log-odds), ${counted(n, "patient", "patients")}`, "", "95% interval"],
      ["accuracy", figure(accuracy), range(ends.accuracy)],
      ["recall", figure(tp + fn > 0 ? recall : null), range(ends.recall)],
      ["specificity", figure(tn + fp > 0 ? specificity : null), range(ends.specificity)],
      ["AUC", figure(auc), range(ends.auc)],
    ]),
    `confusion by patient [[TN, FP], [FN, TP]]: ${JSON.stringify(confusion)}`,
    ...(mixed > 0
      ? [`${counted(mixed, "patient has", "patients have")} images of both classes: counted as ${printable(positive)}`]
      : []),
  ];
}

function recallLines(found: TargetRecall | null, [, positive]: ClassNames): string[] {
  if (!found) return [`no threshold for a recall: there is no ${printable(positive)} image`];
  const { target, threshold: at, recall, specificity, accuracy } = found;
  return [
    `recall of at least ${target} at threshold ${threshold(at)}, chosen on these images:`,
    `  recall ${figure(recall)}, specificity ${figure(specificity)}, accuracy ${figure(accuracy)} (others may differ)`,
  ];
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

function groupsTable(title: string, groups: GroupMetrics[]): string[] {
  const least = groups.map(({ n }) => n).sort((a, b) => b - a)[GROUPS_SHOWN - 1] ?? 0;
  const large = groups.filter(({ n }) => n > least);
  const rest = groups.filter(({ n }) => n === least).slice(0, Math.max(0, GROUPS_SHOWN - large.length));
  const shown = groups.filter((one) => large.includes(one) || rest.includes(one));
  const rows = shown.map(({ group, n, accuracy, recall, specificity, auc }) => [
    printable(group),
    count(n),
    ...[accuracy, recall, specificity, auc].map(figure),
  ]);
  const others = groups.length - rows.length;
  return [
    ...aligned([[title, "n", "accuracy", "recall", "specificity", "AUC"], ...rows]),
    ...(others > 0 ? [`and ${count(others)} others, none larger: use --json for all`] : []),
  ];
}
