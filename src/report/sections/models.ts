import { classificationReport } from "../../eval/classification-report.js";
import type { PredictionRow } from "../../eval/predictions.js";
import { left, right, type Block, type Section } from "../blocks.js";
import { auc, count, percent, plural, seconds } from "../format.js";
import type { ReportInput } from "../input.js";
import { confusion } from "../plots/confusion.js";
import { learning } from "../plots/learning.js";
import { roc } from "../plots/roc.js";
import { modelTitle } from "../published.js";
import type { ModelResults } from "../results.js";

/** One section a model. */
export function models({ results, predictions }: ReportInput): Section[] {
  return Object.entries(results.models).map(([name, model], color) => ({
    id: `model-${name}`,
    title: modelTitle(name),
    blocks: [
      facts(model),
      {
        kind: "figures",
        figures: [
          confusion(`confusion-${name}-test`, "Confusion matrix, test", model.test),
          confusion(`confusion-${name}-val`, "Confusion matrix, validation", model.val),
          roc(`roc-${name}`, "ROC", [
            { title: "test", split: model.test, color, dash: 0 },
            { title: "validation", split: model.val, color, dash: 1 },
          ]),
        ],
      },
      { kind: "figures", figures: curves(name, model, color) },
      {
        kind: "listings",
        listings: [
          { label: "Classification report, test", text: classificationReport(model.test) },
          { label: "Classification report, validation", text: classificationReport(model.val) },
        ],
      },
      ...mistakes(predictions[name]?.test ?? []),
    ],
  }));
}

function facts({ params, init, trainSeconds, epochs, test, val }: ModelResults): Block {
  const last = epochs.at(-1);
  return {
    kind: "facts",
    facts: [
      ["Trainable parameters", count(params)],
      ["Started from", [{ code: init }]],
      ["Training", `${plural(epochs.length, "epoch")} in ${seconds(trainSeconds)}`],
      ["Last epoch", last === undefined ? "none" : `loss ${last.loss.toFixed(4)}, train accuracy ${percent(last.accuracy, 2)}`],
      ["Test", `accuracy ${percent(test.accuracy, 2)}, AUC ${auc(test.auc)}, ${plural(test.n, "image")}`],
      ["Validation", `accuracy ${percent(val.accuracy, 2)}, AUC ${auc(val.auc)}, ${plural(val.n, "image")}`],
    ],
  };
}

function curves(name: string, { epochs }: ModelResults, color: number) {
  return [
    learning({
      name: `loss-${name}`, title: "Training loss by epoch", color, unit: "plain",
      values: epochs.map(({ loss }) => loss), say: (loss) => loss.toFixed(4),
    }),
    learning({
      name: `accuracy-${name}`, title: "Training accuracy by epoch", color, unit: "percent",
      values: epochs.map(({ accuracy }) => accuracy), say: (share) => percent(share),
    }),
  ];
}

const SHOWN = 5;

/** The test images the model was surest about and wrong. */
function mistakes(rows: PredictionRow[]): Block[] {
  const worst = (label: 0 | 1) => {
    const sureness = (row: PredictionRow) => (label === 1 ? row.pPneumonia : 1 - row.pPneumonia);
    return rows
      .filter((row) => row.label === label && row.pPneumonia > 0.5 !== (label === 1))
      .sort((a, b) => sureness(a) - sureness(b))
      .slice(0, SHOWN);
  };
  return [...table("Missed pneumonias the model was surest about", worst(1)), ...table("False alarms the model was surest about", worst(0))];
}

function table(caption: string, rows: PredictionRow[]): Block[] {
  if (rows.length === 0) return [];
  return [{
    kind: "table",
    caption: `${caption} (test)`,
    columns: [left("File"), right("p of PNEUMONIA")],
    rows: rows.map(({ file, pPneumonia }) => [[{ code: file }], pPneumonia.toFixed(4)]),
  }];
}
