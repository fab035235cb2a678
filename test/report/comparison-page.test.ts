// The comparison of runs, other languages, untrusted pictures, and metrics.json without optional keys.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CLASSES } from "#pulmo/data/types.js";
import { writeComparison } from "#pulmo/report/comparison-page.js";
import { dataUris } from "#pulmo/report/load-pictures.js";
import { STUDY_TITLE } from "#pulmo/report/study.js";
import { LANGUAGES } from "#pulmo/report/text/index.js";
import { terminalWords } from "#pulmo/report/text/terminal.js";
import { picturePath } from "#pulmo/results/picture-list.js";
import { temporaryFolder } from "../data/places.js";
import { hostileRun, sampleRun, writeTextReport } from "./sample.js";

const test = suite("comparison");
const folder = temporaryFolder();
const paths = (name: string) => ({
  html: join(folder, name, "comparison.html"),
  markdown: join(folder, name, "comparison.md"),
  plots: join(folder, name, "comparison-plots"),
  formats: ["svg"] as const,
});

test("the tables show the results of every run, differences from the first one and settings that differ", async () => {
  const [first, second] = [sampleRun().results, sampleRun().results];
  second.models.dnn.test.accuracy = first.models.dnn.test.accuracy + 0.0231;
  second.models.dnn.trainSeconds = first.models.dnn.trainSeconds / 2;
  second.settings.lr = 0.002;
  delete second.models.logistic;
  const at = paths("two");
  await writeComparison(at, [
    { name: "runs/a", results: first },
    { name: "runs/b|c", results: second },
  ]);
  const text = readFileSync(at.markdown, "utf8");
  assert.match(text, "| Learning rate | `0.0001` | `0.002` |");
  assert.match(text, "`runs/b\\|c`");
  assert.not.match(text, /Batch size/);
  const dnn = text.split("\n## ").find((section) => section.startsWith("DNN"))!;
  assert.match(dnn, `| Run 1 | ${(100 * first.models.dnn.test.accuracy).toFixed(1)}% |`);
  assert.match(dnn, `| Run 2 | ${(100 * second.models.dnn.test.accuracy).toFixed(1)}% (+2.3) |`);
  assert.match(dnn, "(× 0.50)");
  assert.not.match(text.split("\n## ").find((section) => section.startsWith("Logistic"))!, /Run 2/);
  for (const [, plot] of text.matchAll(/\]\((comparison-plots\/[^)]*)\)/g))
    assert.match(readFileSync(join(dirname(at.markdown), plot), "utf8"), /^<svg/);
  assert.match(readFileSync(at.html, "utf8"), "Learning rate");
});

test("different files and synthetic images are mentioned", async () => {
  const [first, second] = [sampleRun().results, hostileRun().results];
  second.dataset.manifestSha256 = "0".repeat(64);
  const at = paths("other");
  await writeComparison(at, [
    { name: "a", results: first },
    { name: "b", results: second },
  ]);
  const text = readFileSync(at.markdown, "utf8");
  assert.match(text, "did not use the same files");
  assert.match(text, "Some of these runs use synthetic data");
});

/** All texts of a language, without functions. */
function* texts(words: object, path = ""): Generator<[string, string]> {
  for (const [key, value] of Object.entries(words)) {
    if (typeof value === "string") yield [`${path}${key}`, value];
    else if (typeof value === "object") yield* texts(value, `${path}${key}.`);
  }
}

test("all words are translated into Korean", async () => {
  const english = new Map(texts({ ...LANGUAGES.en(CLASSES), terminal: terminalWords("en") }));
  const same = new Set([
    "columns.f1",
    "columns.auc",
    "terminal.columns.4",
    "glance.half",
    "uncertainty.p",
    "plots.bin",
    "compare.settings.cpu",
    "compare.settings.node",
    "compare.settings.pulmo",
  ]);
  for (const [path, text] of texts({ ...LANGUAGES.ko(CLASSES), terminal: terminalWords("ko") })) {
    if (same.has(path)) assert.is(text, english.get(path), path);
    else if (path !== "tag") assert.match(text, /[가-힣]/, path);
  }
  const dir = join(folder, "ko");
  const { results } = sampleRun();
  await writeTextReport(dir, results, "ko");
  const page = readFileSync(join(dir, "report.html"), "utf8");
  assert.match(page, '<html lang="ko">');
  assert.match(page, "임상용이 아닙니다");
  assert.not.match(
    page.replace(/<style>.*?<\/style>|<script>.*?<\/script>/gs, ""),
    /Not for clinical|Data of|undefined|\[object|NaN/,
  );
});

test("titles come from outside if they are given, a language's own title first", async () => {
  const dir = join(folder, "known");
  const { results } = sampleRun();
  await writeTextReport(dir, results, "en", [
    { name: "logistic", title: "Linear" },
    { name: "dnn", title: "Three layers" },
  ]);
  const text = readFileSync(join(dir, "report.md"), "utf8");
  assert.match(text, "## Three layers");
  assert.match(text, "| Three layers, study | 81.3% (");
  assert.match(text, "## Logistic regression");
  assert.match(text, "## resnet18");
  assert.not.match(text.replace(STUDY_TITLE, ""), /DNN|ResNet-18|Linear/);
});

test("results without further seeds, stress tests and subtypes make a report", async () => {
  const { results } = sampleRun();
  for (const model of Object.values(results.models)) {
    delete model.repeats;
    delete model.stress;
    for (const split of [model.val, model.test]) delete split.bySubtype;
  }
  const dir = join(folder, "few");
  await writeTextReport(dir, results);
  const text = readFileSync(join(dir, "report.md"), "utf8");
  // The plots of the stress tests are called leaning-*.
  assert.is(/undefined|NaN|\[object|leaning-/.exec(text)?.[0], undefined);
});

test("the stress tests of a model in two runs share a table; a run without them is left out", async () => {
  const [first, second, third] = [sampleRun().results, sampleRun().results, sampleRun().results];
  second.models.dnn.stress = second.models.logistic.stress!;
  delete third.models.dnn.stress;
  const at = paths("leaning");
  const runs = [first, second, third].map((results, i) => ({ name: `run${i}`, results }));
  await writeComparison(at, runs);
  const text = readFileSync(at.markdown, "utf8");
  const dnn = text.split("\n## ").find((section) => section.startsWith("DNN"))!;
  assert.match(dnn, "| Images | Run 1 | Run 2 |\n");
  assert.match(dnn, "| blurred, sigma 0.75 pixels | 0.800 (67.0% / 35.0%) | 0.890 (85.0% / 62.0%) |");
  assert.match(dnn, "(comparison-plots/leaning-dnn-blur.svg)");
});

test("a picture that is not a JPEG in the run's folder is left out", async () => {
  const dir = join(folder, "pictures");
  const elsewhere = join(folder, "secret.jpeg");
  const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
  mkdirSync(join(dir, "dnn/pictures"), { recursive: true });
  writeFileSync(elsewhere, jpeg);
  const put = (number: number, bytes: Uint8Array) => writeFileSync(join(dir, picturePath("dnn", number)), bytes);
  put(1, jpeg);
  put(2, Buffer.from("<svg onload=alert(1)>"));
  put(3, Buffer.concat([jpeg, Buffer.alloc(2 ** 20)]));
  symlinkSync(elsewhere, join(dir, picturePath("dnn", 4)));
  mkdirSync(join(dir, picturePath("dnn", 5)));
  symlinkSync("1.jpeg", join(dir, picturePath("dnn", 7)));
  const of = (number: number) => ({ file: "a", label: 0 as const, pPneumonia: 1, image: picturePath("dnn", number) });
  const found = await dataUris(dir, [null, { errors: [1, 2, 3, 4, 5, 6, 7].map(of), maps: [], mapKind: "weights" }]);
  const uri = `data:image/jpeg;base64,${jpeg.toString("base64")}`;
  assert.equal(
    [...found],
    [
      [picturePath("dnn", 1), uri],
      [picturePath("dnn", 7), uri],
    ],
  );
});

test.run();
