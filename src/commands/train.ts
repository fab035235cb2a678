import { omit } from "../settings/table.js";
import { STOP_AND_RESUME } from "./common.js";
import { callerOf } from "./context.js";
import { defineCommand } from "./define.js";
import { TRAINING } from "./run.js";

/** Trains the models and saves them. `run --resume` on the folder evaluates them later. */
export const train = defineCommand({
  command: "train",
  describe: "Train models and save them, without evaluation or report",
  options: omit(TRAINING, "lang"),
  examples: ["train --data chest_xray --models resnet18 --out runs/resnet"],
  notes: [STOP_AND_RESUME],
  async run({ resume, ...given }, cli) {
    const { requestOf } = await import("./request.js");
    const { trainAll } = await import("../run/training/train.js");
    const { trainings } = await import("../settings/settings.js");
    const request = await requestOf("train", given, resume, cli);
    const { options, models } = await trainAll(request, callerOf(cli, given.quiet));
    if (!given.json) return;
    const trained = trainings(options).map(({ key }) => {
      const { params, trainSeconds, epochs } = models[key];
      return [key, { params, trainSeconds, epochs }];
    });
    cli.stdout.write(`${JSON.stringify({ out: request.out, models: Object.fromEntries(trained) })}\n`);
  },
});
