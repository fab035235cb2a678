// run --resume with more epochs, and with settings that do not touch the weights.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { float32Values } from "#pulmo/core/tensors.js";
import { readWeightSets } from "#pulmo/formats/weights.js";
import { type RunOptions, type RunResults, run, trainModels } from "#pulmo/lib/run.js";
import { temporaryFolder } from "../data/places.js";
import { assertRefused, dataset, place, pulmo } from "./cli.js";

const test = suite("continuing a finished run");

process.env.PULMO_CACHE = join(place, "cache");
const data = await dataset({ train: 5, val: 2, test: 3 });
const quick = { data, models: ["logistic"], batchSize: 4, threads: 2, wasm: "simd", stress: false, pictures: false } as const;
const folder = () => join(temporaryFolder(), "run");
const start = (given: RunOptions = {}) => run({ ...quick, models: ["logistic"], epochs: 2, out: folder(), ...given });
const more = (resume: string, given: RunOptions = {}) => run({ resume, threads: 2, wasm: "simd", ...given });
const modelOf = ({ models }: RunResults) => models.logistic;

/** Aborts when the first training begins. */
const stopAt = (controller: AbortController) => ({
  info: (line: string) => line.includes("parameters") && controller.abort(new Error("stopped")),
  warn() {},
  bar: () => ({ draw() {}, stop() {} }),
});

test("more epochs: the same history before, the same bits each time, and the facts in metrics.json and the report", async () => {
  const first = await start();
  const longer = await more(first.out, { epochs: 3 });
  const { settings } = longer;
  assert.equal([settings.epochs, settings.continued, settings.recipe], [3, [2], "custom"]);
  const losses = (results: RunResults) => modelOf(results).epochs.map(({ loss }) => loss);
  assert.equal(losses(longer).slice(0, 2), losses(first));
  assert.not.equal(modelOf(longer).sha256, modelOf(first).sha256);
  assert.match(
    settings.command,
    /^node dist\/cli\.js run .*--epochs 2 .*--out runs\/again && node dist\/cli\.js run --resume runs\/again --epochs 3$/,
  );
  assert.match(readFileSync(join(first.out, "report.md"), "utf8"), /continued after epoch 2 with a fresh state of Adam/);
  assert.not.ok(existsSync(join(first.out, "logistic/checkpoint.safetensors")));
  const again = await start();
  assert.equal(modelOf(await more(again.out, { epochs: 3 })).sha256, modelOf(longer).sha256);
  const third = await more(again.out, { epochs: 4 });
  assert.equal([third.settings.continued, losses(third).slice(0, 3)], [[2, 3], losses(longer)]);
  // The same number again, as after an interruption: nothing to do.
  assert.equal(modelOf(await more(again.out, { epochs: 4 })).sha256, modelOf(third).sha256);
});

test("an interrupted continuation resumes to the same bits; it starts from weights that are not calibrated", async () => {
  const calibrated = { recipe: "strong", valSplit: 0.5, batchSize: 4 } as const;
  const [one, other] = [await start(calibrated), await start(calibrated)];
  const whole = await more(one.out, { epochs: 3 });
  const { temperature } = modelOf(other);
  assert.ok(temperature !== undefined && temperature !== 1);
  const tensors = async (name: string) => {
    const { sets } = await readWeightSets(join(other.out, "logistic", name));
    return float32Values(sets[0].tensors.get("1.bias")!);
  };
  const saved = await tensors("model.safetensors");
  const controller = new AbortController();
  const reporter = stopAt(controller);
  let reason = "";
  await more(other.out, { epochs: 3, signal: controller.signal, reporter }).catch((error) => (reason = error.message));
  assert.is(reason, "stopped");
  const begun = await tensors("checkpoint.safetensors");
  begun.forEach((value, i) => assert.is(value, Math.fround(saved[i] * temperature)));
  assert.equal(modelOf(await more(other.out)).sha256, modelOf(whole).sha256);
});

test("stress tests, pictures and the target recall come and go; the model and its predictions stay", async () => {
  const first = await start();
  const { out } = first;
  const pictures = () => (existsSync(join(out, "logistic/pictures")) ? readdirSync(join(out, "logistic/pictures")).length : 0);
  const all = await more(out, { stress: true, pictures: true, targetRecall: 0.5 });
  assert.ok(modelOf(all).stress && pictures() > 0);
  assert.equal([all.settings.targetRecall, modelOf(all).sha256], [0.5, modelOf(first).sha256]);
  const none = await more(out, { stress: false, pictures: false });
  assert.equal([modelOf(none).stress, pictures(), none.settings.targetRecall], [undefined, 0, 0.5]);
  assert.equal(modelOf(none).sha256, modelOf(first).sha256);
  assert.not.match(readFileSync(join(out, "report.md"), "utf8"), /blur/i);
  const { code, stderr } = await pulmo(["run", "--resume", out, "--lang", "ko", "--stress", "--quiet"], {
    env: { PULMO_WASM: "simd" },
  });
  assert.is(code, 0, stderr);
  assert.ok(JSON.parse(readFileSync(join(out, "metrics.json"), "utf8")).models.logistic.stress);
});

test("what is refused", async () => {
  const { out } = await start();
  await assertRefused(
    ["run", "--resume", out, "--epochs", "1"],
    /--epochs 1: the run in .* has 2 epochs: give more, or start a new run/,
  );
  await assertRefused(["run", "--resume", out, "--lr", "0.1"], /leave out --lr/);
  const controller = new AbortController();
  const unfinished = folder();
  const stop = stopAt(controller);
  await trainModels({
    ...quick,
    models: ["logistic"],
    epochs: 2,
    out: unfinished,
    signal: controller.signal,
    reporter: stop,
  }).catch(() => {});
  await assertRefused(["run", "--resume", unfinished, "--epochs", "3"], /is not finished: resume it without --epochs first/);
});

test.run();
