// The report of `adapt`: the figures before and after, each fit, and what else is new in the model's file.
import { MODELS } from "../core/models/index.js";
import { type AdaptationFigures, fallenFigures } from "../eval/adaptation-figures.js";
import type { Trial } from "../eval/choose-adaptation.js";
import { smallestRateFor } from "../eval/conformal.js";
import { writeFileAtomic } from "../node/files.js";
import type { Interval, SplitMetrics } from "../results/metrics.js";
import type { ClassReview, ReviewFigures } from "../results/review-results.js";
import { type Block, type Cell, left, NONE, right, type Section } from "./blocks.js";
import { markOf } from "./dataset-mark.js";
import { auc, aucRange, percent, percentRange, points, signed, threshold } from "./format.js";
import { modelTitle } from "./model-title.js";
import { calibration } from "./plots/calibration.js";
import { intervalsPlot } from "./plots/intervals.js";
import type { Page } from "./render/page.js";
import { type Words, wordsOf } from "./text/index.js";
import type { Language } from "./text/languages.js";
import { type PagePaths, writePage } from "./write.js";

export const ADAPTATION_FILE = "adaptation.json";
const SCHEMA = 1;
/** A 95% interval, in standard errors. */
const ERRORS = 1.96;

export interface AdaptationResults {
  about: {
    /** The model's name. */
    model: string;
    /** Paths, as given. */
    checkpoint: string;
    out: string;
    /** The folder or list of the images, the split that was used (null: all), and files that could not be read. */
    data: string;
    split: string | null;
    unreadable: { file: string; reason: string }[];
    synthetic: boolean;
    sample: boolean;
    pulmo: string;
    /** UTC, ISO 8601. */
    finishedAt: string;
  };
  figures: AdaptationFigures;
}

/** Writes the page, and `json`: the same as a file for programs. */
export async function writeAdaptation(
  paths: PagePaths,
  json: string,
  results: AdaptationResults,
  language: Language = "en",
): Promise<void> {
  const { about, figures } = results;
  await writeFileAtomic(json, `${JSON.stringify({ schema: SCHEMA, kind: "adaptation", ...about, ...figures }, null, 2)}\n`);
  const t = wordsOf(language, MODELS, figures.classes);
  const subtitle = `pulmo, ${about.finishedAt.slice(0, 10)}`;
  await writePage(paths, adaptationPage(results, t), subtitle, new Map());
}

export function adaptationPage({ about, figures }: AdaptationResults, t: Words): Page {
  const w = t.adaptation;
  const unread = about.unreadable.length;
  return {
    title: w.title,
    subtitle: w.subtitle(modelTitle(about.model, t), figures.images, about.finishedAt.slice(0, 10)),
    banner: markOf(about, t),
    notices: [
      ...(unread > 0 ? [w.unreadable(unread)] : []),
      ...fallenFigures(figures).map(({ figure, before, after }) =>
        w.falls(t.columns[figure], percent(before), percent(after), figure === "recall"),
      ),
    ],
    sections: [summary(about, figures, t), steps(figures, t), ...decisions(figures, t), method(t)],
    t,
  };
}

function summary(about: AdaptationResults["about"], figures: AdaptationFigures, t: Words): Section {
  const w = t.adaptation;
  const { images, patients, counts, patientsByClass, classes, trials, before, after, thresholds } = figures;
  const taken = trials.flatMap(({ adaptation, taken }) => (taken ? [w.fits[adaptation].title] : []));
  const rows = [
    { title: w.before, test: before, color: 0 },
    { title: w.after, test: after, color: 1 },
  ];
  const plots = rows.map(({ title, test, color }) => ({
    ...calibration(color === 0 ? "calibration-before" : "calibration-after", test, undefined, color, t),
    title: w.calibration(title),
  }));
  return {
    id: "summary",
    title: t.summary.title,
    blocks: [
      { kind: "paragraph", lead: true, text: taken.length > 0 ? w.applied(taken) : w.unchanged },
      {
        kind: "facts",
        facts: [
          [
            w.images,
            w.imagesOf(
              images,
              patients,
              classes.map((name, k) => w.ofClass(name, counts[k], patientsByClass[k])),
            ),
          ],
          [w.data, [{ code: about.split === null ? about.data : `${about.data} (${about.split})` }]],
          [w.model, [{ code: about.checkpoint }]],
          [w.newModel, [{ code: about.out }]],
        ],
      },
      {
        kind: "table",
        stack: true,
        caption: w.caption,
        columns: [
          left(""),
          right(t.columns.threshold),
          ...(["accuracy", "recall", "specificity", "auc"] as const).map((name) => right(t.columns[name])),
          right(w.brier),
          right(w.ece),
        ],
        rows: [rowOf(w.before, thresholds.before, before), rowOf(w.after, thresholds.after, after)],
      },
      {
        kind: "figures",
        figures: [
          {
            ...intervalsPlot(
              rows.map((row) => ({ ...row, study: null })),
              t,
            ),
            title: w.intervals,
          },
          ...plots,
        ],
      },
      { kind: "paragraph", text: t.summary.notClinical },
    ],
  };
}

function rowOf(title: string, cut: number, { accuracy, perClass, auc: area, intervals, brier, ece }: SplitMetrics): Cell[] {
  const share = (value: number, interval: Interval | null): Cell => ({
    text: percent(value),
    note: interval ? percentRange(interval) : "",
  });
  return [
    title,
    threshold(cut),
    share(accuracy, intervals.accuracy),
    share(perClass.PNEUMONIA.recall, intervals.recall),
    share(perClass.NORMAL.recall, intervals.specificity),
    { text: auc(area), note: intervals.auc ? aucRange(intervals.auc) : "" },
    brier.toFixed(4),
    ece.toFixed(4),
  ];
}

/** Each fit, then what is always new. */
function steps(figures: AdaptationFigures, t: Words): Section {
  const w = t.adaptation;
  const { trials, counts, images, unusual, refitted } = figures;
  const rows: Cell[][] = [
    ...trials.map((trial): Cell[] => {
      const { title, what } = w.fits[trial.adaptation];
      return [{ text: title, note: what }, ...gainOf(trial, t)];
    }),
    [
      { text: w.conformal, note: w.conformalWhat },
      refitted.conformal ? w.smallestRate(percent(smallestRateFor(Math.min(...counts)))) : NONE,
      refitted.conformal ? w.renewed : w.kept,
    ],
    [
      { text: w.unusual, note: w.unusualWhat },
      unusual === null ? NONE : w.unusualBefore(unusual, images),
      refitted.unusual ? w.renewed : w.unusualKept,
    ],
  ];
  const blocks: Block[] = [
    { kind: "paragraph", text: w.stepsIntro },
    { kind: "table", stack: true, caption: w.stepsCaption, columns: [left(w.step), right(w.gain), left(w.verdict)], rows },
  ];
  return { id: "steps", title: w.steps, blocks };
}

function gainOf(trial: Trial, t: Words): [Cell, Cell] {
  const w = t.adaptation;
  if ("tooFew" in trial) return [NONE, w.tooFew(trial.tooFew)];
  const { mean, error } = trial.gain;
  const isShare = trial.adaptation === "threshold";
  const say = isShare ? (x: number) => points(x) : (x: number) => signed(x.toFixed(4));
  const range = t.uncertainty.between(say(mean - ERRORS * error), say(mean + ERRORS * error));
  const text = isShare ? w.pointsOfAccuracy(say(mean)) : w.ofEntropy(say(mean));
  return [{ text, note: range }, trial.taken ? [{ strong: w.worth }] : w.notWorth];
}

const LABELS = [
  ["NORMAL", 0],
  ["PNEUMONIA", 1],
] as const;

/** Decisions with an error rate: nothing if the images allow none of the rates. */
function decisions({ review }: AdaptationFigures, t: Words): Section[] {
  const w = t.adaptation;
  const shown = review.filter(({ before, after }) => before || after);
  if (shown.length === 0) return [];
  const cells = (figures: ReviewFigures | null, key: "NORMAL" | "PNEUMONIA"): Cell[] =>
    figures ? [share(figures[key], "review"), share(figures[key], "wrong")] : [NONE, NONE];
  return [
    {
      id: "review",
      title: w.decisions,
      blocks: [
        { kind: "paragraph", text: w.decisionsIntro },
        {
          kind: "table",
          stack: true,
          caption: w.decisionsCaption,
          columns: [
            left(t.review.rate),
            left(t.review.class),
            ...[w.reviewBefore, w.wrongBefore, w.reviewAfter, w.wrongAfter].map(right),
          ],
          rows: shown.flatMap(({ errorRate, before, after }) =>
            LABELS.map(([key, label]): Cell[] => [
              percent(errorRate, 0),
              t.classes[label],
              ...cells(before, key),
              ...cells(after, key),
            ]),
          ),
        },
      ],
    },
  ];
}

function share({ n, intervals, ...counts }: ClassReview, what: "review" | "wrong"): Cell {
  const interval = intervals[what];
  return interval ? { text: percent(counts[what] / n), note: percentRange(interval) } : NONE;
}

const method = (t: Words): Section => ({
  id: "method",
  title: t.method.title,
  blocks: t.adaptation.method.map((text) => ({ kind: "paragraph", text })),
});
