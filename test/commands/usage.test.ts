// What is typed wrongly is refused in one sentence, with exit code 2, before anything is written.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { assertComplains, assertNoRuns, assertRefused, inPairs, place, pulmo } from "./cli.js";

const test = suite("command line");

const COMMANDS = [
  "run",
  "train",
  "evaluate",
  "predict",
  "data check",
  "data fetch",
  "data cache",
  "data prepare",
  "bench step",
  "report",
  "export",
  "weights fetch",
  "weights info",
  "weights convert",
];

test("every command explains itself", async () => {
  await inPairs([...COMMANDS, "data", "bench", "weights", ""], async (command) => {
    const { code, stdout, stderr } = await pulmo([...command.split(" ").filter(Boolean), "--help"]);
    assert.is(code, 0, command);
    assert.is(stderr, "");
    assert.ok(
      stdout.split("\n").every((line) => line.length <= 80),
      `${command} --help is wider than 80 columns`,
    );
    assert.not.match(stdout, /\[(string|boolean|array|default)/);
  });
});

test("--version prints the version and nothing else", async () => {
  const { code, stdout } = await pulmo(["--version"]);
  assert.is(code, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

test("no command: the help, on stderr", async () => {
  const { code, stdout, stderr } = await pulmo([]);
  assert.is(code, 2);
  assert.is(stdout, "");
  for (const command of ["run", "train", "evaluate", "predict", "data", "bench", "report", "export", "weights"])
    assert.ok(stderr.includes(command));
});

const REFUSED: [string, RegExp][] = [
  ["trian", /Unknown command "trian": see .* --help/],
  ["run --foo", /Unknown option --foo: see .* run --help/],
  ["run --foo-bar=1", /Unknown option --foo-bar:/],
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
  ["run --seed 1 --seeds 2,3", /--seed and --seeds are given: leave one of them out/],
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
  ["train --out file/below", /file\/below cannot be written to \(ENOTDIR\)/],
  ["run --out file", /file cannot be written to/],
  ["run --out /proc/pulmo/x", /cannot be written to/],
  ["run --out full", /full is not empty/],
  ["run --out held", /held already holds a run: .* --resume held/],
  ["run --data file", /file is a file, not a folder/],
  ["run --data nowhere", /nowhere does not exist/],
  ["evaluate", /--checkpoint is missing/],
  ["evaluate --checkpoint nowhere", /nowhere cannot be read \(ENOENT\)/],
  ["evaluate --checkpoint file", /file is not a usable file of weights/],
  ["evaluate --checkpoint file --split foo", /--split is "foo": use train or val or test/],
  ["evaluate --checkpoint file --labels=", /--labels is empty/],
  ["evaluate --checkpoint file --labels x", /--labels needs the folder of its images/],
  ["evaluate --checkpoint file --labels x --split val", /leave one of them out/],
  ["predict --checkpoint file", /No image is named: give files, folders or --list/],
  ["predict --checkpoint file --json file", /file is not a usable file of weights/],
  ["predict --checkpoint file full", /full holds no JPEG, PNG or DICOM image/],
  ["run --weights nowhere", /nowhere cannot be read \(ENOENT\)/],
  ["run --weights file", /file is not a usable file of weights/],
  ["run --weights file --models dnn", /--weights is for resnet18, which is not among --models dnn/],
  ["run --resume x --weights y", /leave out --weights/],
  ["run --resume x --no-stress", /leave out --no-stress/],
  ["export --checkpoint file --format onnx", /--out is missing/],
  ["export --checkpoint file --format tflite --out x", /--format is "tflite": use onnx or safetensors or torch/],
  ["export --checkpoint file --format onnx --out x", /file is not a usable file of weights/],
  ["export --checkpoint nowhere --format onnx --out file", /file exists already/],
  ["weights", /weights fetch, weights info or weights convert/],
  ["weights fetch alexnet", /"alexnet" is not to be had: resnet18 is/],
  ["weights info file", /file is not a usable file of weights/],
  ["weights info full", /full cannot be read \(EISDIR\)/],
  ["weights convert file out.npz", /out.npz has none of the extensions .onnx, .safetensors, .pth, .pt/],
  ["weights convert file", /A file or folder is missing after "weights"/],
  ["report", /A file or folder is missing after "report"/],
  ["report full", /metrics.json cannot be read \(ENOENT\): name the folder of a finished run/],
  ["report held", /metrics.json is not valid \("dataset" is missing or wrong\)/],
  ["report full --lang de", /--lang is "de": use en or ko/],
  ["report full --out held", /--out is for several runs/],
  ["report held full", /metrics.json/],
  ["data", /data fetch, data check, data prepare or data cache/],
  ["data fetch nih", /"nih" is no source: use mendeley or kaggle or medmnist/],
  ["data cache --days 3", /--days is for --prune: add it/],
  ["data cache --prune --max-size x", /--max-size is "x": give a whole number from 0/],
  ["data check --json", /--data is missing/],
  ["bench", /bench step/],
  ["bench step --model foo --json", /--model is "foo"/],
  ["bench step --iterations 0", /--iterations is "0"/],
  [
    "bench step --model resnet18 --batch-size 4096 --json",
    /needs \d+ MiB of memory, more than the 4096 MiB .* smaller --batch-size/,
  ],
];

test("what is wrong is refused in one sentence", async () => {
  for (const folder of ["full", "held"]) mkdirSync(join(place, folder));
  writeFileSync(join(place, "file"), "this is text, longer than eight bytes");
  writeFileSync(join(place, "full/notes.txt"), "mine");
  writeFileSync(join(place, "held/run.json"), "{}");
  writeFileSync(join(place, "held/metrics.json"), '{"schema":1,"models":{"dnn":{}}}');
  await inPairs(REFUSED, ([line, message]) => assertComplains(line.split(" "), message));
  assertNoRuns();
});

test("an unknown PULMO_WASM is refused", () =>
  assertRefused(["run"], /PULMO_WASM is "bogus": use one of simd, relaxed, revec/, { env: { PULMO_WASM: "bogus" } }));

test("a cache folder that cannot be made is refused", () =>
  assertRefused(["run"], /The cache folder .* cannot be written \(ENOTDIR\): set PULMO_CACHE/, {
    env: { PULMO_CACHE: join(place, "file", "x") },
  }));

test.run();
