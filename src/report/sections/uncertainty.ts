import { deviation, max, mean } from "d3-array";
import type { AucComparison, ModelResults, RepeatMetrics } from "../../results/metrics.js";
import { type Block, type Cell, left, NONE, right, type Section } from "../blocks.js";
import { auc, aucPoints, aucRange, percent, percentRange, pValue } from "../format.js";
import type { ReportInput } from "../input.js";
import { modelTitle } from "../model-title.js";
import { intervalsPlot } from "../plots/intervals.js";
import { resultColumns, SHARES } from "../result-columns.js";
import type { Words } from "../text/index.js";

/** How much the results may change with other test images and with other seeds. */
export function uncertainty({ results, studyOf, t }: ReportInput): Section[] {
  const withIntervals = Object.entries(results.models).filter(([, { test }]) => test.intervals);
  const repeated = Object.entries(results.models).filter(([, { repeats = [] }]) => repeats.length > 1);
  const blocks: Block[] = [
    ...(withIntervals.length > 0 ? intervals(withIntervals, studyOf, t) : []),
    ...((results.comparisons ?? []).length > 0 ? [differences(results.comparisons!, t)] : []),
    ...(repeated.length > 0 ? repeats(repeated, t) : []),
  ];
  const areas = withIntervals.flatMap(([name, { test }]) =>
    test.auc !== null && test.intervals.auc ? [`${modelTitle(name, t)} ${auc(test.auc)} (${aucRange(test.intervals.auc)})`] : [],
  );
  const folded = areas.length > 0 ? t.glance.intervals(areas) : "";
  return blocks.length === 0 ? [] : [{ id: "certainty", title: t.uncertainty.title, folded, blocks }];
}

function intervals(models: [string, ModelResults][], studyOf: ReportInput["studyOf"], t: Words): Block[] {
  const rows = models.map(([name, { test }]): Cell[] => {
    const ranges = test.intervals!;
    const shares = SHARES.map((share): Cell => (ranges[share] ? percentRange(ranges[share]) : NONE));
    return [modelTitle(name, t), ...shares, ranges.auc ? aucRange(ranges.auc) : NONE];
  });
  const bars = models.map(([name, { test }], i) => ({ title: modelTitle(name, t), test, color: i, study: studyOf(name) }));
  return [
    { kind: "paragraph", text: t.uncertainty.intervals },
    ...withoutError(models, t),
    { kind: "figures", figures: [intervalsPlot(bars, t)] },
    { kind: "table", stack: true, caption: t.uncertainty.intervalsCaption, rows, columns: resultColumns(t.columns.model, t) },
  ];
}

/** A rate of 0 or 1 is the same in every resample. Rule of three: after no event in n, the rate is at most 3/n (95% confidence). */
function withoutError(models: [string, ModelResults][], t: Words): Block[] {
  const found = models.flatMap(([name, { test }]) =>
    (["recall", "specificity"] as const).flatMap((figure) => {
      const range = test.intervals?.[figure];
      if (!range || range[0] !== range[1]) return [];
      const { support } = test.perClass[figure === "recall" ? "PNEUMONIA" : "NORMAL"];
      return [{ title: t.uncertainty.figureOf(modelTitle(name, t), t.columns[figure]), most: 3 / support }];
    }),
  );
  if (found.length === 0) return [];
  return [
    {
      kind: "paragraph",
      text: t.uncertainty.noError(
        found.map(({ title }) => title),
        percent(max(found, ({ most }) => most)!),
      ),
    },
  ];
}

function differences(comparisons: AucComparison[], t: Words): Block {
  return {
    kind: "table",
    stack: true,
    caption: t.uncertainty.differencesCaption,
    columns: [left(t.uncertainty.models), right(t.uncertainty.difference), right(t.uncertainty.interval), right(t.uncertainty.p)],
    rows: comparisons.map(({ a, b, difference, interval: [low, high], pValue: p }) => [
      `${modelTitle(a, t)} − ${modelTitle(b, t)}`,
      aucPoints(difference),
      t.uncertainty.between(aucPoints(low), aucPoints(high)),
      pValue(p),
    ]),
  };
}

/** For each model: the mean with the sample standard deviation, the ensemble, then each seed. */
function repeats(models: [string, ModelResults][], t: Words): Block[] {
  const rows = models.flatMap(([name, { repeats = [], ensemble }]): Cell[][] => {
    const tests = repeats.map(({ test }) => test);
    const times = repeats.map(({ trainSeconds }) => trainSeconds);
    const areas = tests.flatMap((test) => (test.auc === null ? [] : [test.auc]));
    const summary: Cell[] = [
      { text: [{ strong: modelTitle(name, t) }], note: t.uncertainty.trainings(repeats.length) },
      ...SHARES.map(
        (share): Cell =>
          spread(
            tests.map((test) => test[share]),
            (x) => percent(x),
            (x) => (100 * x).toFixed(1),
          ),
      ),
      areas.length === tests.length ? spread(areas, auc, (x) => x.toFixed(3)) : NONE,
      spread(times, t.seconds, (x) => x.toFixed(1)),
    ];
    const combined: Cell[][] = ensemble
      ? [[t.uncertainty.ensemble, ...SHARES.map((share) => percent(ensemble.test[share])), auc(ensemble.test.auc), NONE]]
      : [];
    return [summary, ...combined, ...repeats.map(({ seed, trainSeconds, test }) => eachSeed(seed, trainSeconds, test, t))];
  });
  return [
    { kind: "paragraph", text: t.uncertainty.repeats },
    {
      kind: "table",
      stack: true,
      caption: t.uncertainty.repeatsCaption,
      rows,
      columns: resultColumns(t.columns.model, t, ["trainTime"]),
    },
  ];
}

function eachSeed(seed: number, trainSeconds: number, test: RepeatMetrics, t: Words): Cell[] {
  const cells = [
    t.uncertainty.seed(seed),
    ...SHARES.map((share) => percent(test[share])),
    auc(test.auc),
    t.seconds(trainSeconds),
  ];
  return cells.map((text) => ({ text, muted: true }));
}

/** `values`: at least two. */
function spread(values: number[], say: (x: number) => string, sayDeviation: (x: number) => string): Cell {
  return { text: say(mean(values)!), note: `± ${sayDeviation(deviation(values)!)}` };
}
