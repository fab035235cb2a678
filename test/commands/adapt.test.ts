// A model at another hospital: what `adapt` prints, what its file says, and that the file gives the scores that the fit promises.
import { readFileSync, writeFileSync } from "node:fs";
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
    const out = at(`${model}.safetensors`);
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
    const { metadata } = await readWeights(out);
    assert.equal(JSON.parse(metadata.adapted), { images: 100, patients: found.patients, counts: [50, 50], taken });
    assert.is(Number(metadata.threshold), found.threshold);
    assert.ok(metadata.conformal && metadata.unusual);
    // The order of scores changes only with the last layer.
    const [before, after] = [await logOddsOf(checkpoint), await logOddsOf(out)];
    const ordered = (values: number[]) => [...values.keys()].sort((a, b) => values[a] - values[b]);
    if (!taken.includes("last-layer")) assert.equal(ordered(after), ordered(before));
    if (taken.length === 0) assert.equal(after, before);
    if (taken.includes("scale") || taken.includes("last-layer")) assert.is.not(after[0], before[0]);
    // Its file goes on to other formats, and the note with it.
    const file = at(`${model}.pulmo`);
    assert.is((await pulmo(["export", "--checkpoint", out, "--format", "pulmo", "--out", file])).code, 0);
    assert.match(readFileSync(file).toString("latin1"), /"adapted":"/);
  });
}

test("the text tells before and after, and which fits were worth it", async () => {
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
  ];
  const { code, stdout, stderr } = await pulmo(args);
  assert.is(code, 0, stderr);
  for (const line of [
    /^100 images of \d+ patients: 50 NORMAL, 50 PNEUMONIA$/m,
    /^accuracy +0\.\d{4} \(.* to .*\) +0\.\d{4} \(/m,
    /^ {2}threshold: -?0\.\d{4} \(0\.\d{4}\) of balanced accuracy: (applied|not worth it)$/m,
    /^ {2}scale and offset: -?\d\.\d{4} \(\d\.\d{4}\) of cross-entropy: (applied|not worth it)$/m,
    /^Saved: .*text\.safetensors$/m,
  ]) {
    assert.match(stdout, line);
  }
});

test("too few images, other names and existing files are refused", async () => {
  const adapt = (data: string, out: string) => ["adapt", "--checkpoint", join(trained, "logistic"), "--data", data, "--out", out];
  await assertRefused(
    [...adapt(ward, at("few.safetensors")), "--split", "val"],
    /There are 2 images of NORMAL, and adapt needs at least 10 of each class: add images\./,
  );
  await assertRefused(adapt(ward, at("x.onnx")), /is no \.safetensors file/);
  writeFileSync(at("mine.safetensors"), "mine");
  await assertRefused(adapt(ward, at("mine.safetensors")), /mine\.safetensors/);
  assert.is(readFileSync(at("mine.safetensors"), "utf8"), "mine");
});

test.run();
