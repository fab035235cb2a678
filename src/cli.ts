#!/usr/bin/env node
// Arguments in, one call out. Commands are imported when they are called: `--help` and `bench` start at once.
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import {
  checkpoint,
  DATASET,
  data,
  FORMAT_NAMES,
  json,
  lang,
  needed,
  oneOf,
  option,
  path,
  preprocessing,
  quiet,
  readShard,
  share,
  threads,
  training,
  wholeNumber,
  withDefault,
} from "./commands/options.js";
import { optionsOf } from "./commands/table-options.js";
import { MESSAGES, usageError } from "./commands/usage.js";
import { InputError } from "./core/errors.js";
import { printable } from "./core/printable.js";
import { version } from "./node/version.js";
import { advised, interruption, watchSignals } from "./run/interrupt.js";
import { PROGRAM } from "./run/program.js";
import { say } from "./run/terminal.js";
import { MODEL_NAMES } from "./settings/recipes.js";
import { EFFORT, pick, SETTINGS } from "./settings/table.js";

const parser = yargs(hideBin(process.argv));
// The types of yargs 17 do not know it. Types and defaults of options stand in their descriptions, where they matter.
(parser as unknown as { usageConfiguration(options: object): void }).usageConfiguration({ "hide-types": true });

const PARSING = { "duplicate-arguments-array": false, "camel-case-expansion": false, "parse-numbers": false };

const EXIT_CODES = "Exit codes: 0 done, 1 failed, 2 bad usage or bad input, 130 interrupted.";
const NO_FILES = "open files: raise the limit (ulimit -n).";
const NO_THREADS = "threads: use fewer --threads or raise the limit (ulimit -u).";
/** By the code of an error that the system's limits cause. */
const LIMITS: Record<string, string> = {
  EMFILE: NO_FILES,
  ENFILE: NO_FILES,
  EAGAIN: NO_THREADS,
  ERR_WORKER_INIT_FAILED: NO_THREADS,
};
const NO_MEMORY = "close other programs or raise the limit (ulimit -v).";
/** Commands with --batch-size. */
const WITH_BATCHES = ["run", "train", "bench"];
const STOP_AND_RESUME = "Ctrl-C saves and stops after the step; --resume goes on with the same bits.";
const dataset = {
  data: path("data", `${DATASET} (that of data fetch)`),
  classes: data.classes,
  limit: data.limit,
  strict: data.strict,
  threads,
  json,
} as const;
const effort = optionsOf(pick(EFFORT, "saveEvery", "spare", "metricsFile", "tensorboard"));
const trainingJob = { ...optionsOf(SETTINGS), resume: path("resume", "Folder of an interrupted run: go on with its settings") };

const sweepFolder = { type: "string", demandOption: true, describe: "A folder that sweep plan made" } as const;
const gathering = {
  partial: { type: "boolean", default: false, describe: "Also where tasks are missing or were changed: without those" },
  lang,
  quiet,
  json,
} as const;

const cli = parser
  .scriptName(PROGRAM)
  .usage("$0 <command> [options]\n\nTrains and compares classifiers of chest X-rays on the CPU.")
  .version(version)
  .parserConfiguration(PARSING)
  .updateStrings(MESSAGES)
  .command(
    "run",
    "Train models, evaluate, write the report",
    (y) =>
      y
        .options(trainingJob)
        .version(false)
        .example("$0 run", "")
        .example("$0 run --data chest_xray --models dnn --out runs/first", "")
        .example("$0 run --resume runs/first", "")
        .epilogue(`${STOP_AND_RESUME}\n${EXIT_CODES}`),
    async (argv) => (await import("./commands/run.js")).run(argv),
  )
  .command(
    "train",
    "Train models and save them, nothing else",
    (y) =>
      y
        .options(trainingJob)
        .version(false)
        .example("$0 train --data chest_xray --models resnet18 --out runs/resnet", "")
        .epilogue(`${STOP_AND_RESUME}\n${EXIT_CODES}`),
    async (argv) => (await import("./commands/train.js")).train(argv),
  )
  .command(
    "evaluate",
    "Score a saved model on a dataset",
    (y) =>
      y
        .options({
          checkpoint,
          ...preprocessing,
          ...data,
          split: oneOf("split", ["train", "val", "test"], "Which images: train, val or test (test)"),
          labels: path("labels", "CSV of file,label or file,label,group: --data is then any folder of images"),
          threads,
          quiet,
          json,
        })
        .version(false)
        .example("$0 evaluate --checkpoint runs/first/dnn --data chest_xray", "")
        .example("$0 evaluate --checkpoint model.pth --data images --labels labels.csv", "")
        .epilogue(EXIT_CODES),
    async (argv) => (await import("./commands/evaluate.js")).evaluateCheckpoint(argv),
  )
  .command(
    "predict [image..]",
    "Probability of pneumonia, image by image",
    (y) =>
      y
        .positional("image", {
          type: "string",
          array: true,
          default: [],
          describe: 'JPEG, PNG or DICOM files, folders or .zip archives of them, patterns such as "ward/**/*.dcm"',
        })
        .options({
          checkpoint,
          ...preprocessing,
          list: path("list", "File that names further images, a path a line; -: stdin"),
          threshold: share("threshold", "PNEUMONIA is said above this probability (the model's own, mostly 0.5)"),
          csv: path("csv", "Write this file instead: file,label,p_pneumonia,logit,error"),
          shard: option("With --csv: every n-th image alone, as 3/100; gather merges the files", readShard),
          map: path("map", "Folder for pictures of what the model looks at, one for each image"),
          "dicom-tags": {
            type: "boolean",
            default: false,
            describe: "Also what DICOM files say of the patient and the image; else nothing of it is written",
          },
          portable: {
            type: "boolean",
            default: false,
            describe: "The bits that pulmo-infer.wasm gives in any runtime: plain SIMD, one image at a time",
          },
          threads,
          quiet,
          json: { ...json, describe: "One JSON array on stdout, and nothing else there" },
          jsonl: { ...json, describe: "A JSON object a line on stdout, and nothing else there" },
        })
        .version(false)
        // To yargs, several images are one that is given several times.
        .parserConfiguration({ ...PARSING, "duplicate-arguments-array": true })
        .example("$0 predict --checkpoint runs/first/dnn a.jpeg b.png", "")
        .example("$0 predict --checkpoint runs/first/resnet18 ward --csv ward.csv --map maps", "")
        .example('find . -name "*.dcm" | $0 predict --checkpoint model.pth --jsonl --list -', "")
        .epilogue(
          `An unreadable file is named and does not stop the others; the exit code is then 2.\nNot for clinical use.\n${EXIT_CODES}`,
        ),
    async (argv) => (await import("./commands/predict.js")).predict(argv),
  )
  .command(
    "gather <csv..>",
    "Merge the CSV files of predict --shard",
    (y) =>
      y
        .positional("csv", { type: "string", array: true, demandOption: true, describe: "All shards' files, in any order" })
        .options({
          out: needed(path("out", "The CSV to write (needed)")),
          labels: path("labels", "CSV of file,label or file,label,group: print the evaluation too"),
          classes: data.classes,
        })
        .version(false)
        .parserConfiguration({ ...PARSING, "duplicate-arguments-array": true })
        .example("$0 gather scores-*.csv --out scores.csv", "")
        .epilogue(EXIT_CODES),
    async (argv) => (await import("./commands/gather.js")).gather(argv),
  )
  .command(
    "export",
    "Write a model for ONNX Runtime, PyTorch or a browser",
    (y) =>
      y
        .options({
          checkpoint,
          ...preprocessing,
          format: needed(oneOf("format", FORMAT_NAMES, `${FORMAT_NAMES.join(", ")} (needed)`)),
          out: needed(path("out", "The file to write (needed)")),
          dtype: oneOf("dtype", ["f32", "f16"], "Of the weights in a pulmo file: f32, or f16, half as large (f32)"),
          data: path("data", "With --dtype f16: tell what it does to the test AUC of this dataset (that of data fetch)"),
          threads,
          quiet,
        })
        .version(false)
        .example("$0 export --checkpoint runs/first/resnet18 --format onnx --out resnet18.onnx", "")
        .epilogue(EXIT_CODES),
    async (argv) => (await import("./commands/export.js")).exportCheckpoint(argv),
  )
  .command(
    "view [model]",
    "Open a page that scores X-rays dropped on it",
    (y) =>
      y
        .positional("model", { type: "string", describe: "A run's model, a checkpoint or a .pulmo file; without: the page asks" })
        .options({
          ...preprocessing,
          port: wholeNumber("port", 1, 65535, "Of http://localhost (any that is free)"),
          open: { type: "boolean", default: true, describe: "Open the browser; --no-open: only say the address" },
        })
        .version(false)
        .example("$0 view runs/first/resnet18", "")
        .epilogue(`Images stay in the browser. Not for clinical use. Ctrl-C ends.\n${EXIT_CODES}`),
    async (argv) => (await import("./commands/view.js")).view(argv),
  )
  .command("weights", "Fetch ImageNet weights, look into a file, convert it", (y) =>
    y
      .version(false)
      .command(
        "fetch <model>",
        "Download torchvision's resnet18 into the user's cache",
        (z) => z.positional("model", { type: "string", demandOption: true, describe: "resnet18" }).options({ quiet }),
        async (argv) => (await import("./commands/weights.js")).fetchWeights(argv),
      )
      .command(
        "info <file>",
        "List the tensors of a .pth, .safetensors or .onnx",
        (z) => z.positional("file", { type: "string", demandOption: true, describe: "Weights in any format" }).options({ json }),
        async (argv) => (await import("./commands/weights.js")).weightsInfo(argv),
      )
      .command(
        "convert <from> <to>",
        "Between .pth, .safetensors and .onnx, by the extension",
        (z) =>
          z
            .positional("from", { type: "string", demandOption: true, describe: "Weights in any format" })
            .positional("to", { type: "string", demandOption: true, describe: "The file to write" }),
        async (argv) => (await import("./commands/weights.js")).convertWeights(argv),
      )
      .demandCommand(1, "Say which: weights fetch, weights info or weights convert.")
      .epilogue(EXIT_CODES),
  )
  .command("data", "Fetch the dataset, check one, decode it ahead", (y) =>
    y
      .version(false)
      .command(
        "fetch [source]",
        "Download the chest X-ray dataset, for all commands",
        (z) =>
          z
            .positional("source", {
              type: "string",
              default: "mendeley",
              describe: "mendeley (1.24 GB), kaggle (2.46 GB), medmnist (0.21 GB, one file) (mendeley)",
            })
            .options({ quiet })
            .example("$0 data fetch", "")
            .epilogue(`Ctrl-C stops; the same command goes on where it ended.\n${EXIT_CODES}`),
        async (argv) => (await import("./commands/data.js")).dataFetch(argv),
      )
      .command(
        "check",
        "Count the images, name what is odd",
        (z) => z.options(dataset),
        async (argv) => (await import("./commands/data.js")).dataCheck(argv),
      )
      .command(
        "prepare",
        "Fill the pixel cache for later runs",
        (z) => z.options(dataset),
        async (argv) => (await import("./commands/data.js")).dataPrepare(argv),
      )
      .command(
        "cache",
        "List the pixel caches, remove old ones",
        (z) =>
          z.options({
            prune: { type: "boolean", default: false, describe: "Remove caches, by --days (30) or --max-size" },
            days: wholeNumber("days", 0, 36_500, "With --prune: those not used for so many days"),
            "max-size": wholeNumber("max-size", 0, 1_000_000, "With --prune: those not used longest, until so many GiB are left"),
            json,
          }),
        async (argv) => (await import("./commands/data.js")).dataCache(argv),
      )
      .demandCommand(1, "Say which: data fetch, data check, data prepare or data cache.")
      .epilogue(EXIT_CODES),
  )
  .command("sweep", "Many trainings: plan them, do them here or on a cluster, gather", (y) =>
    y
      .version(false)
      .command(
        "plan <spec>",
        "Write down the tasks of a YAML or JSON file",
        (z) =>
          z
            .positional("spec", {
              type: "string",
              demandOption: true,
              describe: "Options with values, lists or ranges; seeds; folds",
            })
            .options({ out: needed(path("out", "Folder of the sweep, new or empty (needed)")), quiet })
            .example("$0 sweep plan lr.yaml --out sweeps/lr", "")
            .epilogue(`docs/clusters.md tells what such a file holds.\n${EXIT_CODES}`),
        async (argv) => (await import("./commands/sweep.js")).plan(argv),
      )
      .command(
        "work <dir>",
        "Do one task; nothing if it is done",
        (z) =>
          z
            .positional("dir", sweepFolder)
            .options({
              task: wholeNumber("task", 0, 1_000_000, "Its number, from 0 (SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX)"),
              pack: withDefault(wholeNumber("pack", 1, 1_000_000, "So many tasks, from that number times so many on (1)"), "1"),
              threads,
              ...effort,
              quiet,
            })
            .epilogue(`An interrupted task goes on to the same bits.\n${EXIT_CODES}`),
        async (argv) => (await import("./commands/sweep.js")).work(argv),
      )
      .command(
        "run <dir>",
        "Do all tasks here and gather",
        (z) =>
          z
            .positional("dir", sweepFolder)
            .options({ threads, ...effort, ...gathering })
            .epilogue(`Ctrl-C saves and stops; the same command goes on.\n${EXIT_CODES}`),
        async (argv) => (await import("./commands/sweep.js")).run(argv),
      )
      .command(
        "status <dir>",
        "Which tasks are done, running, interrupted, waiting",
        (z) => z.positional("dir", sweepFolder).options({ json }),
        async (argv) => (await import("./commands/sweep.js")).status(argv),
      )
      .command(
        "gather <dir>",
        "Check all tasks' files, write sweep.csv and sweep.html",
        (z) => z.positional("dir", sweepFolder).options(gathering).epilogue(EXIT_CODES),
        async (argv) => (await import("./commands/sweep.js")).gather(argv),
      )
      .command(
        "submit <dir>",
        "Write what a scheduler needs, and hand it over",
        (z) =>
          z
            .positional("dir", sweepFolder)
            .options({
              engine: needed(
                oneOf("engine", ["slurm", "kubernetes", "snakemake", "local"], "slurm, kubernetes, snakemake, local (needed)"),
              ),
              threads: { ...threads, describe: `Cores of a job (${threads.default})` },
              pack: withDefault(wholeNumber("pack", 1, 1_000_000, "Tasks of a job, where they are short (1)"), "1"),
              "at-once": withDefault(wholeNumber("at-once", 1, 100_000, "Jobs that run at once (16)"), "16"),
              memory: withDefault(wholeNumber("memory", 1, 4096, "GiB of a job (4)"), "4"),
              minutes: withDefault(wholeNumber("minutes", 1, 1_000_000, "Time limit of a job (240)"), "240"),
              image: path("image", "Kubernetes: the container's image (pulmo:latest)"),
              claim: path("claim", "Kubernetes: the PersistentVolumeClaim that holds the sweep (pulmo)"),
              mount: path("mount", "Kubernetes: where pods see it (/work)"),
              "dry-run": { type: "boolean", default: false, describe: "Write the files, hand nothing over" },
              quiet,
            })
            .example("$0 sweep submit sweeps/lr --engine slurm --threads 24", "")
            .epilogue(EXIT_CODES),
        async (argv) => (await import("./commands/sweep.js")).submit(argv),
      )
      .demandCommand(1, "Say which: sweep plan, sweep work, sweep run, sweep submit, sweep status or sweep gather.")
      .epilogue(EXIT_CODES),
  )
  .command("bench", "Measure the speed of this machine", (y) =>
    y
      .version(false)
      .command(
        "step",
        "Time training or inference steps",
        (z) =>
          z
            .options({
              model: oneOf("model", MODEL_NAMES, `${MODEL_NAMES.join(", ")} (resnet18)`),
              mode: oneOf("mode", ["train", "infer"], "What a step does: train or infer (train)"),
              recipe: training.recipe,
              "batch-size": wholeNumber("batch-size", 1, 4096, "Images a step (32)"),
              threads,
              profile: { type: "boolean", default: false, describe: "The step call by call: time, rate, balance, waiting" },
              iterations: wholeNumber("iterations", 1, 1_000_000, "Steps timed, after three that are not (10)"),
              json,
            })
            .example("$0 bench step --model resnet18 --mode infer", ""),
        async (argv) => (await import("./commands/bench-step.js")).benchStep(argv),
      )
      .demandCommand(1, "Say which: bench step.")
      .epilogue(EXIT_CODES),
  )
  .command(
    "report <dir..>",
    "Write a run's report again, or compare runs",
    (y) =>
      y
        .positional("dir", {
          type: "string",
          array: true,
          demandOption: true,
          describe: "Folders of runs; several: comparison.html",
        })
        .options({ lang, out: path("out", "Folder for the comparison of several runs (this one)") })
        .version(false)
        .parserConfiguration({ ...PARSING, "duplicate-arguments-array": true })
        .example("$0 report runs/first --lang ko", "")
        .example("$0 report runs/first runs/second --out runs", "")
        .epilogue(EXIT_CODES),
    async (argv) => (await import("./commands/report.js")).report(argv),
  )
  .option("revectorize", {
    type: "boolean",
    default: true,
    describe: "256-bit kernels where V8 has them; --no-revectorize: without",
  })
  .middleware(({ revectorize }) => {
    if (!revectorize && [undefined, "", "revec"].includes(process.env.PULMO_WASM)) process.env.PULMO_WASM = "relaxed";
  })
  .strict()
  .fail((message, error) => {
    // yargs gives its own complaints, and those of an option's reader, as a YError.
    throw error && error.name !== "YError" ? error : usageError(message ?? error.message);
  })
  .epilogue(`"$0 <command> --help" lists a command's options.\n${EXIT_CODES}\nNot for clinical use.`);

// Whoever reads our output may stop before its end.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
watchSignals(say);
try {
  if (process.argv.length > 2) {
    await cli.parseAsync();
  } else {
    process.stderr.write(`${await cli.getHelp()}\n`);
    process.exitCode = 2;
  }
} catch (error) {
  process.exitCode = explain(error);
}

/** Says what went wrong in one sentence and returns the exit code. */
function explain(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  const noMemory = error instanceof RangeError && message.includes("could not allocate memory");
  const smaller = WITH_BATCHES.includes(process.argv[2]) ? "use a smaller --batch-size, " : "";
  const interrupted = interruption.aborted && error === interruption.reason;
  const expected = error instanceof InputError;
  const lacking = noMemory ? `memory: ${smaller}${NO_MEMORY}` : LIMITS[(error as NodeJS.ErrnoException)?.code ?? ""];
  const said = lacking ? `The system grants no more ${lacking}` : expected ? message : advised(message);
  process.stderr.write(`pulmo: ${printable(said)}\n`);
  if (interrupted) return 130;
  if (error instanceof InputError || lacking) return 2;
  if (process.env.PULMO_DEBUG) console.error(error);
  return 1;
}
