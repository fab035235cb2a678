import { left, right, type Block, type Cell, type Section } from "../blocks.js";
import { auc, count, percent, points, signed } from "../format.js";
import type { ReportInput } from "../input.js";
import { roc } from "../plots/roc.js";
import { trainingTime } from "../plots/training-time.js";
import { modelTitle, PUBLISHED_CPU, publishedRow, type PublishedRow } from "../published.js";
import type { ModelResults, RunResults } from "../results.js";

const NONE: Cell = { text: "–", muted: true };

export function comparison({ results }: ReportInput): Section[] {
  const names = Object.keys(results.models);
  const studyOf = results.dataset.synthetic ? () => null : publishedRow;
  const { environment } = results;
  return [{
    id: "comparison",
    title: "Comparison",
    blocks: [
      {
        kind: "table",
        stack: true,
        caption: "Test results at the threshold 0.5; recall and precision are those of PNEUMONIA, specificity is the recall of NORMAL",
        columns: [
          left("Model"), right("Accuracy"), right("Recall"), right("Precision"), right("Specificity"), right("AUC"),
          right("Train time"), right("Parameters"),
        ],
        rows: names.flatMap((name) => rowsOf(name, results.models[name], studyOf(name))),
      },
      ...studyNotes(results, names.some((name) => studyOf(name) !== null)),
      {
        kind: "figures",
        figures: [
          roc("roc", "ROC on test, by model", names.map((name, i) => (
            { title: modelTitle(name), split: results.models[name].test, color: i, dash: i }
          ))),
          trainingTime(
            names.map((name) => ({
              title: modelTitle(name),
              seconds: results.models[name].trainSeconds,
              published: studyOf(name)?.trainSeconds ?? null,
            })),
            `${environment.threads} threads of ${environment.cpu}`,
            PUBLISHED_CPU,
          ),
        ],
      },
    ],
  }];
}

function rowsOf(name: string, { test, trainSeconds, params }: ModelResults, study: PublishedRow | null): Cell[][] {
  const { precision, recall } = test.perClass.PNEUMONIA;
  const ours: Cell[] = [
    { strong: modelTitle(name) }, percent(test.accuracy), percent(recall), percent(precision), percent(test.perClass.NORMAL.recall),
    auc(test.auc), `${trainSeconds.toFixed(1)} s`, count(params),
  ];
  if (study === null) return [ours];
  const beside = (text: string, note: string): Cell => ({ text, note, muted: true });
  return [ours, [
    { text: `${modelTitle(name)}, study`, muted: true },
    beside(percent(study.accuracy), points(test.accuracy - study.accuracy)),
    beside(percent(study.recall), points(recall - study.recall)),
    NONE,
    NONE,
    beside(study.auc.toFixed(2), test.auc === null ? "" : signed((test.auc - study.auc).toFixed(3))),
    beside(`${study.trainSeconds} s`, `× ${(trainSeconds / study.trainSeconds).toFixed(2)}`),
    NONE,
  ]];
}

function studyNotes({ dataset }: RunResults, shown: boolean): Block[] {
  if (dataset.synthetic) {
    return [{ kind: "paragraph", text: "The study's published rows are left out: they are about real X-rays." }];
  }
  if (!shown) return [];
  const how = "Under each published value: this run minus the study, in percentage points for shares; for the time, the ratio.";
  const warning = dataset.matchesPublished
    ? " The image counts equal the study's."
    : " This run used other images than the study (see Data), so the differences are not a comparison of like with like.";
  return [{ kind: "paragraph", text: how + warning }];
}
