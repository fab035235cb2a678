import type { Block, Section, Text } from "../blocks.js";
import { auc, count, listed, percent, plural } from "../format.js";
import type { ReportInput } from "../input.js";
import { modelTitle } from "../published.js";
import type { ModelResults, RunResults } from "../results.js";

/** Which model, on what evidence, with which trade-off. */
export function summary({ results }: ReportInput): Section[] {
  const ranked = Object.entries(results.models).sort(byTestResult);
  const blocks: Block[] = [
    { kind: "paragraph", lead: true, text: verdict(ranked) },
    { kind: "paragraph", text: tradeOff(ranked[0]) },
  ];
  if (ranked.length > 1) blocks.push({ kind: "paragraph", text: extremes(ranked) });
  blocks.push({ kind: "list", items: caveats(results) });
  return [{ id: "summary", title: "Summary", blocks }];
}

type Named = [name: string, model: ModelResults];

/** By test AUC, which needs no threshold; then by accuracy. */
function byTestResult([, a]: Named, [, b]: Named): number {
  return (b.test.auc ?? -1) - (a.test.auc ?? -1) || b.test.accuracy - a.test.accuracy;
}

function verdict(ranked: Named[]): Text {
  const [[name, best], ...others] = ranked;
  const figures = `area under the ROC curve ${auc(best.test.auc)}, accuracy ${percent(best.test.accuracy)} on ${plural(best.test.n, "test image")}`;
  if (others.length === 0) return [{ strong: modelTitle(name) }, ` was trained alone: ${figures}.`];
  const rest = others.map(([other, { test }]) => `${modelTitle(other)} (${auc(test.auc)}, ${percent(test.accuracy)})`);
  const leads = others.some(([, { test }]) => test.auc === best.test.auc && test.accuracy === best.test.accuracy)
    ? " shares the first place: "
    : " separates the two classes best: ";
  return [{ strong: modelTitle(name) }, `${leads}${figures}, ahead of ${listed(rest)}.`];
}

function tradeOff([name, { test }]: Named): Text {
  const [[tn, fp], [fn, tp]] = test.confusion;
  const sick = fn + tp;
  const well = tn + fp;
  return `At the threshold 0.5, ${modelTitle(name)} misses ${count(fn)} of ${plural(sick, "pneumonia")} ` +
    `(recall ${percent(test.perClass.PNEUMONIA.recall)}) and raises ${plural(fp, "false alarm")} on ${count(well)} normal images ` +
    `(specificity ${percent(test.perClass.NORMAL.recall)}).`;
}

/** Who misses least and who alarms least. */
function extremes(ranked: Named[]): Text {
  const fewest = (what: (m: ModelResults) => number) => {
    const low = Math.min(...ranked.map(([, m]) => what(m)));
    const names = ranked.filter(([, m]) => what(m) === low).map(([name]) => modelTitle(name));
    return `${listed(names)} (${count(low)})`;
  };
  const missed = fewest((m) => m.test.confusion[1][0]);
  const alarms = fewest((m) => m.test.confusion[0][1]);
  const [quickest, { trainSeconds }] = [...ranked].sort(([, a], [, b]) => a.trainSeconds - b.trainSeconds)[0];
  return `Fewest missed pneumonias: ${missed}. Fewest false alarms: ${alarms}. ` +
    `Shortest training: ${modelTitle(quickest)} (${trainSeconds.toFixed(1)} s).`;
}

function caveats({ dataset, settings }: RunResults): Text[] {
  const { val } = dataset.counts;
  const items: Text[] = [
    `One run with seed ${settings.seed}: another seed moves these numbers; no interval is given.`,
  ];
  if (val.NORMAL + val.PNEUMONIA < 100) {
    items.push(`The validation set has ${plural(val.NORMAL + val.PNEUMONIA, "image")}: too few to choose between models or thresholds.`);
  }
  items.push([{ strong: "Not for clinical use." }]);
  return items;
}
