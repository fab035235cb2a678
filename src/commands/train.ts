import { typedWord } from "../settings/shell.js";
import { omit } from "../settings/table.js";
import { STOP_AND_RESUME } from "./common.js";
import { defineCommand } from "./define.js";
import { trainingOptions } from "./request.js";
import { HEADINGS, TRAINING } from "./run.js";

/** Trains the models and saves them. `run --resume` on the folder evaluates them later. */
export const train = defineCommand({
  command: "train",
  describe: "Train models and save them, without evaluation or report",
  options: omit(TRAINING, "plots"),
  headings: HEADINGS,
  examples: ["train --data chest_xray --models resnet18 --out runs/resnet"],
  notes: [STOP_AND_RESUME],
  async run({ quiet, json, ...given }, cli) {
    const { trainModels } = await import("../lib/run.js");
    const options = await trainingOptions("train", given, quiet, cli);
    const trained = await trainModels(options);
    if (json) cli.stdout.write(`${JSON.stringify(trained)}\n`);
    const { terminalWords } = await import("../lib/tools/report.js");
    const command = `${cli.program} run --resume ${typedWord(trained.out)}${given.lang === undefined ? "" : ` --lang ${given.lang}`}`;
    options.reporter.info(terminalWords(given.lang).trained(Object.keys(trained.models).length, command));
  },
});
