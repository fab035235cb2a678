import type { ModelResults, RunResults } from "../../results/metrics.js";
import { type Block, type Cell, NONE, type Section } from "../blocks.js";
import { auc, aucPoints, count, percent, points } from "../format.js";
import type { ReportInput } from "../input.js";
import { modelTitle } from "../model-title.js";
import { trainingTime } from "../plots/training-time.js";
import { ratesOf, resultColumns, SHARES } from "../result-columns.js";
import type { StudyRow } from "../study.js";
import { STUDY_CPU, STUDY_TITLE } from "../study.js";
import type { Words } from "../text/index.js";

export function comparison({ results, studyOf, t }: ReportInput): Section[] {
  const names = Object.keys(results.models);
  const machine = t.comparison.machine(results.environment.threads, results.environment.cpu);
  return [
    {
      id: "comparison",
      title: t.comparison.title,
      blocks: [
        {
          kind: "table",
          stack: true,
          caption: t.comparison.caption,
          columns: resultColumns(t.columns.model, t, ["trainTime", "parameters"]),
          rows: names.flatMap((name) => rowsOf(modelTitle(name, t), results.models[name], studyOf(name), t)),
        },
        ...studyNotes(
          results,
          names.some((name) => studyOf(name) !== null),
          t,
        ),
        {
          kind: "details",
          title: t.plots.trainingTime,
          blocks: [
            {
              kind: "figures",
              figures: [
                trainingTime(
                  names.map((name) => ({
                    title: modelTitle(name, t),
                    seconds: results.models[name].trainSeconds,
                    published: studyOf(name)?.trainSeconds ?? null,
                  })),
                  names.some((name) => studyOf(name) !== null)
                    ? t.plots.timesBesideStudy(machine, STUDY_CPU)
                    : t.plots.times(machine),
                  t,
                ),
              ],
            },
          ],
        },
      ],
    },
  ];
}

/** The row of this run, then the study's row with the differences. */
function rowsOf(title: string, { test, trainSeconds, params }: ModelResults, study: StudyRow | null, t: Words): Cell[][] {
  const rates = ratesOf(test);
  const ours: Cell[] = [
    { text: [{ strong: title }] },
    ...SHARES.map((share) => percent(rates[share])),
    auc(test.auc),
    t.seconds(trainSeconds),
    count(params),
  ];
  if (study === null) return [ours];
  const beside = (text: string, note: string): Cell => ({ text, note, muted: true });
  return [
    ours,
    [
      { text: t.comparison.study(title), muted: true },
      ...SHARES.map((share) => {
        // The study did not report the other metrics.
        if (share !== "accuracy" && share !== "recall") return NONE;
        return beside(percent(study[share]), points(rates[share] - study[share]));
      }),
      beside(study.auc.toFixed(2), test.auc === null ? "" : aucPoints(test.auc - study.auc)),
      beside(t.seconds(study.trainSeconds), `× ${(trainSeconds / study.trainSeconds).toFixed(2)}`),
      NONE,
    ],
  ];
}

function studyNotes({ dataset }: RunResults, shown: boolean, t: Words): Block[] {
  if (dataset.synthetic) return [{ kind: "paragraph", text: t.comparison.noStudy }];
  if (dataset.sample) return [{ kind: "paragraph", text: t.comparison.noStudyForSample }];
  if (!shown) return [];
  return [
    {
      kind: "paragraph",
      text:
        `${t.comparison.cited(STUDY_TITLE)} ${t.comparison.howToRead}` +
        (dataset.matchesPublished ? t.comparison.sameImages : t.comparison.otherImages),
    },
  ];
}
