// --hidden: a DNN with other layers, from the settings to each file format and back.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hiddenOf, hiddenWidths } from "#pulmo/core/models/dnn.js";
import { findModel } from "#pulmo/core/models/index.js";
import { loadModel, openDataset, train } from "#pulmo/lib/node.js";
import { resolveSettings } from "#pulmo/settings/resolve.js";
import { planSweep } from "#pulmo/sweep/plan.js";
import { readSpec } from "#pulmo/sweep/spec.js";
import { temporaryFolder } from "../data/places.js";
import { assertRefused, dataset, place, pulmo } from "./cli.js";

const test = suite("hidden layers");

process.env.PULMO_CACHE = join(place, "cache");
const root = await dataset({ train: 5, val: 2, test: 3 });
const out = join(temporaryFolder(), "run");
const ENV = { env: { PULMO_WASM: "simd" } };

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await pulmo(args, ENV);
  assert.is(code, 0, stderr);
  return stdout;
}

test("a run trains the layers, and states them in run.json, metrics.json and the report", async () => {
  const short = ["--epochs", "2", "--batch-size", "4", "--threads", "2", "--no-stress", "--no-pictures", "--quiet"];
  await done("run", "--data", root, "--models", "logistic,dnn", "--hidden", "20, 7", ...short, "--out", out);
  const { settings, models } = JSON.parse(readFileSync(join(out, "metrics.json"), "utf8"));
  assert.equal([settings.hidden, settings.recipe], [[20, 7], "custom"]);
  assert.match(settings.command, / --hidden 20,7 /);
  const weights = 150_528 * 20 + 20 + 20 * 7 + 7 + 7 * 2 + 2;
  assert.is(models.dnn.params, weights);
  assert.equal(JSON.parse(readFileSync(join(out, "run.json"), "utf8")).options.hidden, [20, 7]);
  assert.match(readFileSync(join(out, "report.md"), "utf8"), /Hidden layers of the DNN.*20, 7/);
});

test("every format keeps the layers, also where no metadata names them", async () => {
  const image = join(root, "test/NORMAL");
  const scores = async (checkpoint: string) =>
    JSON.parse(await done("predict", "--checkpoint", checkpoint, image, "--json")).map(({ logit }: { logit: number }) => logit);
  const expected = await scores(join(out, "dnn"));
  assert.is(expected.length, 3);
  for (const [format, extension] of [
    ["safetensors", "safetensors"],
    ["torch", "pth"],
    ["onnx", "onnx"],
    ["pulmo", "pulmo"],
  ]) {
    const file = join(temporaryFolder(), `dnn.${extension}`);
    await done("export", "--checkpoint", join(out, "dnn"), "--format", format, "--out", file);
    assert.equal(await scores(file), expected, format);
  }
});

test("from code: the same layers, a loaded model with its own, and training further", async () => {
  const data = await openDataset(root);
  try {
    const settings = { model: "dnn", data, epochs: 1, batchSize: 4, threads: 2, wasm: "simd" } as const;
    const model = await train({ ...settings, hidden: [20, 7] }).result;
    const loaded = await loadModel(model.file);
    const file = join(root, data.test.images[0].file);
    assert.is((await loaded.predict(file)).probability, (await model.predict(file)).probability);
    const further = await train({ ...settings, weights: model }).result;
    assert.is(further.file.length, model.file.length);
    await assertRejects(
      () => train({ ...settings, model: findModel("dnn", [9])!, hidden: [9] }).result,
      /--hidden sets the layers of dnn/,
    );
    await assertRejects(
      () => train({ ...settings, hidden: [0] }).result,
      /--hidden is \[0\]: give the width of each hidden layer/,
    );
  } finally {
    await data.close();
  }
});

async function assertRejects(call: () => Promise<unknown>, message: RegExp): Promise<void> {
  try {
    await call();
  } catch (error) {
    return assert.match((error as Error).message, message);
  }
  assert.unreachable(String(message));
}

test("a sweep varies the layers as text", async () => {
  const spec = join(temporaryFolder(), "spec.yaml");
  const write = (hidden: string) => writeFileSync(spec, `data: ${root}\nmodels: dnn\nepochs: 1\nhidden: ${hidden}\n`);
  write('["20,7", "512,256,128"]');
  const { tasks, varied } = await planSweep(await readSpec(spec), join(temporaryFolder(), "sweep"), {
    ...{ info() {}, warn() {}, bar: () => ({ draw() {}, stop() {} }), interactive: false, signal: undefined },
  });
  assert.equal(varied, ["hidden"]);
  assert.equal(
    tasks.map(({ settings }) => settings.hidden),
    [[20, 7], undefined],
  );
  // A list of numbers would be three networks of one layer each.
  write("[512, 256, 128]");
  await assertRejects(() => readSpec(spec), /"hidden" is not valid: give the width of each hidden layer, as 512,256,128/);
});

test("what is refused", async () => {
  await assertRefused(
    ["run", "--hidden", "512,x"],
    /--hidden is "512,x": give the width of each hidden layer, as 512,256,128: at most 8/,
  );
  await assertRefused(["run", "--hidden", "1,1,1,1,1,1,1,1,1"], /at most 8 layers of at most 16384/);
  await assertRefused(
    ["run", "--models", "resnet18", "--hidden", "9"],
    /--hidden sets the layers of dnn, which is missing in --models resnet18/,
  );
  await assertRefused(
    ["train", "--data", root, "--models", "dnn", "--hidden", "16384"],
    /needs \d+ MiB .* smaller --batch-size or narrower --hidden layers/,
  );
});

test("the study's widths are no setting; widths are read from shapes, after any prefix", () => {
  const host = { fetchedData: undefined, absolute: (path: string) => path };
  assert.is(resolveSettings({ hidden: [512, 256, 128] }, host).hidden, undefined);
  assert.is(findModel("dnn", [512, 256, 128]), findModel("dnn"));
  assert.equal(
    [hiddenWidths("512, 7"), hiddenWidths("1.5"), hiddenWidths([]), hiddenWidths({})],
    [[512, 7], undefined, undefined, undefined],
  );
  const shapes = (prefix: string, ...layers: [number, number][]) =>
    new Map<string, number[]>(layers.map((shape, i) => [`${prefix}${2 * i + 1}.weight`, shape]));
  assert.equal(hiddenOf(shapes("", [9, 100], [4, 9], [2, 4])), [9, 4]);
  assert.equal(hiddenOf(shapes("module.net.", [9, 100], [1, 9])), [9]);
  // Layers that do not follow each other; logistic's single layer.
  assert.is(hiddenOf(shapes("", [9, 100], [2, 8])), undefined);
  assert.is(hiddenOf(shapes("", [2, 100])), undefined);
});

test.run();
