// A model at another hospital: what `adapt` prints, what its file says, and that the file gives the scores that the fit promises.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readWeights } from "#pulmo/formats/weights.js";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { assertRefused, dataset, pulmo } from "./cli.js";

const test = suite("adapt");

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const trained = at("trained");
let ward: string;
beforeAll(test, async () => {
  const root = await dataset({ train: 8, val: 2, test: 2 });
  const models = ["--models", "logistic,resnet18", "--weights", "none", "--epochs", "1", "--batch-size", "4"];
  const { code, stderr } = await pulmo(["train", "--data", root, ...models, "--quiet", "--out", trained]);
  assert.is(code, 0, stderr);
  ward = await dataset({ train: 2, val: 2, test: 50 });
});

const logOddsOf = async (checkpoint: string): Promise<number[]> => {
  const { code, stdout, stderr } = await pulmo(["predict", "--checkpoint", checkpoint, join(ward, "test"), "--json", "--quiet"]);
  assert.is(code, 0, stderr);
  return JSON.parse(stdout).map(({ logit }: { logit: number }) => logit);
};

for (const model of ["logistic", "resnet18"]) {
  test(`${model}: fits are tried on images of other patients; the file keeps what was done`, async () => {
    const out = at(model === "logistic" ? "logistic.pulmo" : "resnet18.safetensors");
    const checkpoint = join(trained, model);
    const { code, stdout, stderr } = await pulmo([
      "adapt",
      "--checkpoint",
      checkpoint,
      "--data",
      ward,
      "--split",
      "test",
      "--out",
      out,
      "--json",
    ]);
    assert.is(code, 0, stderr);
    const found = JSON.parse(stdout);
    assert.equal([found.images, found.counts], [100, [50, 50]]);
    const tried = found.trials.map(({ adaptation }: { adaptation: string }) => adaptation);
    assert.equal(tried, model === "logistic" ? ["threshold", "scale"] : ["threshold", "scale", "last-layer"]);
    const taken = found.trials.flatMap((trial: any) => (trial.taken ? [trial.adaptation] : []));
    const file = at(`${model}-again.safetensors`);
    assert.is((await pulmo(["export", "--checkpoint", out, "--format", "safetensors", "--out", file])).code, 0);
    const { metadata } = await readWeights(file);
    assert.equal(JSON.parse(metadata.adapted), { images: 100, patients: found.patients, counts: [50, 50], taken });
    assert.is(Number(metadata.threshold), found.thresholds.after);
    assert.ok(metadata.conformal && metadata.unusual);
    // The order of scores changes only with the last layer.
    const [before, after] = [await logOddsOf(checkpoint), await logOddsOf(out)];
    const ordered = (values: number[]) => [...values.keys()].sort((a, b) => values[a] - values[b]);
    if (!taken.includes("last-layer")) assert.equal(ordered(after), ordered(before));
    if (taken.length === 0) assert.equal(after, before);
    if (taken.includes("scale") || taken.includes("last-layer")) assert.is.not(after[0], before[0]);
  });
}

test("the text and the report tell before and after, and which fits were worth it", async () => {
  const args = [
    "adapt",
    "--checkpoint",
    join(trained, "logistic"),
    "--data",
    ward,
    "--split",
    "test",
    "--out",
    at("text.safetensors"),
    ...["--report", at("report"), "--lang", "ko"],
  ];
  const { code, stdout, stderr } = await pulmo(args);
  assert.is(code, 0, stderr);
  for (const line of [
    /^100 images of \d+ patients: 50 NORMAL, 50 PNEUMONIA$/m,
    /^accuracy +0\.\d{4} \(.* to .*\) +0\.\d{4} \(/m,
    /^ {2}threshold: -?0\.\d{4} \(0\.\d{4}\) of balanced accuracy: (applied|not worth it)$/m,
    /^ {2}scale and offset: -?\d\.\d{4} \(\d\.\d{4}\) of cross-entropy: (applied|not worth it)$/m,
    /^Statistics of unusual images: replaced/m,
    /^Saved: .*text\.safetensors$/m,
    /^Report: .*report\.html$/m,
  ]) {
    assert.match(stdout, line);
  }
  const report = (name: string) => readFileSync(join(at("report"), name), "utf8");
  assert.match(report("report.html"), /<html lang="ko">.*영상 100장/s);
  assert.match(report("report.md"), /^# 다른 병원에 맞춘 모델/);
  const found = JSON.parse(report("adaptation.json"));
  assert.equal([found.kind, found.model, found.data, found.split, found.images], ["adaptation", "logistic", ward, "test", 100]);
  // A second report replaces the first one, but no file that is not pulmo's.
  const again = [...args.slice(0, -5), at("again.safetensors"), "--report", at("report")];
  assert.is((await pulmo(again)).code, 0);
  assert.match(report("report.html"), '<html lang="en">');
  writeFileSync(join(at("report"), "report.html"), "mine");
  mkdirSync(at("run"));
  writeFileSync(join(at("run"), "report.html"), report("report.md"));
  await assertRefused([...again.slice(0, -3), at("third.safetensors"), "--report", at("report")], /report\.html already exists/);
  await assertRefused([...again.slice(0, -3), at("third.safetensors"), "--report", at("run")], /run holds another report/);
});

test("too few images, other names and existing files are refused", async () => {
  const adapt = (data: string, out: string) => ["adapt", "--checkpoint", join(trained, "logistic"), "--data", data, "--out", out];
  await assertRefused(
    [...adapt(ward, at("few.safetensors")), "--split", "val"],
    /There are images of 2 patients of NORMAL, and adapt needs at least 10 of each class: add images of other patients\./,
  );
  await assertRefused(adapt(ward, at("x.onnx")), /is no \.safetensors or \.pulmo file/);
  writeFileSync(at("mine.safetensors"), "mine");
  await assertRefused(adapt(ward, at("mine.safetensors")), /mine\.safetensors/);
  assert.is(readFileSync(at("mine.safetensors"), "utf8"), "mine");
});

test.run();
