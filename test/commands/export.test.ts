// A run's three models leave in every format and come back with pulmo's probabilities, from ONNX Runtime and from PyTorch.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readWeights } from "#pulmo/formats/weights.js";
import { temporaryFolder } from "../data/places.js";
import { assertRefused, dataset, pulmo } from "./cli.js";
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
