import { join } from "node:path";
import { path } from "../settings/kinds.js";
import { omit, SETTINGS } from "../settings/table.js";
import { STOP_AND_RESUME } from "./common.js";
import { defineCommand } from "./define.js";
import { trainingOptions } from "./request.js";
import { option } from "./rows.js";

/** --revectorize is an option of all commands. */
export const TRAINING = {
  ...omit(SETTINGS, "revectorize"),
  resume: option(path(), "Folder of a run: continue it with its settings, or a finished one with more --epochs"),
};

export const HEADINGS = {
  Data: ["data", "classes", "limit", "valSplit", "fold", "strict", "anyBodyPart"],
  Training: ["recipe", "models", "epochs", "smallEpochs", "batchSize", "lr", "hidden", "weights", "seed", "seeds"],
  Evaluation: ["targetRecall", "track", "pictures", "plots", "stress"],
  "Files and progress": ["out", "resume", "threads", "saveEvery", "spare", "metricsFile", "tensorboard"],
} as const;

/** Trains each model, evaluates it, saves everything, writes the report. */
export const run = defineCommand({
  command: "run",
  describe: "Train models, evaluate them and write the report",
  options: TRAINING,
  headings: HEADINGS,
  examples: ["run", "run --data chest_xray --models dnn --out runs/first", "run --resume runs/first"],
  notes: [STOP_AND_RESUME],
  async run({ quiet, json, ...given }, cli) {
    const { run } = await import("../lib/run.js");
    const options = await trainingOptions("run", given, quiet, cli);
    const results = await run(options);
    if (json) cli.stdout.write(`${JSON.stringify(results)}\n`);
    const { terminalSummary, terminalWords } = await import("../lib/tools/report.js");
    const { report } = terminalWords(given.lang);
    options.reporter.info(`\n${terminalSummary(results, given.lang)}\n${report(join(results.out, "report.html"))}`);
  },
});
