// The public API in Node: the bits of the command line, cancellation and continuation, datasets of every kind.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { conv2d } from "#pulmo/core/layers/conv2d.js";
import { classActivation } from "#pulmo/core/layers/explain.js";
import { linear } from "#pulmo/core/layers/linear.js";
import { pixels } from "#pulmo/core/layers/pixels.js";
import { averagePool } from "#pulmo/core/layers/pooling.js";
import type { Input, ModelDefinition } from "#pulmo/core/models/definition.js";
import type { Tape } from "#pulmo/core/tape.js";
import { type Dataset, openDataset } from "#pulmo/lib/open-dataset.js";
import { evaluate, modelFromState, type TrainOptions, train } from "#pulmo/lib/train-model.js";
import type { TrainingState } from "#pulmo/lib/training.js";
import { dataset, filesBelow, place, pulmo } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";

const test = suite("training from code");

const sha256 = (bytes: Uint8Array | string) =>
  createHash("sha256")
    .update(typeof bytes === "string" ? readFileSync(bytes) : bytes)
    .digest("hex");

process.env.PULMO_CACHE = join(place, "cache");
let root: string;
let data: Dataset;
const settings = { model: "logistic", epochs: 3, batchSize: 4, threads: 2, wasm: "simd" } as const;
const flags = ["--models", "logistic", "--epochs", "3", "--batch-size", "4", "--threads", "2", "--quiet"];

test.before(async () => {
  root = await dataset({ train: 5, val: 2, test: 3 });
  data = await openDataset(root);
});
test.after(() => data.close());

const trainAs = (more: Partial<TrainOptions> = {}) => train({ ...settings, data, ...more });

test("gives every step, and the bits of the command line", async () => {
  const training = trainAs();
  const steps: [number, number][] = [];
  for await (const { epoch, step, loss, accuracy } of training) {
    steps.push([epoch, step]);
    assert.ok(Number.isFinite(loss) && accuracy >= 0 && accuracy <= 1);
  }
  assert.equal(
    steps,
    [1, 2, 3].flatMap((epoch) => [1, 2, 3].map((step) => [epoch, step])),
  );
  const model = await training.result;
  const out = join(temporaryFolder(), "out");
  const { code, stderr } = await pulmo(["train", "--data", root, ...flags, "--out", out], { env: { PULMO_WASM: "simd" } });
  assert.is(code, 0, stderr);
  const saved = join(temporaryFolder(), "model.safetensors");
  await model.save(saved);
  assert.is(sha256(saved), sha256(join(out, "logistic/model.safetensors")));
  const exported = join(temporaryFolder(), "model.pulmo");
  assert.is((await pulmo(["export", "--checkpoint", join(out, "logistic"), "--format", "pulmo", "--out", exported])).code, 0);
  assert.is(sha256(model.file), sha256(exported));

  const results = await evaluate(model, data.test, { wasm: "simd" });
  const { stdout } = await pulmo(["evaluate", "--checkpoint", saved, "--data", root, "--json"], { env: { PULMO_WASM: "simd" } });
  const { accuracy, auc, confusion, perClass, n, intervals } = JSON.parse(stdout);
  assert.equal(JSON.parse(JSON.stringify({ ...results })).intervals, intervals);
  assert.equal(
    [results.accuracy, results.auc, results.confusion, results.perClass, results.n],
    [accuracy, auc, confusion, perClass, n],
  );
  const file = join(root, data.test.images[0].file);
  const score = await model.predict(file);
  assert.is(score.label, model.classes[score.probability > model.threshold ? 1 : 0]);
});

test("aborted, it rejects with the signal's reason, and continues to the same bits", async () => {
  const whole = await trainAs().result;
  const controller = new AbortController();
  const training = trainAs({ signal: controller.signal });
  let steps = 0;
  const error = await (async () => {
    for await (const _ of training) if (++steps === 4) controller.abort();
  })().catch((reason) => reason);
  assert.is(error, controller.signal.reason);
  assert.is(error.name, "AbortError");
  assert.is(await training.result.catch((reason) => reason), error);
  assert.ok(training.state);
  const state = structuredClone(training.state);
  const continued = await trainAs({ state }).result;
  assert.is(sha256(continued.file), sha256(whole.file));
  const other = await trainAs({ state, epochs: 4 }).result.catch((reason) => reason);
  assert.instance(other, InputError);
  assert.match(other.message, /another training/);
  assert.is(await trainAs({ signal: AbortSignal.abort("no") }).result.catch((reason) => reason), "no");
});

test("the model of an aborted training has the weights of its last step", async () => {
  // One step per epoch: a training that ends after as many steps is a training of as many epochs.
  const options = { epochs: 500, batchSize: 10 };
  const controller = new AbortController();
  const training = trainAs({ ...options, signal: controller.signal });
  await (async () => {
    for await (const { epoch } of training) if (epoch === 3) controller.abort();
  })().catch((reason) => assert.is(reason.name, "AbortError"));
  const state = structuredClone(training.state!);
  assert.ok(state.trainSteps >= 3 && state.trainSteps < 500);
  const model = await modelFromState(state);
  const ended = await trainAs({ ...options, epochs: state.trainSteps }).result;
  assert.is(sha256(model.file), sha256(ended.file));
  const [saved, expected] = await Promise.all(
    [model, ended].map(async (one) => {
      const path = join(temporaryFolder(), "model.safetensors");
      await one.save(path);
      return sha256(path);
    }),
  );
  assert.is(saved, expected);
  const file = join(root, data.test.images[0].file);
  assert.equal(await model.predict(file), await ended.predict(file));
  for (const [damaged, why] of [
    [{ ...state, model: "tiny" }, /The state belongs to the model "tiny": give its definition\.$/],
    [{ ...state, regions: [] }, /This is not the state of a training/],
    [undefined as never, /This is not the state of a training/],
  ] as [TrainingState, RegExp][]) {
    const error = await modelFromState(damaged).catch((reason) => reason);
    assert.instance(error, InputError);
    assert.match(error.message, why);
  }
});

test("in a folder: as the command line keeps it, which continues it after an abort; the other way round too", async () => {
  const whole = await trainAs().result;
  for (const byCode of [true, false]) {
    const out = join(temporaryFolder(), "out");
    const controller = new AbortController();
    const training = trainAs({ out, signal: controller.signal });
    let steps = 0;
    await (async () => {
      for await (const _ of training) if (++steps === 5) controller.abort();
    })().catch((reason) => assert.is(reason, controller.signal.reason));
    assert.is(training.state, undefined);
    assert.equal(
      filesBelow(out).filter((name) => name.startsWith(".")),
      [],
      "the folder is released",
    );
    if (byCode) assert.is(sha256((await train({ resume: out, wasm: "simd" }).result).file), sha256(whole.file));
    else assert.is((await pulmo(["train", "--resume", out, "--quiet"], { env: { PULMO_WASM: "simd" } })).code, 0);
    const saved = join(temporaryFolder(), "model.safetensors");
    await whole.save(saved);
    assert.is(sha256(join(out, "logistic/model.safetensors")), sha256(saved));
  }
});

test("images in memory, a zip archive and a folder: the same bits", async () => {
  const folder = await trainAs().result;
  const images = [];
  for (const split of ["train", "val", "test"] as const) {
    for (const [i, { label }] of data[split].images.entries()) {
      const rows = new Uint8Array(data[split].rowBytes);
      await data[split].read(i, rows);
      images.push({ pixels: { data: rows, width: 224, height: 224, channels: 3 as const }, label, split });
    }
  }
  const memory = await train({ ...settings, data: { images }, recipe: "paper" }).result;
  assert.is(sha256(memory.file), sha256(folder.file));
  const archive = join(temporaryFolder(), "xrays.zip");
  const entries = filesBelow(root).map((name) => [`xrays/${name}`, new Uint8Array(readFileSync(join(root, name)))] as const);
  writeFileSync(archive, zipSync(Object.fromEntries(entries)));
  const zipped = await train({ ...settings, data: archive }).result;
  assert.is(sha256(zipped.file), sha256(folder.file));
});

test("images without a split are training images; a training needs no others", async () => {
  const grey = (value: number) => ({ data: new Uint8Array(64).fill(value), width: 8, height: 8, channels: 1 as const });
  const images = [20, 30, 200, 210].map((value, i) => ({ pixels: grey(value), label: i < 2 ? "normal" : 1 }));
  const own = await openDataset({ images });
  assert.equal(
    [own.train, own.val, own.test].map((split) => split.images.length),
    [4, 0, 0],
  );
  const model = await train({ ...settings, data: own, recipe: "strong", valSplit: 0.5, model: "logistic" }).result;
  assert.is(model.metadata.recipe, "strong");
  const error = await evaluate(model, own.test).catch((reason) => reason);
  assert.match(error.message, /The split has no images/);
  for (const [bad, why] of [
    [{ pixels: { ...grey(1), width: 9 }, label: 0 }, /Image 0: its pixels are not width x height/],
    [{ pixels: { ...grey(1), data: new Uint16Array(grey(1).data) }, label: 0 }, /Image 0: its pixels are no Uint8Array/],
    [{ pixels: grey(1), label: "ill" }, /Image 0: the label is "ill"/],
    [{ pixels: grey(1), label: 0, split: "tset" }, /Image 0: the split is "tset"/],
  ] as const) {
    const refused = await openDataset({ images: [bad as never] }).catch((reason) => reason);
    assert.instance(refused, InputError);
    assert.match(refused.message, why);
  }
  for (const source of ["", null, 5]) {
    const refused = await openDataset(source as never).catch((reason) => reason);
    assert.is(refused.message, "The source is no dataset: give a path, or images in memory.");
  }
});

const tiny: ModelDefinition = {
  name: "tiny",
  title: "Tiny network",
  features: (tape, input) => averagePool(tape, edges(tape, input), "avg"),
  classify: (tape, x) => linear(tape, x, "head", 2),
  explain: (tape, input) => classActivation(tape, edges(tape, input), "head"),
  mapKind: "class-activation",
};
const edges = (tape: Tape, input: Input) => conv2d(tape, pixels(tape, input), "edges", { O: 16, kernel: 3, stride: 2, pad: 1 });

test("a definition of one's own trains, is evaluated, saved, and trained further", async () => {
  const model = await trainAs({ model: tiny, epochs: 1 }).result;
  assert.is((await evaluate(model, data.test)).n, 6);
  const further = await trainAs({ model: tiny, epochs: 1, weights: model, trained: "classifier" }).result;
  assert.is.not(sha256(further.file), sha256(model.file));
  await further.save(join(temporaryFolder(), "tiny.onnx"));
  const controller = new AbortController();
  const training = trainAs({ model: tiny, epochs: 50, signal: controller.signal });
  await (async () => {
    for await (const _ of training) controller.abort();
  })().catch((reason) => assert.is(reason.name, "AbortError"));
  assert.is((await evaluate(await modelFromState(training.state!, tiny), data.test)).n, 6);
  const kept = await trainAs({ model: tiny, out: join(temporaryFolder(), "out") }).result.catch((reason) => reason);
  assert.match(kept.message, /--out is only for new trainings of pulmo's models/);
});

test("refuses what the command line refuses, in the same words", async () => {
  for (const [options, why] of [
    [{ epochs: 0 }, /^--epochs is 0: give a whole number from 1 to 10000\.$/],
    [{ lr: "1" as never }, /^--lr is "1": give a number/],
    [{ model: "alexnet" }, /^There is no model "alexnet"/],
    [{ valSplit: 0.1, fold: { index: 0, of: 3 } }, /exclude each other/],
    [{ rate: 1 } as never, /^Unknown setting "rate"/],
    [{ data: "/nowhere" }, /does not exist/],
    [{ weights: "a.pth" }, /--weights requires resnet18/],
  ] as [Partial<TrainOptions>, RegExp][]) {
    const training = trainAs(options);
    const error = await training.result.catch((reason) => reason);
    assert.instance(error, InputError);
    assert.match(error.message, why);
    const steps = training[Symbol.asyncIterator]();
    assert.is(await steps.next().catch((reason) => reason), error);
  }
});

test.run();
