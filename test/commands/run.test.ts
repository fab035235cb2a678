// A run from images to report on a few pictures: the files of the documented layout, JSON, repeats, resumption.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readPictures } from "#pulmo/report/load-pictures.js";
import { drawableFormats } from "#pulmo/report/plots/png.js";
import { temporaryFolder } from "../data/places.js";
import { assertRefused, dataset, filesBelow, pulmo, pulmoProcess } from "./cli.js";

const test = suite("run");
const keys = (value: object) => Object.keys(value).sort();
const lines = (path: string) => readFileSync(path, "utf8").trimEnd().split("\n");

/** The commit that this checkout is at; null where it is none. */
function headCommit(): string | null {
  const repository = fileURLToPath(new URL("../../../", import.meta.url));
  if (!existsSync(join(repository, ".git"))) return null;
  return execFileSync("git", ["-C", repository, "rev-parse", "--short=12", "HEAD"], { encoding: "utf8" }).trim();
}

const root = await dataset({ train: 5, val: 1, test: 2 });
/** 8 training images. */
const eight = ["--data", root, "--limit", "4"];
const results = join(temporaryFolder(), "deep/out");

test("run writes the documented files and one JSON object", async () => {
  const command = ["run", ...eight, "--models", "logistic", "--epochs", "2", "--batch-size", "3", "--out", results, "--json"];
  const { code, stdout, stderr } = await pulmoProcess(command);
  assert.is(code, 0, stderr);
  const files = filesBelow(results);
  for (const name of ["report.html", "report.md", "metrics.json", "run.json"]) assert.ok(files.includes(name), name);
  for (const name of ["model.safetensors", "predictions-test.csv", "predictions-val.csv", "history.jsonl"]) {
    assert.ok(files.includes(`logistic/${name}`), name);
  }
  const plots = (format: string) =>
    files.filter((name) => name.startsWith("plots/") && name.endsWith(format)).map((name) => name.slice(0, -format.length));
  assert.ok(plots(".svg").length > 0);
  assert.equal(plots(".png"), (await drawableFormats("en")).includes("png") ? plots(".svg") : []);
  assert.not.ok(
    files.some((name) => /tmp|checkpoint/.test(name)),
    files.join(),
  );
  const metrics = JSON.parse(readFileSync(join(results, "metrics.json"), "utf8"));
  assert.equal(JSON.parse(stdout), { out: results, ...metrics });
  assert.is(metrics.schema, 1);
  assert.is(metrics.settings.commit?.replace(/-dirty$/, "") ?? null, headCommit());
  assert.equal(keys(metrics.models), ["logistic"]);
  const { test: onTest, epochs, params } = metrics.models.logistic;
  assert.is(params, 301_058);
  assert.is(epochs.length, 2);
  for (const key of ["accuracy", "auc", "confusion", "perClass", "roc"]) assert.ok(key in onTest, key);
  assert.equal(
    lines(join(results, "logistic/history.jsonl")).map((line) => JSON.parse(line).epoch),
    [1, 2],
  );
  assert.is(lines(join(results, "logistic/predictions-test.csv"))[0], "file,label,p_pneumonia,logit");
  assert.match(stderr, /\[Logistic\] Train Acc: \d\.\d{4} \| Time: \d+\.\d sec/);
});

test("model info has the figures of the run that a model belongs to, in text and JSON", async () => {
  const model = join(results, "logistic");
  const { code, stdout } = await pulmo(["model", "info", model, "--json"]);
  assert.is(code, 0);
  const { models, settings, dataset } = JSON.parse(readFileSync(join(results, "metrics.json"), "utf8"));
  const { test, sha256 } = models.logistic;
  const info = JSON.parse(stdout);
  assert.equal([info.sha256, info.parameters, info.dtype, info.packaged], [sha256.model, 301_058, "f32", false]);
  assert.equal(info.figures.test.auc, { value: test.auc, interval: test.intervals.auc });
  assert.equal([info.training.command, info.training.seed, info.training.init], [settings.command, 0, "scratch"]);
  assert.equal([info.data.manifestSha256, info.data.published], [dataset.manifestSha256, false]);
  const { stdout: text } = await pulmo(["model", "info", join(model, "model.safetensors")]);
  for (const said of ["301,058 parameters", sha256.model, settings.command, "Test ", "4 images: AUC", "Not for clinical use."])
    assert.ok(text.includes(said), said);
});

test("without --data it is the sample, by its recipe; the screen and the report say so", async () => {
  const out = join(temporaryFolder(), "sample");
  const { code, stderr } = await pulmo([
    "run",
    "--models",
    "logistic",
    "--no-stress",
    "--no-pictures",
    "--plots",
    "svg",
    "--out",
    out,
  ]);
  assert.is(code, 0, stderr);
  assert.match(stderr, /SAMPLE of 300 real chest X-rays/);
  const { dataset, settings, models } = JSON.parse(readFileSync(join(out, "metrics.json"), "utf8"));
  assert.equal([models.logistic.init, settings.weights], ["scratch", null]);
  assert.equal([dataset.sample, dataset.synthetic, dataset.counts.test], [true, false, { NORMAL: 50, PNEUMONIA: 50 }]);
  assert.is(settings.recipe, "sample");
  assert.match(settings.command, / --recipe sample /);
  const html = readFileSync(join(out, "report.html"), "utf8");
  assert.match(html, /<div class="banner" role="note"><p>Sample: 300 of the 5,856/);
  assert.not.match(html, /Difference from the study|synthetic/i);
});

test("--data synthetic draws its own set", async () => {
  const out = join(temporaryFolder(), "synthetic");
  const command = ["run", "--data", "synthetic", "--limit", "4", "--models", "logistic", "--epochs", "1", "--batch-size", "4"];
  const { code, stderr } = await pulmo([...command, "--no-stress", "--no-pictures", "--plots", "svg", "--out", out]);
  assert.is(code, 0, stderr);
  assert.match(stderr, /SYNTHETIC/);
  const { dataset, settings } = JSON.parse(readFileSync(join(out, "metrics.json"), "utf8"));
  assert.equal([dataset.synthetic, dataset.sample, settings.basis], [true, undefined, "paper"]);
});

test("run draws its errors and what the model looks at, or not", async () => {
  const { sha256, test } = JSON.parse(readFileSync(join(results, "metrics.json"), "utf8")).models.logistic;
  const pictures = await readPictures(results, "logistic", sha256);
  assert.ok(pictures);
  const [[tn, fp], [fn, tp]] = test.confusion;
  assert.is(pictures.errors.length, fp + fn);
  assert.is(pictures.maps.length, tn + fp + fn + tp, "all four test images");
  assert.is(pictures.mapKind, "weights");
  const named = [...pictures.errors, ...pictures.maps].map((p) => p.image).concat(pictures.maps.map((p) => p.map));
  assert.equal(
    named.sort(),
    filesBelow(results).filter((name) => name.includes("/pictures/")),
  );

  const out = join(temporaryFolder(), "out");
  assert.is(
    (
      await pulmo([
        "run",
        ...eight,
        "--models",
        "logistic",
        "--epochs",
        "1",
        "--no-stress",
        "--no-pictures",
        "--out",
        out,
        "--quiet",
      ])
    ).code,
    0,
  );
  assert.not.ok(filesBelow(out).some((name) => name.includes("pictures")));
  assert.match(JSON.parse(readFileSync(join(out, "metrics.json"), "utf8")).settings.command, / --no-pictures( |$)/);
  assert.is(await readPictures(out, "logistic"), null);
});

test("run tests what its models lean on, or not", async () => {
  const { models, dataset: facts } = JSON.parse(readFileSync(join(results, "metrics.json"), "utf8"));
  const written = JSON.parse(readFileSync(join(results, "logistic/stress.json"), "utf8"));
  assert.equal(models.logistic.stress, written);
  assert.equal(written.images, { NORMAL: 2, PNEUMONIA: 2 });
  assert.is(written.curves.blur.points[0].auc.value, models.logistic.test.auc, "all four test images, as they are");
  assert.equal(keys(facts.fileSize), ["test", "train"]);
  assert.match(readFileSync(join(results, "report.html"), "utf8"), /<h2 id="leaning-title">/);

  const out = join(temporaryFolder(), "out");
  const command = ["run", ...eight, "--models", "logistic", "--epochs", "1", "--no-stress", "--no-pictures", "--out", out];
  const { code, stderr } = await pulmo(command);
  assert.is(code, 0, stderr);
  assert.not.match(stderr, /stress tests/);
  assert.not.ok(filesBelow(out).includes("logistic/stress.json"));
  const without = JSON.parse(readFileSync(join(out, "metrics.json"), "utf8"));
  assert.not.ok("stress" in without.models.logistic);
  assert.not.match(readFileSync(join(out, "report.html"), "utf8"), /leaning/);
  assert.match(without.settings.command, / --no-stress( |$)/);
});

test("evaluate, predict, report and bench step print what is documented", async () => {
  const checkpoint = join(results, "logistic");
  const evaluated = await pulmo(["evaluate", "--checkpoint", checkpoint, ...eight, "--split", "test", "--json"]);
  assert.is(evaluated.code, 0, evaluated.stderr);
  const scores = JSON.parse(evaluated.stdout);
  assert.equal(keys(scores), [
    "accuracy",
    "auc",
    "confusion",
    "groups",
    "intervals",
    "intervalsOver",
    "n",
    "perClass",
    "threshold",
    "unreadable",
  ]);
  const { test: onTest } = JSON.parse(readFileSync(join(results, "metrics.json"), "utf8")).models.logistic;
  assert.equal(scores.confusion, onTest.confusion);
  assert.is(scores.auc, onTest.auc);

  const [file, other] = ["NORMAL", "PNEUMONIA"].map((name) => join(root, "test", name, "synthetic-0000.jpeg"));
  const predicted = await pulmo(["predict", "--checkpoint", checkpoint, "--json", file, other]);
  assert.is(predicted.code, 0, predicted.stderr);
  const [row, second] = JSON.parse(predicted.stdout);
  assert.equal([row.file, second.file], [file, other]);
  assert.equal(keys(row), ["file", "label", "logOdds", "logit", "pPneumonia", "probability"]);
  const written = lines(join(results, "logistic/predictions-test.csv")).find((line) =>
    line.startsWith("test/NORMAL/synthetic-0000.jpeg"),
  );
  assert.equal([row.pPneumonia, row.logit].map(String), written?.split(",").slice(2));

  const before = readFileSync(join(results, "report.html"), "utf8");
  assert.is((await pulmo(["report", results])).code, 0);
  assert.is(readFileSync(join(results, "report.html"), "utf8"), before);
  assert.is((await pulmo(["report", results, "--lang", "ko"])).code, 0);
  assert.match(readFileSync(join(results, "report.html"), "utf8"), '<html lang="ko">');
  const beside = join(temporaryFolder(), "beside");
  const compared = await pulmo(["report", results, results, "--out", beside]);
  assert.is(compared.stdout, `${join(beside, "comparison.html")}\n`);
  assert.equal(
    filesBelow(beside).filter((name) => !name.startsWith("comparison-plots/")),
    ["comparison.html", "comparison.md"],
  );

  const bench = await pulmo(["bench", "step", "--model", "logistic", "--batch-size", "2", "--iterations", "3", "--json"]);
  const step = JSON.parse(bench.stdout);
  assert.equal(keys(step), ["batchSize", "imagesPerSecond", "mode", "model", "msPerStep", "peakRssMiB", "threads", "wasm"]);
  assert.equal(keys(step.msPerStep), ["max", "median", "min"]);

  const checked = JSON.parse((await pulmo(["data", "check", "--data", root, "--json"])).stdout);
  assert.equal(checked.counts.train, { NORMAL: 5, PNEUMONIA: 5 });
});

test("train saves models only, and run --resume evaluates them", async () => {
  const out = join(temporaryFolder(), "out");
  // 8 images in steps of 7: a last step of one image, which batch-norm too must bear.
  const { code, stdout, stderr } = await pulmo([
    "train",
    ...eight,
    "--models",
    "logistic,resnet18",
    "--epochs",
    "1",
    "--batch-size",
    "7",
    "--no-stress",
    "--no-pictures",
    "--out",
    out,
    "--json",
    "--lang",
    "ko",
  ]);
  assert.is(code, 0, stderr);
  assert.equal(keys(JSON.parse(stdout).models), ["logistic", "resnet18"]);
  const english = stderr.split("\n").filter((line) => /[a-z]/.test(line) && !/[가-힣]/.test(line));
  assert.equal(
    english.filter((line) => !/^ {2}(train|val|test) |^Note: \d+ pairs? /.test(line)),
    [],
  );
  assert.equal(filesBelow(out), [
    "logistic/history.jsonl",
    "logistic/model.safetensors",
    "logistic/tensors.jsonl",
    "resnet18/history.jsonl",
    "resnet18/model.safetensors",
    "resnet18/tensors.jsonl",
    "run.json",
  ]);
  const model = readFileSync(join(out, "resnet18/model.safetensors"));
  assert.is((await pulmo(["run", "--resume", out, "--plots", "svg", "--quiet"])).code, 0);
  assert.ok(existsSync(join(out, "report.html")));
  assert.ok(readFileSync(join(out, "resnet18/model.safetensors")).equals(model));
  const finished = readFileSync(join(out, "metrics.json"), "utf8");
  assert.is((await pulmo(["run", "--resume", out, "--plots", "svg", "--quiet"])).code, 0);
  assert.is(readFileSync(join(out, "metrics.json"), "utf8"), finished);
  // Predictions of other images, as from another run, are joined by number otherwise.
  const predictions = join(out, "logistic/predictions-test.csv");
  const [header, first, second, ...rows] = readFileSync(predictions, "utf8").split("\n");
  writeFileSync(predictions, [header, second, first, ...rows].join("\n"));
  const file = readFileSync(join(out, "run.json"), "utf8");
  // A run of a version that recorded no hashes.
  writeFileSync(join(out, "run.json"), file.replace(/,\s*"sha256": \{\s*"model"[^}]*\}/g, ""));
  await assertRefused(
    ["run", "--resume", out, "--plots", "svg", "--quiet"],
    /logistic\/predictions-test\.csv is not of the images and labels of this run/,
  );
  assert.is(readFileSync(join(out, "metrics.json"), "utf8"), finished);
  writeFileSync(join(out, "run.json"), file);
  const again = await pulmo(["run", "--resume", out, "--plots", "svg", "--quiet"]);
  assert.is(again.code, 0, again.stderr);
  assert.match(again.stderr, /logistic\/predictions-test\.csv is not the file that this run wrote: its images are scored again/);
  assert.is(readFileSync(join(out, "metrics.json"), "utf8"), finished);
});

test("--seeds trains every model with each and reports all; the first is what a run with it alone gives", async () => {
  const small = ["--models", "logistic", "--epochs", "1", "--no-stress", "--no-pictures", "--plots", "svg", "--quiet"];
  const common = ["run", "--data", root, ...small];
  const [many, alone] = [join(temporaryFolder(), "many"), join(temporaryFolder(), "alone")];
  assert.is((await pulmo([...common, "--seeds", "3,0,7", "--out", many])).code, 0);
  assert.is((await pulmo([...common, "--seed", "7", "--out", alone])).code, 0);
  const metricsOf = (out: string) => JSON.parse(readFileSync(join(out, "metrics.json"), "utf8"));
  const { models, settings } = metricsOf(many);
  assert.equal(settings.seeds, [3, 0, 7]);
  assert.is(settings.seed, 3);
  assert.match(settings.command, / --seeds 3,0,7 /);
  const { repeats, test: onTest } = models.logistic;
  assert.equal(
    repeats.map((r: { seed: number }) => r.seed),
    [3, 0, 7],
  );
  assert.is(repeats[0].test.auc, onTest.auc);
  assert.equal(repeats[2].test.confusion, metricsOf(alone).models.logistic.test.confusion);
  for (const name of ["model.safetensors", "predictions-test.csv"]) {
    const [a, b] = [join(many, "logistic/seed-7", name), join(alone, "logistic", name)].map((path) => readFileSync(path));
    assert.ok(a.equals(b), name);
  }
  assert.not.ok("repeats" in metricsOf(alone).models.logistic);
});

test("--val-split makes the validation set from train, and --resume makes the same again", async () => {
  const out = join(temporaryFolder(), "out");
  const command = [
    "train",
    "--data",
    root,
    "--models",
    "logistic",
    "--epochs",
    "1",
    "--val-split",
    "0.4",
    "--no-stress",
    "--out",
    out,
  ];
  const { code, stderr } = await pulmo(command);
  assert.is(code, 0, stderr);
  assert.match(stderr, /Note: 4 training images, whole patients, are the validation set; the dataset's own 2 are not used\./);
  assert.is((await pulmo(["run", "--resume", out, "--plots", "svg", "--quiet"])).code, 0);
  const { dataset: facts, settings } = JSON.parse(readFileSync(join(out, "metrics.json"), "utf8"));
  assert.equal(facts.counts.train, { NORMAL: 3, PNEUMONIA: 3 });
  assert.equal(facts.counts.val, { NORMAL: 2, PNEUMONIA: 2 });
  assert.is(settings.valSplit, 0.4);
  const rows = lines(join(out, "logistic/predictions-val.csv")).slice(1);
  assert.is(rows.length, 4);
  assert.ok(rows.every((row) => row.startsWith("train/")));
});

test.run();
