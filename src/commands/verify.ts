import { path, wholeNumber } from "../settings/kinds.js";
import { pick, SETTINGS } from "../settings/table.js";
import { callerOf, defaultThreads } from "./context.js";
import { defineCommand } from "./define.js";
import { option } from "./rows.js";

/** Trains a run again and compares the weights after every epoch. */
export const verify = defineCommand({
  command: "verify <run>",
  describe: "Train a run again and compare its weights bit by bit",
  positionals: { run: { describe: "Folder of a run", example: "runs/first" } },
  options: {
    epochs: option(wholeNumber(1, 10_000), "Compare only the first N epochs (default: all)"),
    models: option(SETTINGS.models.kind, "Compare only these models, separated by commas (default: all of the run)"),
    data: option(path(), "The dataset, if it is not where the run found it"),
    weights: option(path(), "The pretrained weights, if they are not where the run found them"),
    ...pick(SETTINGS, "threads", "quiet", "json"),
  },
  examples: ["verify runs/first --epochs 1", "verify runs/first --data chest_xray"],
  notes: [
    "Exit code 0: all weights have the recorded bits, on any number of threads, on x64 and arm64. 1: some differ, or a file has changed.",
    "2: no comparison is possible, because the images, the weights or the rounding of the kernels differ.",
  ],
  async run({ quiet, json, threads, ...given }, cli, { run }) {
    const { isVerified, verificationText, verify } = await import("../lib/tools/verify.js");
    const options = { ...given, threads: threads ?? defaultThreads(), reporter: callerOf(cli, quiet), signal: cli.signal };
    const verification = await verify(run, options);
    cli.stdout.write(json ? `${JSON.stringify(verification)}\n` : `${verificationText(verification)}\n`);
    if (!isVerified(verification))
      throw new Error(`The weights in ${run} differ from those of the repeated training, or its files have changed.`);
  },
});
