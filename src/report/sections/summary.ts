import { min } from "d3-array";
import type { ModelResults, RunResults } from "../../results/metrics.js";
import type { Block, Section, Text } from "../blocks.js";
import { auc, aucPoints, aucRange, percent, points, pValue, threshold } from "../format.js";
import type { ReportInput } from "../input.js";
import { modelTitle } from "../model-title.js";
import type { Words } from "../text/index.js";
import { FEW_VALIDATION_IMAGES, validationSize } from "../validation-size.js";

/** The best model, its trade-off between the two kinds of error, and what limits the results. */
export function summary({ results, studyOf, t }: ReportInput): Section[] {
  const ranked = Object.entries(results.models).sort(byTestResult);
  const blocks: Block[] = [
    { kind: "paragraph", lead: true, text: verdict(ranked, results, t) },
    { kind: "paragraph", text: tradeOff(ranked[0], results, t) },
  ];
  if (ranked.length > 1) blocks.push({ kind: "paragraph", text: extremes(ranked, t) });
  blocks.push(...besideStudy(ranked[0], studyOf, results, t), { kind: "list", items: caveats(results, t) });
  return [{ id: "summary", title: t.summary.title, blocks }];
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
  const tied = others.some(([, { test }]) => test.auc === best.test.auc && test.accuracy === best.test.accuracy);
  return [...t.summary.best({ ...figures, tied, behind }), ...lead(name, others[0][0], results, t)];
}

/** Whether the difference in AUC between the first and the second model is significant. */
function lead(first: string, second: string, { comparisons = [] }: RunResults, t: Words): string[] {
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
  const shared = dataset.patients?.shared.find(({ splits }) => splits[0] === "train" && splits[1] === "test");
  if (shared && shared.patients > 0) items.push(t.summary.sharedPatients(shared.patients));
  items.push([{ strong: t.summary.notClinical }]);
  return items;
}
