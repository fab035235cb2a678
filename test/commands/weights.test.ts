// --weights from the command to the report; PyTorch's own checkpoints in evaluate and predict.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { float32Tensor, float32Values, type StoredTensor } from "#pulmo/core/tensors.js";
import { writeTorch } from "#pulmo/formats/torch-writer.js";
import { readWeights } from "#pulmo/formats/weights.js";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { PYTHON, unless, withoutPython } from "../skip.js";
import { assertRefused, dataset, pulmo } from "./cli.js";

const test = suite("--weights");

const repository = new URL("../../../", import.meta.url);
const root = await dataset({ train: 2, val: 1, test: 2 });
const files = temporaryFolder();
const common = ["--data", root, "--models", "resnet18", "--epochs", "1", "--seed", "5"];
const runs = ["run", ...common, "--no-stress", "--no-pictures"];
const newFolder = () => join(temporaryFolder(), "out");
/** A learning rate at which float32 weights stay what they are: Adam's steps are as long as the rate. */
const STILL = ["--lr", "1e-30"];

const first = newFolder();
let tensors: ReadonlyMap<string, StoredTensor> = new Map();
/** ImageNet weights, as far as names and shapes go. */
const imagenet = join(files, "imagenet.pth");
beforeAll(test, async () => {
  const made = await pulmo(["train", ...common, "--quiet", "--weights", "none", "--out", first]);
  assert.is(made.code, 0, made.stderr);
  tensors = (await readWeights(join(first, "resnet18/model.safetensors"))).tensors;
  await writeTorch(
    imagenet,
    new Map<string, StoredTensor>([
      ...[...tensors].filter(([name]) => !name.startsWith("fc.")),
      ["fc.weight", float32Tensor([1000, 512], new Float32Array(512_000))],
      ["fc.bias", float32Tensor([1000], new Float32Array(1000))],
    ]),
  );
});

const metricsOf = (out: string) => JSON.parse(readFileSync(join(out, "metrics.json"), "utf8"));

test("the model starts from the file, and run.json, metrics.json and both reports say so", async () => {
  const out = newFolder();
  const { code, stderr } = await pulmo([...runs, ...STILL, "--weights", imagenet, "--out", out]);
  assert.is(code, 0, stderr);
  const { init } = metricsOf(out).models.resnet18;
  assert.match(init, /^ImageNet weights \(imagenet\.pth, sha256 [0-9a-f]{8}\)$/);
  assert.ok(stderr.includes(`[ResNet-18] from ${init}`), stderr);
  assert.is(metricsOf(out).settings.weights, imagenet);
  assert.match(metricsOf(out).settings.command, / --weights \S*imagenet\.pth( |$)/);
  for (const name of ["report.md", "report.html"])
    assert.ok(readFileSync(join(out, name), "utf8").includes("imagenet.pth"), name);
  const { tensors: found } = await readWeights(join(out, "resnet18/model.safetensors"));
  for (const [name, { shape }] of tensors) assert.equal(found.get(name)!.shape, shape, name);
  assert.equal(found.get("layer4.1.conv2.weight"), tensors.get("layer4.1.conv2.weight"));
  assert.ok(
    float32Values(found.get("fc.weight")!).some((value) => value !== 0),
    "the last layer was not made anew",
  );
});

test("without a file it starts from scratch and says so; fetched weights are found without being named", async () => {
  const cache = temporaryFolder();
  mkdirSync(cache, { recursive: true });
  copyFileSync(imagenet, join(cache, "resnet18-f37072fd.pth"));
  const initOf = async (...more: string[]) => {
    const out = newFolder();
    const { code, stderr } = await pulmo([...runs, "--quiet", ...more, "--out", out], { env: { PULMO_CACHE: cache } });
    assert.is(code, 0, stderr);
    return metricsOf(out).models.resnet18.init;
  };
  assert.match(await initOf(), /^ImageNet weights \(resnet18-f37072fd\.pth, /);
  assert.is(await initOf("--weights", "none"), "scratch");
});

test("a run goes on only with the weights that it was started with", async () => {
  const out = newFolder();
  const copy = join(files, "copy.pth");
  copyFileSync(imagenet, copy);
  const stopped = await pulmo(
    ["run", ...common, "--models", "logistic,resnet18", "--epochs", "30", "--weights", copy, "--out", out],
    { onStderr: (text, child) => void (text.includes("[Logistic] epoch 1/") && child.kill("SIGINT")) },
  );
  assert.is(stopped.code, 130, stopped.stderr);
  writeFileSync(copy, Buffer.concat([readFileSync(copy), Buffer.from("x")]));
  await assertRefused(
    ["run", "--resume", out],
    /copy\.pth (has changed since this run was started: restore the original file|is not a usable)/,
  );
  await assertRefused(["run", "--resume", out, "--weights", imagenet], /leave out --weights/);
});

test("a file that does not fit is refused before anything is written", async () => {
  const logistic = join(files, "logistic.pth");
  await writeTorch(logistic, new Map([["1.weight", float32Tensor([2], new Float32Array(2))]]));
  await assertRefused(
    ["run", ...common, "--weights", logistic],
    /logistic\.pth is not a file of ResNet-18 weights; tensors missing: 100 .*unknown: 1 \(1\.weight\)/,
  );
  await assertRefused(["run", "--data", root, "--models", "dnn", "--weights", imagenet], /--weights requires resnet18/);
});

test("weights info lists the tensors, on one line each or as JSON", async () => {
  const { stdout } = await pulmo(["weights", "info", imagenet]);
  assert.match(stdout, /^layer4\.1\.conv2\.weight +F32 +\[512, 512, 3, 3\]$/m);
  assert.match(stdout, /^122 tensors, 11,699,132 elements, 44\.6 MiB$/m);
  const json = JSON.parse((await pulmo(["weights", "info", imagenet, "--json"])).stdout);
  assert.is(json.tensors.length, 122);
  assert.is(basename(json.file), "imagenet.pth");
});

const withoutTorch = withoutPython("torch, torchvision", "python3-torchvision");
unless(withoutTorch, test)("evaluate and predict take what PyTorch trained and saved", async () => {
  const script = fileURLToPath(new URL("test/reference/train-in-torch.py", repository));
  const images = ["NORMAL", "PNEUMONIA"].flatMap((c) => [0, 1].map((i) => join(root, `test/${c}/synthetic-000${i}.jpeg`)));
  const { status, stdout, stderr } = spawnSync(PYTHON, [script, files, ...images], {
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
  assert.is(status, 0, stderr);
  const wanted: number[] = JSON.parse(stdout);
  for (const name of ["trained.pth", "trained-stream.pth"]) {
    const predicted = await pulmo(["predict", "--checkpoint", join(files, name), "--json", ...images]);
    assert.is(predicted.code, 0, predicted.stderr);
    const found = JSON.parse(predicted.stdout).map((row: { pPneumonia: number }) => row.pPneumonia);
    // Its own resize differs from Pillow's by at most one grey level in a few pixels.
    found.forEach((p: number, i: number) => assert.ok(Math.abs(p - wanted[i]) < 1e-3, `${name}: ${found} instead of ${wanted}`));
    const { code, stdout: scores } = await pulmo(["evaluate", "--checkpoint", join(files, name), "--data", root, "--json"]);
    assert.is(code, 0);
    assert.is(JSON.parse(scores).n, 4);
  }
});

test.run();
