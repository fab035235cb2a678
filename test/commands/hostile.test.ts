// Files from outside that are no files, say too much or hold nothing that counts: one sentence, at once.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { assertRefused, dataset, pulmo } from "./cli.js";

const test = suite("hostile files");

const root = await dataset({ train: 6, val: 1, test: 3 });
const out = join(temporaryFolder(), "out");
const QUICK = ["--models", "logistic", "--epochs", "1", "--threads", "2", "--quiet"];
beforeAll(test, async () => assert.is((await pulmo(["train", "--data", root, "--out", out, ...QUICK])).code, 0));
const model = join(out, "logistic/model.safetensors");
const image = join(root, "test/NORMAL/synthetic-0000.jpeg");

test("a pipe that nobody writes into, and a device without end, are refused at once", async () => {
  const folder = temporaryFolder();
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  for (const path of [pipe, "/dev/zero"]) {
    const regular = /not a regular file|not a usable|holds no|cannot be read/;
    await assertRefused(["weights", "info", path], regular);
    await assertRefused(["predict", "--checkpoint", path, image], regular);
    await assertRefused(["predict", "--checkpoint", model, path], /it is not a regular file/);
    await assertRefused(["evaluate", "--checkpoint", model, "--data", root, "--labels", path], regular);
    await assertRefused(["evaluate", "--checkpoint", path, "--data", root], regular);
    await assertRefused(["export", "--checkpoint", path, "--format", "onnx", "--out", join(folder, "x.onnx")], regular);
  }
  const run = join(folder, "run");
  mkdirSync(run);
  for (const name of ["run.json", "metrics.json"]) execFileSync("mkfifo", [join(run, name)]);
  await assertRefused(["run", "--resume", run], /run.json cannot be read \(it is not a regular file\)/);
  await assertRefused(["report", run], /metrics.json cannot be read \(it is not a regular file\)/);
});

test("weights that are not finite are refused by every command that would use them", async () => {
  const bytes = readFileSync(model);
  const begin = 8 + Number(bytes.readBigUInt64LE());
  for (const [name, value] of [
    ["nan", Number.NaN],
    ["infinite", Number.NEGATIVE_INFINITY],
  ] as const) {
    const path = join(temporaryFolder(), `${name}.safetensors`);
    const changed = Buffer.from(bytes);
    changed.writeFloatLE(value, begin + 4 * 1000);
    writeFileSync(path, changed);
    const said = /safetensors: .* contains values that are not finite: the model is damaged\./;
    await assertRefused(["predict", "--checkpoint", path, image], said);
    await assertRefused(["evaluate", "--checkpoint", path, "--data", root], said);
    for (const format of ["pulmo", "onnx", "torch", "safetensors"]) {
      await assertRefused(["export", "--checkpoint", path, "--format", format, "--out", `${path}.out`], said);
    }
  }
});

test("a run.json that says what no option takes is refused", async () => {
  const file = join(out, "run.json");
  const good = readFileSync(file, "utf8");
  const faults = {
    batchSize: [0, 5000, 1.5],
    epochs: [0, 1e9],
    lr: [0, -1, 1e30],
    seed: [-1, 2 ** 32],
    valSplit: [0, 0.9],
    limit: [0],
    seeds: [[]],
  };
  for (const [name, values] of Object.entries(faults)) {
    for (const value of values) {
      const changed = JSON.parse(good);
      changed.options[name] = value;
      writeFileSync(file, JSON.stringify(changed));
      await assertRefused(["run", "--resume", out], /run.json is not valid \("options.*" is missing or wrong\): start a new run/);
    }
  }
  writeFileSync(file, good);
});

test("names do not command the terminal", async () => {
  const folder = join(temporaryFolder(), "\u001b[31mred\u0007");
  mkdirSync(folder);
  const damaged = join(folder, "a\u001b]0;title\u0007.png");
  writeFileSync(damaged, "nothing");
  const { stdout, stderr } = await pulmo(["predict", "--checkpoint", model, image, damaged]);
  assert.not.match(stdout + stderr, /\u001b|\u0007/);
  assert.match(stderr, /Warning: .*\\u001b\[31mred/);
  await assertRefused(["predict", "--checkpoint", join(folder, "none"), image], /\\u001b\[31mred.* cannot be read/);
});

test.run();
