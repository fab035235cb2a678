// Layouts other than the published one: a CSV as a dataset, classes under names of one's own; with the same bits.
import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { assertRefused, dataset, filesBelow, pulmo } from "./cli.js";

const test = suite("layouts and classes");

const root = await dataset({ train: 6, val: 2, test: 4 });
const NAMES = ["clear", "tuberculosis"];
const RUN = ["--models", "logistic", "--epochs", "2", "--threads", "2", "--quiet", "--no-stress", "--plots", "svg"];

async function run(data: string, ...more: string[]): Promise<string> {
  const out = join(temporaryFolder(), "out");
  const { code, stderr } = await pulmo(["run", "--data", data, "--out", out, ...RUN, ...more]);
  assert.is(code, 0, stderr);
  return out;
}
const text = (...path: string[]) => readFileSync(join(...path), "utf8");
const scores = (out: string) =>
  text(out, "logistic/predictions-test.csv")
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",")[3]);

/** The same images, in folders of other names. */
const renamed = join(temporaryFolder(), "clinic");
cpSync(root, renamed, { recursive: true, filter: (path) => !path.endsWith("SYNTHETIC.txt") });
for (const split of ["train", "val", "test"]) {
  ["NORMAL", "PNEUMONIA"].forEach((name, label) => renameSync(join(renamed, split, name), join(renamed, split, NAMES[label])));
}
let [usual, own] = ["", ""];
beforeAll(test, async () => {
  usual = await run(root);
  own = await run(renamed, "--classes", NAMES.join());
});

test("other names: the same bits, and the names wherever classes are shown", async () => {
  assert.equal(scores(own), scores(usual));
  assert.match(text(own, "logistic/predictions-test.csv"), /^test\/clear\/.*,clear,/m);
  const { dataset: facts, models, settings } = JSON.parse(text(own, "metrics.json"));
  assert.equal(facts.classes, NAMES);
  assert.match(settings.command, / --classes .?clear,tuberculosis/);
  assert.ok("NORMAL" in models.logistic.test.perClass);
  assert.not.ok("classes" in JSON.parse(text(usual, "metrics.json")).dataset);
  for (const lang of ["en", "ko"]) {
    assert.is((await pulmo(["report", own, "--lang", lang, "--plots", "svg"])).code, 0);
    const shown = [text(own, "report.md"), ...readdirSync(join(own, "plots")).map((name) => text(own, "plots", name))].join("\n");
    assert.match(shown, /clear/);
    assert.match(shown, /tuberculosis/);
    const left = shown.match(/.*(?:\bNORMAL\b|\bPNEUMONIA\b|\bpneumonias?\b|폐렴).*/g) ?? [];
    assert.equal(left, [], lang);
  }
});

test("a model says what its classes are called; predict, evaluate and export follow", async () => {
  const checkpoint = ["--checkpoint", join(own, "logistic")];
  const image = join(renamed, "test/tuberculosis", readdirSync(join(renamed, "test/tuberculosis"))[0]);
  const { stdout } = await pulmo(["predict", ...checkpoint, image, "--json", "--threshold", "0.000001"]);
  assert.is(JSON.parse(stdout)[0].label, "tuberculosis");
  const evaluated = await pulmo(["evaluate", ...checkpoint, "--data", renamed, "--quiet"]);
  assert.is(evaluated.code, 0, evaluated.stderr);
  assert.match(evaluated.stdout, /^tuberculosis {7}\d/m);
  await assertRefused(
    ["evaluate", ...checkpoint, "--data", root, "--classes", "a,b"],
    /The model's classes are clear and tuberculosis/,
  );
  const exported = join(temporaryFolder(), "model.safetensors");
  assert.is((await pulmo(["export", ...checkpoint, "--format", "safetensors", "--out", exported])).code, 0);
  assert.match(readFileSync(exported).toString("latin1", 0, 4096), /"classes":"clear,tuberculosis"/);
});

test("a CSV beside the images is a dataset with the folder's bits; resuming keeps the names", async () => {
  const files = filesBelow(renamed).filter((name) => name.endsWith(".jpeg"));
  const lines = files.map((file) => [file, file.split("/")[1], file.split("/")[0], `p${file}`].join());
  const list = join(renamed, "list.csv");
  writeFileSync(list, `\ufefffile,label,split,patient\r\n${lines.join("\r\n")}\r\n`);
  const out = await run(list, "--classes", NAMES.join());
  assert.equal(scores(out), scores(own));
  const checked = await pulmo(["data", "check", "--data", list, "--classes", NAMES.join(), "--json"]);
  assert.equal(JSON.parse(checked.stdout).counts.test, { NORMAL: 4, PNEUMONIA: 4 });
  await assertRefused(["run", "--resume", out, "--classes", "a,b"], /leave out --classes/);
  const withoutVal = join(renamed, "without-val.csv");
  writeFileSync(withoutVal, ["file,label,split,patient", ...lines.filter((line) => !line.includes(",val,"))].join("\n"));
  await assertRefused(
    ["run", "--data", withoutVal, "--classes", NAMES.join()],
    /has no images in val \(found: 12 in train, 8 in test\): .*--val-split/,
  );
  await run(withoutVal, "--classes", NAMES.join(), "--val-split", "0.2");
});

test("names that cannot be are refused", async () => {
  await assertRefused(["run", "--classes", "a"], /--classes is "a": give two different names/);
  await assertRefused(["run", "--data", root, "--classes", "a,b"], /laid out as train\|val\|test\/a\|b/);
});

test.run();
