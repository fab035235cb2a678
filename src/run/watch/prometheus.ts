// The state of trainings in the text format of Prometheus (prometheus.io/docs/instrumenting/exposition_formats).
import { version } from "../../node/version.js";
import type { EpochResults } from "../../results/metrics.js";
import type { StepReport } from "../../train/loop.js";

export interface Progress {
  report?: StepReport;
  /** Number of the last finished epoch, from 1. */
  epoch?: number;
  result?: EpochResults;
}

interface Metric {
  name: string;
  help: string;
  type: "gauge" | "counter";
  samples: { labels: Record<string, string>; value: number }[];
}

const escaped = (text: string): string => text.replace(/[\\"\n]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`));

function format({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ labels, value }) => {
    const said = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
    return `${name}{${said.join(",")}} ${value}`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("\n")}\n`;
}

const STEP: [name: string, help: string, type: Metric["type"], of: (report: StepReport) => number][] = [
  ["pulmo_train_loss", "Mean cross-entropy of the epoch so far.", "gauge", ({ loss }) => loss],
  [
    "pulmo_train_accuracy",
    "Share of the epoch's training images so far that are classified correctly.",
    "gauge",
    ({ accuracy }) => accuracy,
  ],
  ["pulmo_train_steps_total", "Completed steps of the training.", "counter", ({ epoch, steps, step }) => epoch * steps + step],
  ["pulmo_train_epochs", "Total number of epochs.", "gauge", ({ epochs }) => epochs],
  ["pulmo_train_images_per_second", "Images per second in this epoch so far.", "gauge", ({ imagesPerSecond }) => imagesPerSecond],
  ["pulmo_train_seconds_left", "Estimated seconds until the training ends.", "gauge", ({ secondsLeft }) => secondsLeft],
];

/** The beginning of what `prometheusText` writes. */
export const METRICS_BEGINNING = /^# HELP pulmo_/;

/** Progress by training key. */
export function prometheusText(trainings: ReadonlyMap<string, Progress>, now = Date.now()): string {
  const all = [...trainings];
  const metrics: Metric[] = STEP.map(([name, help, type, of]) => ({
    ...{ name, help, type },
    samples: all.flatMap(([training, { report }]) => (report ? [{ labels: { training }, value: of(report) }] : [])),
  }));
  metrics.push({
    name: "pulmo_train_epochs_finished_total",
    help: "Finished epochs.",
    type: "counter",
    samples: all.flatMap(([training, { epoch }]) => (epoch === undefined ? [] : [{ labels: { training }, value: epoch }])),
  });
  for (const figure of ["auc", "accuracy"] as const) {
    metrics.push({
      name: `pulmo_epoch_${figure}`,
      help: `${figure === "auc" ? "Area under the ROC curve" : "Accuracy"} after the last finished epoch.`,
      type: "gauge",
      samples: all.flatMap(([training, { result }]) =>
        (["val", "test"] as const).flatMap((split) => {
          const value = result?.[split]?.[figure];
          return typeof value === "number" ? [{ labels: { training, split }, value }] : [];
        }),
      ),
    });
  }
  metrics.push({
    name: "pulmo_info",
    help: "The version of pulmo. The value is the time of this file in seconds since 1970.",
    type: "gauge",
    samples: [{ labels: { version }, value: now / 1000 }],
  });
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(format)
    .join("");
}
