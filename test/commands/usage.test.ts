// Command lines in process, against the parser: help, and what is refused in one sentence, with exit code 2, before anything is
// written. A few real process starts show that the program around the parser does the same.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { COMMAND_NAMES } from "#pulmo/commands/parser.js";
import { readVariant, withoutRevectorizer } from "#pulmo/commands/wasm.js";
import { assertNoRuns, assertRefused, CLI, place, pulmo } from "./cli.js";
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
    "--epochs Passes over the training images [number] [default: 10, strong: 8, sample: 5]",
    "--limit Use at most N images per class and split, evenly spaced (default: all) [number]",
    "--batch-size Images per training step; at most the number of training images [number] [default: 32, sample: 8]",
    '--lang Language of the report [string] [choices: "en", "ko"] [default: en]',
    "--seed Seed of the initial weights and the order of images [number] [default: 0]",
  ])
    assert.ok(help.includes(line), line);
  assert.match((await call(["view", "--help"])).stdout, /Port of the local server \(default: any free port\)/);
  assert.match(
    (await call(["predict", "--help"])).stdout.replace(/\s+/g, " "),
    /Decision threshold: label PNEUMONIA above this probability \(default: stored in the model, usually 0\.5\)/,
  );
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
  ["trian", /Unknown command "trian": see .* --help/],
  ["run --foo", /Unknown option --foo: see .* run --help/],
  ["run --foo-bar=1", /Unknown option --foo-bar:/],
  [
    "predict --checkpoint file --threads.jpeg file",
    /Unknown option --threads\.jpeg: see pulmo predict --help, or write -- before/,
  ],
  ["predict --checkpoint file -dash.jpeg", /Unknown option -dash\.jpeg: see pulmo predict --help, or write -- before names/],
  ["predict -x", /Unknown option -x: see pulmo predict --help\.$/],
  ["predict --checkpoint file --no-map file", /Unknown option --no-map: --map takes a value, leave it out/],
  ["predict --checkpoint file --no-csv file", /Unknown option --no-csv/],
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
  ["run --epochs", /--epochs needs a value/],
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
  ["run --resume x --epochs 3", /leave out --epochs/],
  ["run --resume x --out y", /leave out --out/],
  ["run --resume x --no-pictures", /leave out --no-pictures/],
  ["train --out file/below", /file\/below is not writable \(ENOTDIR\)/],
  ["run --out file", /file is not writable/],
  ["run --out /proc/pulmo/x", /is not writable/],
  ["run --out full", /full is not empty/],
  ["run --out held", /held already holds a run: .* --resume held/],
  ["run --data file", /file is a file, not a folder/],
  ["run --data nowhere", /nowhere does not exist/],
  ["evaluate", /--checkpoint is missing/],
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
  ["run --resume x --no-stress", /leave out --no-stress/],
  ["export --checkpoint file --format onnx", /--out is missing/],
  ["export --checkpoint file --format tflite --out x", /--format is "tflite": use onnx or safetensors or torch/],
  ["export --checkpoint file --format onnx --out x", /file is a text file, not a file of weights: give a/],
  ["export --checkpoint nowhere --format onnx --out file", /file already exists/],
  ["weights", /weights fetch, weights info or weights convert/],
  ["weights fetch alexnet", /No weights for "alexnet"; available: resnet18\./],
  ["weights info file", /file is a text file, not a file of weights: give a/],
  ["weights info full", /full holds no model.safetensors: give the folder of a run's model, or a file of weights/],
  ["weights convert file out.npz", /out.npz has an unknown extension: use one of .onnx, .safetensors, .pth, .pt/],
  ["weights convert file", /A file or folder is missing after "weights"/],
  ["report", /A file or folder is missing after "report"/],
  ["report full", /metrics.json cannot be read \(ENOENT\): name the folder of a finished run/],
  ["report held", /metrics.json is not valid \("dataset" is missing or wrong\)/],
  ["report full --lang de", /--lang is "de": use en or ko/],
  ["report full --out held", /--out is for several runs/],
  ["report held full", /metrics.json/],
  ["data", /data fetch, data check, data prepare or data cache/],
  ["data fetch nih", /Unknown source "nih"; available: mendeley, kaggle, medmnist\./],
  ["data cache --days 3", /--days needs --prune: add it/],
  ["data cache --prune --max-size x", /--max-size is "x": give a whole number from 0/],
  ["data check --json", /--data is missing/],
  ["data prepare", /--data is missing: give a dataset, or download one with pulmo data fetch/],
  ["data prepare --limit 1.5", /--limit is "1\.5"/],
  ["gather", /A file or folder is missing after "gather"/],
  ["gather full", /--out is missing/],
  ["adapt --checkpoint file --out a.safetensors", /--data is missing/],
  ["adapt --checkpoint nowhere --data full --out a.safetensors", /nowhere cannot be read \(ENOENT\)/],
  ["adapt --checkpoint file --data full --out a.onnx", /a\.onnx is no \.safetensors file/],
  ["gather nowhere --out x", /nowhere/],
  ["gather nowhere --out file", /file already exists/],
  ["gather file file --out x", /A file is given twice/],
  ["data check --classes NORMAL,BACTERIA,VIRUS", /--classes is "NORMAL,BACTERIA,VIRUS": give two different names/],
  ["gather file --out x --classes a", /--classes is "a": give two different names/],
  ["view nowhere", /nowhere cannot be read \(ENOENT\)/],
  ["view --port 0", /--port is "0": give a whole number from 1 to 65535/],
  ["view --recipe paper --mean 1 file", /--recipe sets mean and standard deviation/],
  ["view --mean 1 file", /--mean and --std go together/],
  ["export --format onnx --out x", /--checkpoint is missing/],
  ["predict --checkpoint file --json --jsonl file", /exclude each other/],
  ["predict --checkpoint file --dicom-tags file", /--dicom-tags needs an output with fields/],
  ["predict --checkpoint file --shard 1/2 file", /--shard needs a file that gather can merge/],
  ["predict --checkpoint file --csv x --shard 3/2 file", /--shard is "3\/2": give one shard of several, as 3\/100/],
  ["predict --checkpoint file --threshold 1 file", /--threshold is "1": give a number between 0 and 1/],
  ["run --fold 3/2", /--fold is "3\/2": give one fold of several, as 2\/5/],
  ["run --fold 1/2 --val-split 0.1", /--val-split and --fold exclude each other/],
  ["run --resume x --strict", /leave out --strict/],
  ["sweep", /sweep plan, sweep work, sweep run, sweep status, sweep gather or sweep submit/],
  ["sweep plan", /A file or folder is missing after "sweep"/],
  ["sweep plan nowhere --out x", /nowhere cannot be read \(ENOENT\): name the YAML or JSON file of a sweep/],
  ["sweep plan file", /--out is missing/],
  ["sweep plan file --out x", /file: it holds no settings/],
  ["sweep work full --task 0", /sweep\.json cannot be read \(ENOENT\): name a folder that sweep plan made/],
  ["sweep work full --task -1", /--task is "-1"/],
  ["sweep run full", /sweep\.json cannot be read/],
  ["sweep status full", /sweep\.json cannot be read/],
  ["sweep gather full", /sweep\.json cannot be read/],
  ["sweep gather full --lang de", /--lang is "de"/],
  ["sweep submit full", /--engine is missing/],
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
