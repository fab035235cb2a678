// A run's three models leave in every format and come back with pulmo's probabilities, from ONNX Runtime and from PyTorch.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as v from "valibot";
import { readModelFile } from "#pulmo/core/read-model-file.js";
import { fileSha256, readWeights } from "#pulmo/formats/weights.js";
import { packagedModel } from "#pulmo/node/packaged-model.js";
import { modelCardSchema } from "#pulmo/results/model-card.js";
import { temporaryFolder } from "../data/places.js";
import { assertRefused, dataset, place, pulmo } from "./cli.js";
import { testExports } from "./exports.js";

const test = suite("export");

const PER_CLASS = 8;
const root = await dataset({ train: PER_CLASS, val: 1, test: PER_CLASS });
const files = temporaryFolder();
const { out, file, saved } = testExports(test, { root, perClass: PER_CLASS, web: ["logistic", "resnet18"] });

test("a folder without a model is refused", () =>
  assertRefused(
    ["export", "--checkpoint", out, "--format", "onnx", "--out", file("x", "onnx")],
    /out is the folder of a run: give one of its models: .*dnn, .*logistic, .*resnet18\.$/m,
  ));

test("a pulmo file of int8 is a quarter as large, and what that changes is said", async () => {
  const size = (path: string) => readFileSync(path).length;
  const write = (path: string, ...more: string[]) =>
    pulmo(["export", "--checkpoint", join(out, "logistic"), "--format", "pulmo", "--out", path, ...more]);
  const [whole, quarter, unseen] = ["whole", "quarter", "unseen"].map((name) => file(name, "pulmo"));
  assert.is((await write(whole)).code, 0);
  const said = await write(quarter, "--dtype", "i8", "--data", root, "--quiet");
  assert.is(said.code, 0, said.stderr);
  assert.match(
    said.stderr,
    /AUC on \d+ test images: 0\.\d{6} with f32 weights, 0\.\d{6} with int8; log-odds change by at most 0\.\d{6}/,
  );
  assert.ok(size(quarter) < 0.3 * size(whole));
  await assertRefused(
    ["export", "--checkpoint", join(out, "logistic"), "--format", "pulmo", "--out", unseen, "--dtype", "i8", "--data", "nowhere"],
    /nowhere/,
  );
  assert.not.ok(existsSync(unseen));
  const [checkpoint, other] = [join(out, "logistic"), file("other", "onnx")];
  await assertRefused(
    ["export", "--checkpoint", checkpoint, "--format", "onnx", "--out", other, "--dtype", "i8"],
    /--dtype i8 requires --format pulmo/,
  );
});

test("docs/make-model.mjs makes the model that comes with pulmo from a run, and refuses one that may not be published", async () => {
  const script = fileURLToPath(new URL("../../../docs/make-model.mjs", import.meta.url));
  const made = (...more: string[]) =>
    spawnSync(process.execPath, [script, out, "--to", files, ...more], { cwd: place, encoding: "utf8" });
  assert.match(made().stderr, /its images are not the published dataset/);
  const { status, stderr } = made("--trial");
  assert.is(status, 0, stderr);
  const path = join(files, "model/resnet18.pulmo");
  const { sha256, weightsSha256 } = JSON.parse(readFileSync(join(files, "model/model.json"), "utf8"));
  assert.equal([await fileSha256(path), await fileSha256(saved("resnet18"))], [sha256, weightsSha256]);
  const { metadata, int8 } = readModelFile(await packagedModel(join(files, "model")));
  const { figures, data, training, ...said } = v.parse(modelCardSchema, metadata.card);
  const { models, dataset: images } = JSON.parse(readFileSync(join(out, "metrics.json"), "utf8"));
  const { test: expected } = models.resnet18;
  assert.ok(int8);
  assert.equal(figures!.test.auc, { value: expected.auc, interval: expected.intervals.auc });
  assert.equal([figures!.test.confusion, data!.manifestSha256], [expected.confusion, images.manifestSha256]);
  assert.equal([training.init, training.epochs, said.weightsSha256], ["scratch", 1, weightsSha256]);
  assert.match(training.command, / --data chest_xray .* --weights none$/);
  assert.ok(readFileSync(join(files, "docs/model-card.md"), "utf8").includes(sha256));
});

test("convert goes round through all formats without losing a bit", async () => {
  const [pth, onnx, back] = ["a.pth", "b.onnx", "c.safetensors"].map((name) => join(files, name));
  for (const [from, to] of [
    [saved("logistic"), pth],
    [pth, onnx],
    [onnx, back],
  ]) {
    const { code, stderr } = await pulmo(["weights", "convert", from, to]);
    assert.is(code, 0, stderr);
  }
  assert.equal((await readWeights(back)).tensors, (await readWeights(saved("logistic"))).tensors);
});

test("evaluate takes the exported files and says the same", async () => {
  const scores = async (checkpoint: string) => {
    const { code, stdout, stderr } = await pulmo([
      "evaluate",
      "--checkpoint",
      checkpoint,
      "--data",
      root,
      "--limit",
      String(PER_CLASS),
      "--json",
    ]);
    assert.is(code, 0, stderr);
    return stdout;
  };
  const wanted = await scores(join(out, "resnet18"));
  for (const extension of ["safetensors", "onnx"]) assert.is(await scores(file("resnet18", extension)), wanted);
  // A state_dict has no place for metadata.
  const { modelNotes, ...found } = JSON.parse(await scores(file("resnet18", "pth")));
  assert.match(modelNotes[0], /^does not say how its images are normalized/);
  assert.equal(found, JSON.parse(wanted));
});

test.run();
