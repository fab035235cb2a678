// Command lines in process, against the parser: help, and what is refused in one sentence, with exit code 2, before anything is
// written. A few real process starts show that the program around the parser does the same.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { completionScript } from "#pulmo/commands/completion.js";
import { COMMAND_NAMES } from "#pulmo/commands/parser.js";
import { readVariant, withoutRevectorizer } from "#pulmo/commands/wasm.js";
import { assertNoRuns, assertRefused, CLI, place, pulmo, pulmoProcess } from "./cli.js";
import { call } from "./in-process.js";

const test = suite("command line");

const cwd = process.cwd();
const { PULMO_CACHE } = process.env;
test.before(() => {
  for (const folder of ["full", "held"]) mkdirSync(join(place, folder));
  writeFileSync(join(place, "file"), "this is text, longer than eight bytes");
  writeFileSync(join(place, "full/notes.txt"), "mine");
  writeFileSync(join(place, "held/run.json"), "{}");
  writeFileSync(join(place, "held/metrics.json"), '{"schema":1,"models":{"dnn":{}}}');
  process.chdir(place);
  process.env.PULMO_CACHE = join(place, "cache");
});
test.after(() => {
  process.chdir(cwd);
  if (PULMO_CACHE === undefined) delete process.env.PULMO_CACHE;
  else process.env.PULMO_CACHE = PULMO_CACHE;
});

test("every command explains itself, within 80 columns, with types", async () => {
  for (const command of ["", ...COMMAND_NAMES]) {
    const words = command.split(" ").filter(Boolean);
    const { code, stdout, stderr } = await call([...words, "--help"]);
    assert.equal([code, stderr], [0, ""], command);
    assert.ok(stdout.startsWith(`pulmo ${command || "<command>"}`), stdout);
    const wide = stdout.split("\n").filter((line) => line.length > 80);
    assert.equal(wide, [], command);
    assert.match(stdout, /\[boolean\]/);
  }
});

test("every command is refused something below", () => {
  const refused = new Set(REFUSED.map(([line]) => line));
  for (const command of COMMAND_NAMES)
    assert.ok(
      [...refused].some((line) => `${line} `.startsWith(`${command} `)),
      command,
    );
});

test("help names types, choices and defaults", async () => {
  const help = (await call(["run", "--help"])).stdout.replace(/\s+/g, " ");
  for (const line of [
    "--epochs Passes over the training images; with --resume more of them, for a finished run [number] [default: 10, strong: 8, scratch: 18, sample: 5]",
    "--limit Use at most N images per class and split, evenly spaced [number] [default: all]",
    "--batch-size Images per training step; at most the number of training images [number] [default: 32, sample: 8]",
    '--lang Language of reports, summaries and progress [string] [choices: "en", "ko"] [default: en]',
    "--seed Seed of the initial weights and the order of images [number] [default: 0]",
  ])
    assert.ok(help.includes(line), line);
  assert.match((await call(["view", "--help"])).stdout, /Port of the local server +\[number\] \[default: any free port\]/);
  assert.match(
    (await call(["predict", "--help"])).stdout.replace(/\s+/g, " "),
    /Decision threshold: label PNEUMONIA above this probability \[number\] \[default: stored in the model, usually 0\.5\]/,
  );
});

test("general options come last, those of a training under headings", async () => {
  for (const command of [["run"], ["predict"], ["data", "check"]]) {
    const { stdout } = await call([...command, "--help"]);
    const [before, general] = stdout.split("\n\nGeneral options:\n");
    assert.match(general, /--revectorize (.|\n)*\n {2}-h, --help +Show help +\[boolean\](\n\n|$)/);
    assert.not.match(before, /--help|--revectorize|--quiet/);
  }
  const { stdout } = await call(["run", "--help"]);
  const headings = stdout.split("\n").filter((line) => /^[A-Z].*:$/.test(line));
  const expected = ["Data:", "Training:", "Evaluation:", "Files and progress:", "General options:", "Examples:"];
  assert.equal(headings, expected);
});

test("help COMMAND is COMMAND --help", async () => {
  for (const command of [[], ["run"], ["sweep", "plan"]])
    assert.equal(await call(["help", ...command]), await call([...command, "--help"]));
});

test("--no-OPTION is the command without that option, where it has no default", async () => {
  const refused = (await call(["predict", "--checkpoint", "file", "x.png"])).stderr;
  for (const off of ["--no-map", "--no-csv", "--no-list"])
    assert.is((await call(["predict", "--checkpoint", "file", off, "x.png"])).stderr, refused);
  assert.is((await call(["predict", "--map", "file", "--no-map", "--checkpoint", "file", "x.png"])).stderr, refused);
  const nowhere = (await call(["run", "--data", "nowhere"])).stderr;
  for (const off of ["--no-limit", "--no-spare", "--no-weights"])
    assert.is((await call(["run", off, "--data", "nowhere"])).stderr, nowhere);
  // As --weights none: with another value, this would be refused.
  assert.is((await call(["run", "--models", "dnn", "--no-weights", "--data", "nowhere"])).stderr, nowhere);
});

test("completion prints a script that asks the program as it was started", async () => {
  const { code, stdout, stderr } = await call(["completion"]);
  assert.equal([code, stderr], [0, ""]);
  assert.match(stdout, /pulmo --get-yargs-completions/);
  assert.match(stdout, /pulmo completion >>? ~/);
  assert.match(completionScript(stdout, "node dist/cli.js"), new RegExp(`node ${place}/dist/cli\\.js --get-yargs-completions`));
  const choices = await pulmoProcess(["--get-yargs-completions", "pulmo", "run", "--lang", "k"]);
  assert.equal([choices.code, choices.stdout], [0, "ko\n"]);
  // A question never runs the command, also if there is no answer.
  assert.equal(await pulmoProcess(["--get-yargs-completions", "pulmo", "sweep", "status", "full"]), {
    code: 0,
    stdout: "",
    stderr: "",
  });
});

test("what follows -- is a file, whatever it begins with", async () => {
  for (const name of ["--threads.jpeg", "-dash.jpeg", "-h", "--"]) {
    const { code, stderr } = await call(["report", "--", name]);
    assert.is(code, 2);
    assert.match(stderr, new RegExp(`^pulmo: ${name}/metrics\\.json cannot be read \\(ENOENT\\)`));
  }
  assert.match((await call(["gather", "--out", "x", "--", "--a.csv", "--", "b.csv"])).stderr, /^pulmo: --a\.csv\.shard\.json/);
  assert.match((await call(["run", "--", "foo"])).stderr, /Unknown argument "foo"/);
});

test("-h and -V are --help and --version; of repeated flags the last one counts", async () => {
  for (const command of [[], ["predict"], ["sweep", "plan"]]) {
    assert.equal(await call([...command, "-h"]), await call([...command, "--help"]));
  }
  assert.equal(await call(["-V"]), await call(["--version"]));
  assert.match(
    (await call(["report", "full", "--out", "held", "--no-revectorize", "--revectorize"])).stderr,
    /--out is for several/,
  );
});

test("no command: the help, on stderr", async () => {
  const { code, stdout, stderr } = await call([]);
  assert.equal([code, stdout], [2, ""]);
  for (const command of COMMAND_NAMES) assert.ok(stderr.includes(`pulmo ${command.split(" ")[0]}`), command);
});

const REFUSED: [string, RegExp][] = [
  ["trian", /Unknown command "trian": did you mean train\? See pulmo --help\.$/],
  ["trian --help", /Unknown command "trian": did you mean train\?/],
  ["help trian", /Unknown command "trian": did you mean train\?/],
  ["eval", /Unknown command "eval": did you mean evaluate\?/],
  ["fetch", /Unknown command "fetch": did you mean weights fetch or data fetch\?/],
  ["nosuch", /Unknown command "nosuch": see pulmo --help\.$/],
  ["sweep sttaus full", /Unknown command "sweep sttaus": did you mean sweep status\? See pulmo sweep --help\.$/],
  ["sweep status full --jsn", /Unknown option --jsn: did you mean --json\? See pulmo sweep status --help\.$/],
  ["run --nosuch", /Unknown option --nosuch: see pulmo run --help\.$/],
  ["run --foo-bar=1", /Unknown option --foo-bar:/],
  ["run --epoch=3", /Unknown option --epoch: did you mean --epochs\? See pulmo run --help\.$/],
  ["run --epcohs 3", /Unknown option --epcohs: did you mean --epochs\?/],
  ["run -epochs 3", /Unknown option -epochs: did you mean --epochs\? See pulmo run --help, or write --/],
  ["run --batchSize 3", /Unknown option --batchSize: did you mean --batch-size\?/],
  ["run --batch_size 3", /Unknown option --batch_size: did you mean --batch-size\?/],
  ["run --num-epochs 3", /Unknown option --num-epochs: did you mean --epochs\?/],
  ["run --dropout 3", /Unknown option --dropout: see/],
  ["run --learning-rate 3", /Unknown option --learning-rate: did you mean --lr\?/],
  ["run --no-pictrues", /Unknown option --no-pictrues: did you mean --no-pictures\?/],
  ["evaluate --chekpoint x", /Unknown option --chekpoint: did you mean --checkpoint\?/],
  ["predict --model x a.png", /Unknown option --model: did you mean --checkpoint\?/],
  ["run --gpu", /Unknown option --gpu: pulmo runs on CPUs and uses no GPU, so leave it out; --threads sets/],
  ["run --device cuda", /Unknown option --device: pulmo runs on CPUs/],
  ["data fetch --gpu", /Unknown option --gpu: pulmo runs on CPUs and uses no GPU, so leave it out\.$/],
  ["run full", /Unknown argument "full": did you mean --data full\? See/],
  [
    "predict --checkpoint file --threads.jpeg file",
    /Unknown option --threads\.jpeg: see pulmo predict --help, or write -- before/,
  ],
  ["predict --checkpoint file -dash.jpeg", /Unknown option -dash\.jpeg: see pulmo predict --help, or write -- before names/],
  ["predict -x", /Unknown option -x: see pulmo predict --help\.$/],
  [
    "export --no-checkpoint --format onnx --out x",
    /--no-checkpoint: --checkpoint is needed: path to a trained model, for example runs/,
  ],
  [
    "predict --no-checkpoint file",
    /--no-checkpoint: --checkpoint cannot be switched off; leave it out for the default: the ResNet-18 that comes with pulmo\.$/,
  ],
  ["run --no-epochs", /--no-epochs: --epochs cannot be switched off; leave it out for the default: 10, strong: 8/],
  ["run --no-out", /--no-out: --out cannot be switched off; leave it out for the default: runs/],
  ["run --epochs 2 --epochs 0", /--epochs is "0"/],
  ["run --threads=", /--threads is empty: give a whole number from 1/],
  ["predict --checkpoint file --csv - file", /--csv - names no file: give a path, such as \/dev\/stdout\.$/],
  ["predict --checkpoint file --csv= file", /--csv is empty: give a path/],
  ["predict --checkpoint file ", /The name of a file or folder is empty: check the variables/],
  ["predict --checkpoint file --csv file file", /--csv file is an input of this command \(file\): choose another name/],
  ["predict --checkpoint file --csv full/notes.txt file", /notes\.txt already exists and does not hold what pulmo writes there/],
  ["predict --checkpoint file --map file file", /--map file is a file: give a folder/],
  ["predict --checkpoint file --csv out --map out/maps file", /--csv and --map name the same path: give two/],
  ["run --metrics-file full/notes.txt", /--metrics-file full\/notes\.txt already exists and does not hold/],
  ["run --out x --metrics-file x/progress.prom", /--metrics-file x\/progress\.prom is inside the folder of the run, x: choose/],
  ["run foo", /Unknown argument "foo"/],
  ["run --epochs", /--epochs needs a value: give a whole number from 1 to/],
  ["run --epochs x", /--epochs is "x": give a whole number from 1/],
  ["run --epochs 0", /--epochs is "0"/],
  ["run --epochs 1.5", /--epochs is "1.5"/],
  ["run --threads 0", /--threads is "0": give a whole number from 1 to 256/],
  ["run --threads -1", /--threads is "-1"/],
  ["run --threads x", /--threads is "x"/],
  ["run --threads 1e9", /--threads is "1e9"/],
  ["run --batch-size 0", /--batch-size is "0"/],
  ["run --lr nan", /--lr is "nan": give a number above 0/],
  ["run --lr 0", /--lr is "0"/],
  ["run --lr -1", /--lr is "-1"/],
  ["run --seed -1", /--seed is "-1"/],
  ["run --seeds 0,x", /--seeds is "0,x": give at most 100 whole numbers/],
  ["run --seeds 0,,1", /--seeds is "0,,1"/],
  ["run --seed 1 --seeds 2,3", /--seed and --seeds exclude each other: remove one of them/],
  ["run --val-split 0", /--val-split is "0": give a number above 0, at most 0.5/],
  ["run --target-recall 1.5", /--target-recall is "1.5": give a number above 0, at most 1/],
  ["run --target-recall 0", /--target-recall is "0"/],
  ["run --val-split 0.6", /--val-split is "0.6"/],
  ["run --resume x --seeds 1", /leave out --seeds/],
  ["run --models foo", /--models names "foo": use logistic, dnn, resnet18/],
  ["run --models logistic,,dnn", /--models names ""/],
  ["run --limit 0", /--limit is "0"/],
  ["run --data=", /--data is empty/],
  ["run --resume nowhere", /nowhere.run.json cannot be read \(ENOENT\): name the folder of an earlier run/],
  ["run --resume x --batch-size 3", /leave out --batch-size/],
  ["run --resume x --epochs 3", /x.run\.json cannot be read/],
  ["run --resume x --out y", /leave out --out/],
  ["run --resume x --no-pictures", /x.run\.json cannot be read/],
  ["train --out file/below", /file\/below is not writable \(ENOTDIR\)/],
  ["run --out file", /file is not writable/],
  ["run --out /proc/pulmo/x", /is not writable/],
  ["run --out full", /full is not empty/],
  ["run --out held", /held already holds a run: .* --resume held/],
  ["run --data file", /file is a file, not a folder/],
  ["run --data nowhere", /nowhere does not exist/],
  ["export --format onnx --out x", /Missing --checkpoint: path to a trained model, for example runs\/first\/resnet18\.$/],
  ["export --checkpoint", /--checkpoint needs a value: path to a trained model, for example/],
  ["evaluate --checkpoint nowhere", /nowhere cannot be read \(ENOENT\)/],
  ["evaluate --checkpoint file", /file is a text file, not a file of weights: give a/],
  ["evaluate --checkpoint file --split foo", /--split is "foo": use train or val or test/],
  ["evaluate --checkpoint file --labels=", /--labels is empty/],
  ["evaluate --checkpoint file --labels x", /--labels needs the folder of its images/],
  ["evaluate --checkpoint file --labels x --split val", /--labels and --split exclude each other: remove one of them/],
  ["predict --checkpoint file", /No image is given: name files or folders, or use --list/],
  ["predict --checkpoint file --json file", /file is a text file, not a file of weights: give a/],
  ["predict --checkpoint file full", /full contains no JPEG, PNG or DICOM image/],
  ["run --weights nowhere", /nowhere cannot be read \(ENOENT\)/],
  ["run --weights file", /file is a text file, not a file of weights: give a/],
  ["run --weights file --models dnn", /--weights requires resnet18, which is missing in --models dnn/],
  ["run --resume x --weights y", /leave out --weights/],
  ["run --resume x --no-strict", /leave out --no-strict/],
  ["export --checkpoint file --format onnx", /Missing --out: file to write, for example resnet18\.onnx/],
  ["export --checkpoint file", /Missing --format: onnx, safetensors, torch, pulmo or hf; --out: file to write/],
  ["export --checkpoint file --format tflite --out x", /--format is "tflite": use onnx or safetensors or torch/],
  ["export --checkpoint file --format onnx --out x", /file is a text file, not a file of weights: give a/],
  ["export --checkpoint nowhere --format onnx --out file", /file already exists/],
  ["model", /Give a subcommand: model info\./],
  ["model info nowhere", /nowhere cannot be read \(ENOENT\)/],
  ["model info file", /file is a text file, not a file of weights: give a/],
  ["weights", /weights fetch, weights info or weights convert/],
  ["weights fetch alexnet", /No weights for "alexnet"; available: resnet18\./],
  ["weights info file", /file is a text file, not a file of weights: give a/],
  ["weights info full", /full holds no model.safetensors: give the folder of a run's model, or a file of weights/],
  ["weights convert file out.npz", /out.npz has an unknown extension: use one of .onnx, .safetensors, .pth, .pt/],
  ["weights convert file", /Missing <to>: File to write.*, for example model\.onnx\. Usage: pulmo weights convert <from> <to>/],
  ["verify", /Missing <run>: Folder of a run, for example runs\/first\. Usage: pulmo verify <run>/],
  ["report", /Missing <dir>: Folders of runs.*, for example runs\/first\. Usage: pulmo report <dir\.\.>/],
  ["report full", /metrics.json cannot be read \(ENOENT\): name the folder of a finished run/],
  ["report held", /metrics.json is not valid \("dataset" is missing or wrong\)/],
  ["report full --lang de", /--lang is "de": use en or ko/],
  ["report full --out held", /--out is for several runs/],
  ["report held full", /metrics.json/],
  ["data", /data fetch, data check, data prepare or data cache/],
  ["data fetch nih", /Unknown source "nih"; available: mendeley, kaggle, medmnist\./],
  ["data cache --days 3", /--days needs --prune: add it/],
  ["data cache --prune --max-size x", /--max-size is "x": give a whole number from 0/],
  ["data check --json", /Missing --data: a dataset, for example chest_xray; pulmo data fetch downloads/],
  ["data prepare", /Missing --data: a dataset/],
  ["data prepare --limit 1.5", /--limit is "1\.5"/],
  ["gather", /Missing <csv>: The files of all shards/],
  ["gather full", /Missing --out: CSV file/],
  ["adapt --checkpoint file --out a.safetensors", /Missing --data: folder or list/],
  ["adapt --checkpoint nowhere --data full --out a.safetensors", /nowhere cannot be read \(ENOENT\)/],
  ["adapt --checkpoint file --data full --out a.onnx", /a\.onnx is no \.safetensors or \.pulmo file/],
  ["gather nowhere --out x", /nowhere/],
  ["gather nowhere --out file", /file already exists/],
  ["gather file file --out x", /A file is given twice/],
  ["data check --classes NORMAL,BACTERIA,VIRUS", /--classes is "NORMAL,BACTERIA,VIRUS": give two different names/],
  ["gather file --out x --classes a", /--classes is "a": give two different names/],
  ["view nowhere", /nowhere cannot be read \(ENOENT\)/],
  ["view --port 0", /--port is "0": give a whole number from 1 to 65535/],
  ["view --recipe paper --mean 1 file", /--recipe sets mean and standard deviation/],
  ["view --mean 1 file", /--mean and --std go together/],
  ["export --format onnx --out x", /Missing --checkpoint: /],
  ["predict --checkpoint file --json --jsonl file", /exclude each other/],
  ["predict --checkpoint file --dicom-tags file", /--dicom-tags needs an output with fields/],
  ["predict --checkpoint file --shard 1/2 file", /--shard needs a file that gather can merge/],
  ["predict --checkpoint file --csv x --shard 3/2 file", /--shard is "3\/2": give one shard of several, as 3\/100/],
  ["predict --checkpoint file --threshold 1 file", /--threshold is "1": give a number between 0 and 1/],
  ["run --fold 3/2", /--fold is "3\/2": give one fold of several, as 2\/5/],
  ["run --fold 1/2 --val-split 0.1", /--val-split and --fold exclude each other/],
  ["run --resume x --strict", /leave out --strict/],
  ["sweep", /sweep plan, sweep work, sweep run, sweep status, sweep gather or sweep submit/],
  ["sweep plan", /Missing <spec>: .*, for example lr\.yaml\. Usage: pulmo sweep plan <spec>/],
  ["sweep plan nowhere --out x", /nowhere cannot be read \(ENOENT\): name the YAML or JSON file of a sweep/],
  ["sweep plan file", /Missing --out: folder to write/],
  ["sweep plan file --out x", /file: it holds no settings/],
  ["sweep work full --task 0", /sweep\.json cannot be read \(ENOENT\): name a folder that sweep plan made/],
  ["sweep work full --task -1", /--task is "-1"/],
  ["sweep run full", /sweep\.json cannot be read/],
  ["sweep status full", /sweep\.json cannot be read/],
  ["sweep gather full", /sweep\.json cannot be read/],
  ["sweep gather full --lang de", /--lang is "de"/],
  ["sweep submit full", /Missing --engine: slurm/],
  ["sweep submit full --engine pbs", /--engine is "pbs": use slurm or kubernetes or snakemake or local/],
  ["sweep submit full --engine slurm", /sweep\.json cannot be read/],
  ["bench", /Give a subcommand: bench step\./],
  ["bench step --model foo --json", /--model is "foo"/],
  ["bench step --iterations 0", /--iterations is "0"/],
  [
    "bench step --model resnet18 --batch-size 4096 --json",
    /needs \d+ MiB of memory, more than the 4096 MiB .* smaller --batch-size/,
  ],
];

test("what is wrong is refused in one sentence", async () => {
  for (const [line, message] of REFUSED) {
    const { code, stdout, stderr } = await call(line.split(" "));
    const printed = `pulmo ${line}: ${stderr}`;
    assert.equal([code, stdout], [2, ""], printed);
    const complaints = stderr.split("\n").filter((text) => text.startsWith("pulmo: "));
    assert.is(complaints.length, 1, printed);
    assert.match(complaints[0], message, printed);
    assert.ok(stderr.trimEnd().endsWith(complaints[0]), printed);
    assertNoRuns();
  }
});

test("PULMO_WASM and --no-revectorize choose the kernels", async () => {
  assert.match((await call(["bench", "step"], "bogus")).stderr, /PULMO_WASM is "bogus": use one of simd, relaxed, revec/);
  assert.equal(["", undefined, "simd"].map(readVariant), [undefined, undefined, "simd"]);
  assert.equal(([undefined, "revec", "simd"] as const).map(withoutRevectorizer), ["relaxed", "relaxed", "simd"]);
});

test("docs/cli.md is what npm run docs writes", async () => {
  const repository = new URL("../../../", import.meta.url);
  const { makeCli } = await import(new URL("docs/make-cli.mjs", repository).href);
  assert.ok(readFileSync(new URL("docs/cli.md", repository), "utf8") === (await makeCli()), "run npm run docs");
});

test("the program prints its version and nothing else", async () => {
  const { code, stdout } = await pulmo(["--version"]);
  assert.is(code, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

test("the program: help on stdout, names itself as it was started", async () => {
  const { code, stdout, stderr } = await pulmo(["run", "--help"]);
  assert.equal([code, stderr], [0, ""]);
  assert.match(stdout, /^node \S*cli\.js run\n/);
});

test("the program names a current folder that has been removed", () => {
  const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$1" predict --checkpoint model x.png';
  const { status, stderr } = spawnSync("sh", ["-c", script, process.execPath, CLI], { cwd: place, encoding: "utf8" });
  assert.equal([status, stderr], [2, "pulmo: The current folder does not exist any more: change to another one.\n"]);
});

test("the program refuses an unknown PULMO_WASM", () =>
  assertRefused(["run"], /PULMO_WASM is "bogus": use one of simd, relaxed, revec/, { env: { PULMO_WASM: "bogus" } }));

test("the program refuses a cache folder that cannot be made", () =>
  assertRefused(["run"], /The cache folder .* cannot be written \(ENOTDIR\): set PULMO_CACHE/, {
    env: { PULMO_CACHE: join(place, "file", "x") },
  }));

test.run();
