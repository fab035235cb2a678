// evaluate on other people's test sets: a folder of any layout, and a CSV of labels.
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { assertRefused, dataset, pulmo } from "./cli.js";

const test = suite("evaluate --labels");

const root = await dataset({ train: 6, val: 1, test: 12 });
const trained = join(temporaryFolder(), "out");
const QUICK = ["--models", "logistic", "--epochs", "4", "--threads", "2", "--quiet"];
beforeAll(test, async () => assert.is((await pulmo(["train", "--data", root, "--out", trained, ...QUICK])).code, 0));
const evaluation = ["evaluate", "--checkpoint", join(trained, "logistic"), "--threads", "2"];

/** The test images of `root` in a layout of their own: the classes are told by the CSV alone. */
const images = join(temporaryFolder(), "hospital");
const records = ["NORMAL", "PNEUMONIA"].flatMap((name, label) => {
  mkdirSync(join(images, `scans/${label}`), { recursive: true });
  return readdirSync(join(root, "test", name))
    .sort()
    .map((file, i) => ({
      from: join(root, "test", name, file),
      file: `scans/${label}/${String(i).padStart(2, "0")}.jpeg`,
      label,
      group: `ward ${i % 3}`,
    }));
});

/** A CSV of records, in the order given. */
function csv(...lines: string[]): string {
  const path = join(temporaryFolder(), "labels.csv");
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

const labelled = (labels: string, ...more: string[]) => [...evaluation, "--data", images, "--labels", labels, ...more];

async function json(args: string[]) {
  const { code, stdout, stderr } = await pulmo([...args, "--json"]);
  assert.is(code, 0, stderr);
  return { found: JSON.parse(stdout), stderr };
}

const KEYS = ["accuracy", "auc", "confusion", "perClass", "n", "intervals", "groups", "unreadable", "threshold", "intervalsOver"];

test("the figures are those of the same images in a dataset, with figures for each group", async () => {
  const { found: expected } = await json([...evaluation, "--data", root]);
  assert.equal(Object.keys(expected), KEYS);
  assert.equal([expected.groups, expected.unreadable], [[], []]);
  for (const { from, file } of records) renameSync(from, join(images, file));
  const lines = records.map(({ file, label, group }, i) => `${file},${i % 2 ? label : ["Normal", "pneumonia"][label]},${group}`);
  const first = await json(labelled(csv("file,label,group", ...lines)));
  assert.match(first.stderr, /Decoding 24 images/);
  const { groups, unlabelled, withoutImage, ...figures } = first.found;
  assert.equal({ ...figures, groups: [] }, expected);
  assert.equal([unlabelled, withoutImage], [[], []]);
  assert.equal(
    groups.map(({ group, n }: any) => [group, n]),
    [0, 1, 2].map((i) => [`ward ${i}`, 8]),
  );
  const mean = groups.reduce((sum: number, { accuracy }: any) => sum + accuracy / 3, 0);
  // Three numbers between 0 and 1, each rounded once or twice.
  assert.ok(Math.abs(mean - expected.accuracy) < 1e-15, `${mean} and ${expected.accuracy}`);

  const again = await json(labelled(csv("file,label", ...lines.map((line) => line.replace(/,ward.*/, "")).reverse())));
  assert.not.match(again.stderr, /Decoding/);
  assert.equal(again.found, { ...expected, unlabelled, withoutImage });
});

test("as text: intervals, and the largest groups alone, in natural order, on 80 columns", async () => {
  const lines = records.map(
    ({ file, label }, i) => `${file},${label},"${i < 2 ? "large" : `group \u001b[31m${i} ${"x".repeat(100)}`}"`,
  );
  const { code, stdout, stderr } = await pulmo(labelled(csv("file,label,group", ...lines)));
  assert.is(code, 0, stderr);
  assert.match(stderr, /^Images: .*hospital, labels: .*labels\.csv\n {2}12 NORMAL, 12 PNEUMONIA$/m);
  assert.match(stdout, /^specificity {2}\d\.\d{4} {2}\d\.\d{4} to \d\.\d{4}$/m);
  assert.match(stdout, /^large +2 +\d\.\d{4} +– +\d\.\d{4} +–$/m);
  assert.match(stdout, /^and 3 others, none larger: use --json for all$/m);
  const parts = stdout.slice(stdout.indexOf("group ")).trimEnd().split("\n");
  assert.is(parts.length, 1 + 20 + 1);
  assert.ok(stdout.split("\n").every((line) => line.length <= 80 && !line.includes("\u001b")));
});

test("figures by patient, hospital and device, at a threshold, with the scores as CSV, and what lacks its other half", async () => {
  const lines = records.slice(1).map(({ file, label }, i) => `${file},${label},p${i >> 1},ward ${i % 11},${i % 2 ? "A" : "B"}`);
  const labels = csv("file,label,patient,hospital,device", ...lines, "gone.png,1,p99,ward 1,A");
  const scores = join(temporaryFolder(), "scores.csv");
  const more = ["--threshold", "0.3", "--target-recall", "0.9", "--csv", scores];
  const { found, stderr } = await json(labelled(labels, ...more));
  assert.match(stderr, /^Warning: .*labels\.csv: 1 record has no image and is skipped; the first is "gone\.png"\.$/m);
  assert.equal([found.withoutImage, found.unlabelled], [["gone.png"], [records[0].file]]);
  assert.equal([found.n, found.threshold, found.intervalsOver, found.patients.n], [23, 0.3, "patients", 12]);
  assert.equal(
    found.hospitals.map(({ group }: any) => group),
    Array.from({ length: 11 }, (_, i) => `ward ${i}`),
  );
  assert.ok(found.targetRecall.recall >= 0.9);
  const rows = readFileSync(scores, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  assert.equal(rows[0], ["file", "label", "p_pneumonia", "logit", "predicted", "patient", "hospital", "device"]);
  const wrong = rows.slice(1).filter(([, label, , , predicted]) => label !== predicted).length;
  assert.is(wrong, found.confusion[0][1] + found.confusion[1][0]);
  rows.slice(1).forEach(([, , p, , predicted]) => assert.is(predicted === "PNEUMONIA", Number(p) > 0.3));

  const { stdout } = await pulmo(labelled(labels, ...more));
  assert.match(stdout, /^by patient \(mean log-odds\), 12 patients +95% interval$/m);
  assert.match(stdout, /^ +95% interval over patients$/m);
  assert.match(stdout, /^recall of at least 0\.9 at threshold \S+, chosen on these images:$/m);
  assert.match(stdout, /^1 record has no image:\n {2}gone\.png\n\n1 image has no record in the labels:\n {2}scans/m);
  assert.ok(
    stdout.split("\n").every((line) => line.length <= 80),
    stdout,
  );
  const out = join(temporaryFolder(), "evaluation");
  const reported = await pulmo(labelled(labels, ...more, "--out", out, "--lang", "ko"));
  assert.is(reported.code, 0, reported.stderr);
  assert.is(reported.stdout, stdout);
  assert.is(readFileSync(join(out, "predictions.csv"), "utf8"), readFileSync(scores, "utf8"));
  assert.is(readFileSync(join(out, "patients.csv"), "utf8").trimEnd().split("\n").length, 1 + 12);
  const written = JSON.parse(readFileSync(join(out, "metrics.json"), "utf8"));
  assert.equal([written.confusion, written.errors.length], [found.confusion, wrong]);
  const { errors } = JSON.parse(readFileSync(join(out, "logistic/pictures.json"), "utf8"));
  assert.is(errors.length, Math.min(wrong, 12));
  assert.ok(errors.every(({ map }: any) => map !== undefined));
  assert.match(readFileSync(join(out, "report.html"), "utf8"), /<html lang="ko">[\s\S]*data:image\/jpeg/);
  writeFileSync(scores, "my notes");
  await assertRefused(labelled(labels, ...more), /--csv .*scores\.csv already exists and does not hold what pulmo writes/);
  await assertRefused(labelled(labels, "--strict"), /"gone\.png" is no file in .*hospital: correct the name/);
});

test("one class alone has no AUC; --limit takes some of each class", async () => {
  const normal = csv("file,label", ...records.filter(({ label }) => label === 0).map(({ file }) => `${file},0`));
  const { found } = await json(labelled(normal));
  assert.equal([found.n, found.auc, found.intervals.auc, found.intervals.recall], [12, null, null, null]);
  const all = csv("file,label", ...records.map(({ file, label }) => `${file},${label}`));
  assert.is((await json(labelled(all, "--limit", "3"))).found.n, 6);
});

test("unreadable images are named and skipped, and refused with --strict", async () => {
  writeFileSync(join(images, "cut.png"), "not a picture");
  const labels = csv("file,label,group", `${records[0].file},0,a`, "cut.png,1,b", `${records[20].file},1,b`);
  const { found, stderr } = await json(labelled(labels));
  assert.match(stderr, /^Warning: skipped cut\.png: not a JPEG, PNG or DICOM image$/m);
  assert.equal(found.unreadable, [{ file: "cut.png", reason: "not a JPEG, PNG or DICOM image" }]);
  assert.equal([found.n, found.groups.map(({ n }: any) => n)], [2, [1, 1]]);
  await assertRefused(
    labelled(labels, "--strict"),
    /cut\.png of .* cannot be read: not a JPEG, PNG or DICOM image\. Replace or remove it/,
  );
  await assertRefused(
    labelled(csv("file,label", `${records[0].file},0`, "cut.png,1")),
    /None of the 1 PNEUMONIA images for test in .* can be read \(first: cut\.png\)/,
  );
});

test("a CSV that is not what it should be, and options that do not go with it, are refused", async () => {
  const [{ file }] = records;
  await assertRefused(labelled("nowhere.csv"), /nowhere\.csv cannot be read \(ENOENT\)/);
  await assertRefused(
    labelled(csv(`${file},0`)),
    /its first line must name the columns file,label\[,patient\]\[,hospital\]\[,device\]\[,group\]/,
  );
  await assertRefused(labelled(csv("file,label", `${file},ill`), "--json"), /record 1: the label "ill" is unknown/);
  await assertRefused(labelled(csv("file,label", "../secret.png,0")), /is no path below the images' folder/);
  await assertRefused(labelled(csv("file,label", "gone.png,0")), /"gone\.png" is no file in .*hospital: correct the name/);
  const good = csv("file,label", `${file},0`);
  await assertRefused(labelled(good, "--split", "test"), /--labels and --split exclude each other: remove one of them/);
  await assertRefused([...evaluation, "--labels", good], /--labels needs the folder of its images: give it with --data/);
  await assertRefused([...evaluation, "--data", good, "--labels", good], /labels\.csv is no folder/);
});

test.run();
