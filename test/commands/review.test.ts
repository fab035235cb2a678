// Decisions with an error rate: predict, evaluate, shards and the API agree, for every format of a model file that has metadata.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CLASSES } from "#pulmo/data/types.js";
import { type Conformal, decisions, fitConformal, parseConformal } from "#pulmo/eval/conformal.js";
import { evaluate, loadModel, openDataset, predictFiles } from "#pulmo/lib/node.js";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { assertRefused, dataset, pulmo } from "./cli.js";

const test = suite("decisions with an error rate");

const root = await dataset({ train: 12, val: 12, test: 10 });
const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const trained = join(folder, "run", "logistic");
const images = join(root, "test");
const RATE = 0.1;
const RATED = ["--error-rate", String(RATE), "--threads", "2", "--quiet"];

async function run(args: string[]): Promise<string> {
  const { code, stdout, stderr } = await pulmo(args);
  assert.is(code, 0, stderr);
  return stdout;
}
const predict = async (checkpoint: string, args: string[] = []) =>
  JSON.parse(await run(["predict", "--checkpoint", checkpoint, images, "--json", ...RATED, ...args])) as Row[];
interface Row {
  file: string;
  logit: number;
  decision: string;
}

let rows: Row[] = [];
let conformal: Conformal;
beforeAll(test, async () => {
  await run([
    "run",
    "--data",
    root,
    "--models",
    "logistic",
    "--epochs",
    "2",
    "--quiet",
    "--out",
    join(folder, "run"),
    "--no-pictures",
    "--no-stress",
  ]);
  rows = await predict(trained);
});

test("the model file keeps the scores of the validation images, and predict decides by them", async () => {
  const csv = readFileSync(join(trained, "predictions-val.csv"), "utf8").trim().split("\n").slice(1);
  const labels = csv.map((line) => (CLASSES as readonly string[]).indexOf(line.split(",")[1]));
  const logOdds = csv.map((line) => Number(line.split(",")[3]));
  conformal = fitConformal(labels, logOdds)!;
  const header = readFileSync(join(trained, "model.safetensors"));
  const metadata = JSON.parse(header.subarray(8, 8 + Number(header.readBigUInt64LE())).toString()).__metadata__;
  assert.equal(parseConformal(metadata.conformal), conformal);
  const decide = decisions(conformal, RATE, CLASSES);
  assert.equal(
    rows.map(({ decision }) => decision),
    rows.map(({ logit }) => decide(logit)),
  );
});

test("CSV, text, shards, and the JSON of evaluate state the same decisions", async () => {
  const decided = rows.map(({ decision }) => decision);
  const csv = async (name: string, args: string[] = []) => {
    await run(["predict", "--checkpoint", trained, images, ...RATED, "--csv", at(name), ...args]);
    return at(name);
  };
  const whole = readFileSync(await csv("whole.csv"), "utf8");
  const [header, ...lines] = whole.trim().split("\n");
  assert.is(header, "file,label,p_pneumonia,logit,error,unusual,unusual_score,decision");
  assert.equal(
    lines.map((line) => line.split(",").at(-1)),
    decided,
  );
  // It may be replaced.
  await csv("whole.csv");
  const text = await run(["predict", "--checkpoint", trained, images, ...RATED]);
  const words = text
    .trim()
    .split("\n")
    .map((line) => line.split(/ +/)[2]);
  assert.equal(words, decided);
  const shards = [await csv("1.csv", ["--shard", "1/2"]), await csv("2.csv", ["--shard", "2/2"])];
  await run(["gather", ...shards, "--out", at("gathered.csv")]);
  assert.is(readFileSync(at("gathered.csv"), "utf8"), whole);
  await csv("2.csv", ["--shard", "2/2", "--error-rate", "0.2"]);
  await assertRefused(
    ["gather", ...shards, "--out", at("none.csv")],
    /different error rates \(0\.1 and 0\.2\): score all shards with one --error-rate/,
  );
  const { review } = JSON.parse(await run(["evaluate", "--checkpoint", trained, "--data", root, "--json", ...RATED]));
  const metrics = JSON.parse(readFileSync(join(folder, "run", "metrics.json"), "utf8"));
  const { needed, test: figures } = metrics.models.logistic.review.rates.find(
    ({ errorRate }: { errorRate: number }) => errorRate === RATE,
  );
  assert.is(needed, 9);
  assert.equal(review, { errorRate: RATE, ...figures });
  const wrong = rows.filter(({ file, decision }) => decision !== "REVIEW" && !file.includes(`/${decision}/`)).length;
  assert.is(review.NORMAL.wrong + review.PNEUMONIA.wrong, wrong);
  assert.is(review.NORMAL.review + review.PNEUMONIA.review, decided.filter((name) => name === "REVIEW").length);
  const shown = await run(["evaluate", "--checkpoint", trained, "--data", root, ...RATED]);
  assert.match(shown, /error rate 0\.1 per class +images +share +95% interval\nNORMAL: for review +\d+ of 10/);
});

test("every format that has metadata keeps the scores; .pth has none, and is refused", async () => {
  for (const format of ["pulmo", "onnx", "safetensors"]) {
    const out = at(`model.${format}`);
    await run(["export", "--checkpoint", trained, "--format", format, "--out", out, "--quiet"]);
    assert.equal(await predict(out), rows, format);
    const again = at(`again-${format}.safetensors`);
    await (await loadModel(out)).save(again);
    assert.equal(await predict(again), rows, `${format}, saved by the API`);
  }
  await run(["export", "--checkpoint", trained, "--format", "torch", "--out", at("model.pth"), "--quiet"]);
  await assertRefused(
    ["predict", "--checkpoint", at("model.pth"), images, "--json", "--error-rate", "0.1"],
    /The error rate needs the scores of validation images, which the model file does not contain: train the model again/,
  );
});

test("damaged scores in a model file are refused in one sentence", async () => {
  const model = readFileSync(join(trained, "model.safetensors"));
  const place = model.indexOf('{\\"n\\":12');
  assert.ok(place > 0);
  const file = at("damaged.safetensors");
  writeFileSync(file, Buffer.from(model).fill("9", place + 7, place + 8));
  await assertRefused(
    ["predict", "--checkpoint", file, images, "--json", ...RATED],
    /damaged\.safetensors: its scores of validation images are not usable: export the model again/,
  );
});

test("a rate that the validation images do not allow is refused by predict and evaluate, before any output", async () => {
  const message =
    /An error rate of 0\.05 needs 19 validation images of each class, but the model has 12 of NORMAL: give an error rate of 0\.077 or more/;
  const few = ["--checkpoint", trained, "--error-rate", "0.05"];
  await assertRefused(["predict", ...few, images, "--csv", at("few.csv")], message);
  assert.not.ok(readdirSync(folder).some((name) => name.includes("few")));
  await assertRefused(["evaluate", ...few, "--data", root], message);
  await assertRefused(["predict", "--checkpoint", trained, images, "--error-rate", "1"], /between 0 and 1/);
});

test("the API decides as the command line does", async () => {
  const model = await loadModel(trained);
  const portable = await predict(trained, ["--portable"]);
  for (const { file, decision, logit } of portable) {
    const found = await model.predict(file, { errorRate: RATE });
    assert.equal([found.logOdds, found.decision], [logit, decision]);
    assert.is((await model.explain(file, { errorRate: RATE })).decision, decision);
  }
  assert.not.ok("decision" in (await model.predict(rows[0].file)));
  assert.throws(() => model.predict(rows[0].file, { errorRate: 0.05 }), /needs 19 validation images/);
  const outcomes = await predictFiles(
    rows.map(({ file }) => file),
    { checkpoint: trained, errorRate: RATE, threads: 2 },
  );
  assert.equal(outcomes, rows);
  const data = await openDataset(root);
  const { review } = await evaluate(model, data.test, { errorRate: RATE, threads: 2 });
  assert.is(review!.errorRate, RATE);
  await data.close();
});

test.run();
