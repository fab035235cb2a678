import type { ModelResults, RunResults } from "../../results/metrics.js";
import { left, NONE, right, type Block, type Cell, type Section } from "../blocks.js";
import { ratesOf } from "../facts.js";
import { auc, aucPoints, count, percent, points } from "../format.js";
import type { ReportInput } from "../input.js";
import { roc } from "../plots/roc.js";
import { trainingTime } from "../plots/training-time.js";
import { modelTitle, PUBLISHED_CPU, type PublishedRow } from "../published.js";
import type { Words } from "../text/index.js";

export function comparison({ results, studyOf, t }: ReportInput): Section[] {
  const names = Object.keys(results.models);
  const machine = t.comparison.machine(results.environment.threads, results.environment.cpu);
  const c = t.columns;
  return [{
    id: "comparison",
    title: t.comparison.title,
    blocks: [
      {
        kind: "table",
        stack: true,
        caption: t.comparison.caption,
        columns: [
          left(c.model), right(c.accuracy), right(c.recall), right(c.specificity), right(c.precision), right(c.f1), right(c.auc),
          right(c.trainTime), right(c.parameters),
        ],
        rows: names.flatMap((name) => rowsOf(modelTitle(name, t), results.models[name], studyOf(name), t)),
      },
      ...studyNotes(results, names.some((name) => studyOf(name) !== null), t),
      {
        kind: "figures",
        figures: [
          roc("roc", t.plots.rocByModel, names.map((name, i) => (
            { title: modelTitle(name, t), split: results.models[name].test, color: i, dash: i }
          )), t),
          trainingTime(
            names.map((name) => ({
              title: modelTitle(name, t),
              seconds: results.models[name].trainSeconds,
              published: studyOf(name)?.trainSeconds ?? null,
            })),
            names.some((name) => studyOf(name) !== null) ? t.plots.timesBesideStudy(machine, PUBLISHED_CPU) : t.plots.times(machine),
            t,
          ),
        ],
      },
    ],
  }];
}

/** Ours, and the study's below it with the differences. */
function rowsOf(title: string, { test, trainSeconds, params }: ModelResults, study: PublishedRow | null, t: Words): Cell[][] {
  const { accuracy, recall, specificity, precision, f1 } = ratesOf(test);
  const shares = [accuracy, recall, specificity, precision, f1].map((share) => percent(share));
  const ours: Cell[] = [{ text: [{ strong: title }] }, ...shares, auc(test.auc), t.seconds(trainSeconds), count(params)];
  if (study === null) return [ours];
  const beside = (text: string, note: string): Cell => ({ text, note, muted: true });
  return [ours, [
    { text: t.comparison.study(title), muted: true },
    beside(percent(study.accuracy), points(accuracy - study.accuracy)),
    beside(percent(study.recall), points(recall - study.recall)),
    NONE,
    NONE,
    NONE,
    beside(study.auc.toFixed(2), test.auc === null ? "" : aucPoints(test.auc - study.auc)),
    beside(t.seconds(study.trainSeconds), `× ${(trainSeconds / study.trainSeconds).toFixed(2)}`),
    NONE,
  ]];
}

function studyNotes({ dataset }: RunResults, shown: boolean, t: Words): Block[] {
  if (dataset.synthetic) return [{ kind: "paragraph", text: t.comparison.noStudy }];
  if (!shown) return [];
  return [{ kind: "paragraph", text: t.comparison.howToRead + (dataset.matchesPublished ? t.comparison.sameImages : t.comparison.otherImages) }];
}
