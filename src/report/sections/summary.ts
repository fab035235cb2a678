import { min } from "d3-array";
import type { Interval, ModelResults, RunResults } from "../../results/metrics.js";
import type { Block, Section, Text } from "../blocks.js";
import { dataProblems } from "../data-problems.js";
import { auc, aucPoints, aucRange, percent, percentRange, points, pValue, threshold } from "../format.js";
import type { ReportInput } from "../input.js";
import { modelTitle } from "../model-title.js";
import { confusion } from "../plots/confusion.js";
import { roc } from "../plots/roc.js";
import type { Words } from "../text/index.js";
import { FEW_VALIDATION_IMAGES, validationSize } from "../validation-size.js";

/** The first screen: the best model, its figures with intervals, what limits them, its curve and its confusion matrix. */
export function summary({ results, studyOf, t }: ReportInput): Section[] {
  const ranked = Object.entries(results.models).sort(byTestResult);
  const [name, best] = ranked[0];
  const names = Object.keys(results.models);
  const curves = names.map((one, i) => ({ title: modelTitle(one, t), split: results.models[one].test, color: i, dash: i }));
  const title = names.length > 1 ? t.plots.rocByModel : t.plots.roc;
  const matrix = names.length > 1 ? `${t.plots.confusion("test")}, ${modelTitle(name, t)}` : t.plots.confusion("test");
  const blocks: Block[] = [
    {
      kind: "glance",
      blocks: [
        { kind: "paragraph", lead: true, text: lead(ranked, t) },
        tiles(best, t),
        { kind: "paragraph", text: t.glance.tiles(best.test.n) },
        { kind: "group", title: t.glance.watch, blocks: [{ kind: "list", items: caveats(results, t) }] },
      ],
      figures: [roc("roc", title, curves, t), confusion("confusion", matrix, best.test, t)],
    },
    {
      kind: "details",
      title: t.glance.more,
      blocks: [
        { kind: "paragraph", text: verdict(ranked, results, t) },
        { kind: "paragraph", text: tradeOff(ranked[0], results, t) },
        ...(ranked.length > 1 ? [{ kind: "paragraph" as const, text: extremes(ranked, t) }] : []),
        ...besideStudy(ranked[0], studyOf, results, t),
      ],
    },
  ];
  return [{ id: "summary", title: t.summary.title, blocks }];
}

function lead(ranked: Named[], t: Words): Text {
  const [[name, { test }], ...others] = ranked;
  const model = modelTitle(name, t);
  if (others.length === 0) return t.glance.alone(model);
  return isTied(test, others) ? t.glance.tied(model, ranked.length) : t.glance.best(model, ranked.length);
}

const isTied = (test: ModelResults["test"], others: Named[]): boolean =>
  others.some(([, other]) => other.test.auc === test.auc && other.test.accuracy === test.accuracy);

function tiles({ test }: ModelResults, t: Words): Block {
  const { intervals, perClass, accuracy, auc: area } = test;
  const share = (title: string, value: number, ends: Interval | null | undefined) => ({
    title,
    value: percent(value),
    note: ends ? percentRange(ends) : "",
  });
  return {
    kind: "tiles",
    tiles: [
      { title: t.columns.auc, value: auc(area), note: intervals?.auc ? aucRange(intervals.auc) : "" },
      share(t.columns.recall, perClass.PNEUMONIA.recall, intervals?.recall),
      share(t.columns.specificity, perClass.NORMAL.recall, intervals?.specificity),
      share(t.columns.accuracy, accuracy, intervals?.accuracy),
    ],
  };
}

type Named = [name: string, model: ModelResults];

/** Sorts by test AUC, which needs no threshold, then by accuracy. */
function byTestResult([, a]: Named, [, b]: Named): number {
  return (b.test.auc ?? -1) - (a.test.auc ?? -1) || b.test.accuracy - a.test.accuracy;
}

function verdict(ranked: Named[], results: RunResults, t: Words): Text {
  const [[name, best], ...others] = ranked;
  const range = best.test.intervals?.auc;
  const figures = {
    model: modelTitle(name, t),
    auc: auc(best.test.auc),
    range: range ? aucRange(range) : null,
    accuracy: percent(best.test.accuracy),
    images: best.test.n,
  };
  if (others.length === 0) return t.summary.alone(figures);
  const behind = others.map(([other, { test }]) => t.summary.behind(modelTitle(other, t), auc(test.auc), percent(test.accuracy)));
  const tied = isTied(best.test, others);
  return [...t.summary.best({ ...figures, tied, behind }), ...difference(name, others[0][0], results, t)];
}

/** Whether the difference in AUC between the first and the second model is significant. */
function difference(first: string, second: string, { comparisons = [] }: RunResults, t: Words): string[] {
  const found = comparisons.find(({ a, b }) => (a === first && b === second) || (a === second && b === first));
  if (found === undefined || found.difference === 0) return [];
  const { difference, pValue: p } = found;
  const words = { second: modelTitle(second, t), difference: Math.abs(difference).toFixed(3), p: pValue(p) };
  return [p < 0.05 ? t.summary.leadCertain(words) : t.summary.leadByChance(words)];
}

function tradeOff([name, { test, threshold: chosen }]: Named, { settings, dataset }: RunResults, t: Words): Text {
  const [[tn, fp], [fn, tp]] = test.confusion;
  const words = t.summary.tradeOff({
    model: modelTitle(name, t),
    falseNegatives: fn,
    positives: fn + tp,
    falsePositives: fp,
    negatives: tn + fp,
    recall: percent(test.perClass.PNEUMONIA.recall),
    specificity: percent(test.perClass.NORMAL.recall),
  });
  if (!chosen || settings.targetRecall === undefined) return words;
  return (
    words +
    t.summary.atChosen({
      threshold: threshold(chosen.value),
      target: percent(settings.targetRecall, 0),
      validation: validationSize(dataset),
      falseNegatives: chosen.test.confusion[1][0],
      falsePositives: chosen.test.confusion[0][1],
      accuracy: percent(chosen.test.accuracy),
    })
  );
}

/** The models with the fewest false negatives, the fewest false positives and the shortest training. */
function extremes(ranked: Named[], t: Words): Text {
  const fewest = (what: (m: ModelResults) => number) => {
    const low = min(ranked, ([, m]) => what(m))!;
    return { models: ranked.filter(([, m]) => what(m) === low).map(([name]) => modelTitle(name, t)), count: low };
  };
  const [quickest, { trainSeconds }] = [...ranked].sort(([, a], [, b]) => a.trainSeconds - b.trainSeconds)[0];
  return t.summary.extremes({
    falseNegatives: fewest((m) => m.test.confusion[1][0]),
    falsePositives: fewest((m) => m.test.confusion[0][1]),
    quickest: modelTitle(quickest, t),
    seconds: trainSeconds.toFixed(1),
  });
}

function besideStudy([name, { test }]: Named, studyOf: ReportInput["studyOf"], { dataset }: RunResults, t: Words): Block[] {
  const study = studyOf(name);
  if (study === null || !dataset.matchesPublished) return [];
  return [
    {
      kind: "paragraph",
      text: t.summary.study({
        model: modelTitle(name, t),
        accuracy: percent(study.accuracy),
        accuracyBy: points(test.accuracy - study.accuracy),
        recall: percent(study.recall),
        recallBy: points(test.perClass.PNEUMONIA.recall - study.recall),
        auc: study.auc.toFixed(2),
        aucBy: test.auc === null ? "–" : aucPoints(test.auc - study.auc),
      }),
    },
  ];
}

function caveats({ dataset, settings }: RunResults, t: Words): Text[] {
  const items: Text[] = [
    settings.seeds && settings.seeds.length > 1 ? t.summary.severalSeeds(settings.seeds) : t.summary.oneSeed(settings.seed),
  ];
  const validation = validationSize(dataset);
  if (validation < FEW_VALIDATION_IMAGES) items.push(t.summary.smallValidation(validation, settings.valSplit == null));
  items.push(...dataProblems(dataset, t));
  items.push([{ strong: t.summary.notClinical }]);
  return items;
}
