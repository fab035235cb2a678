#!/usr/bin/env node
// Arguments in, one call out. Commands are imported when they are called: `--help` and `bench` start at once.
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { data, json, models, quiet, threads, training } from "./commands/options.js";
import { InputError, Interrupted } from "./lib/errors.js";
import { version } from "./lib/version.js";

const checkpoint = {
  type: "string", requiresArg: true, demandOption: true, describe: "A model.safetensors, or the folder that holds it",
} as const;

const cli = yargs(hideBin(process.argv))
  .scriptName("pulmo")
  .usage("$0 <command>\n\nTrains and compares chest X-ray classifiers on the CPU.")
  .version(version)
  .parserConfiguration({ "duplicate-arguments-array": false })
  .command("run", "Train the models, evaluate them, write the report",
    (y) => y.options({
      ...data, models, ...training, threads,
      out: { type: "string", requiresArg: true, describe: "Folder for the results; default: runs/<UTC time>" },
      resume: { type: "string", requiresArg: true, describe: "Folder of an interrupted run: go on with its settings" },
      quiet, json,
    }).conflicts("resume", ["out", "data"]),
    async (argv) => (await import("./commands/run.js")).run({ ...argv, batchSize: argv["batch-size"] }))
  .command("evaluate", "Score a trained model on a split of a dataset",
    (y) => y.options({
      ...data, checkpoint, threads, json, quiet,
      split: { choices: ["train", "val", "test"] as const, default: "test" as const, describe: "Which images" },
    }), async (argv) => (await import("./commands/evaluate.js")).evaluateCheckpoint(argv))
  .command("predict <image..>", "Probability of pneumonia for single images",
    (y) => y.positional("image", { type: "string", array: true, demandOption: true, describe: "Image files" })
      .options({ checkpoint, threads, json }), async (argv) => (await import("./commands/predict.js")).predict(argv))
  .command("data", "Look at a dataset, or decode it ahead of time",
    (y) => y
      .command("check", "Count images, name what is odd", (z) => z.options({ ...data, threads, json }), async (argv) => (await import("./commands/data.js")).dataCheck(argv))
      .command("prepare", "Decode every image into the pixel cache", (z) => z.options({ ...data, threads, json }), async (argv) => (await import("./commands/data.js")).dataPrepare(argv))
      .demandCommand(1, "Say which: data check or data prepare."))
  .command("bench", "Time the kernels' work on this machine",
    (y) => y
      .command("step", "Time whole training or inference steps", (z) => z.options({
        model: { type: "string", requiresArg: true, default: "resnet18", describe: "Which model" },
        mode: { choices: ["train", "infer"] as const, default: "train" as const, describe: "What a step is" },
        "batch-size": training["batch-size"], threads,
        iterations: { type: "string", requiresArg: true, default: "10", describe: "Steps timed, after a warm-up" },
        json,
      }), async (argv) => (await import("./commands/benchStep.js")).benchStep({ ...argv, batchSize: argv["batch-size"] }))
      .demandCommand(1, "Say which: bench step."))
  .command("report <dir>", "Write a run's report again from its metrics.json and predictions",
    (y) => y.positional("dir", { type: "string", demandOption: true, describe: "Folder of a run" }), async (argv) => (await import("./commands/report.js")).report(argv))
  .demandCommand(1, "Name a command; pulmo --help lists them.")
  .strict()
  .fail((message, error) => {
    throw error ?? new InputError(message.split("\n")[0]);
  })
  .epilogue("Not for clinical use.");

try {
  await cli.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** Says what went wrong in one sentence and returns the exit code. */
function explain(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`pulmo: ${message}\n`);
  if (error instanceof Interrupted) return 130;
  if (error instanceof InputError) return 2;
  if (process.env.PULMO_DEBUG) console.error(error);
  return 1;
}
