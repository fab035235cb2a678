// Scoring in parts: the shards together are what one call writes; archives; and what gathering refuses.
import { appendFileSync, copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { assertRefused, dataset, filesBelow, place, pulmo } from "./cli.js";

const test = suite("shards");

const root = await dataset({ train: 4, val: 2, test: 5 });
const folder = temporaryFolder();
const out = join(folder, "run");
const checkpoint = ["--checkpoint", join(out, "logistic"), "--quiet"];

/** A folder, and an archive of another with a file that is none and one that cannot be read. */
const images = join(root, "test");
const archive = join(folder, "ward.zip");
const inside = Object.fromEntries(
  filesBelow(join(root, "train")).map((file) => [`a/${file}`, new Uint8Array(readFileSync(join(root, "train", file)))]),
);
writeFileSync(
  archive,
  zipSync({ ...inside, "a/notes.txt": new Uint8Array(3), "__MACOSX/x.png": new Uint8Array(3), "b/bad.png": new Uint8Array(9) }),
);
const INPUT = [images, archive];
const at = (name: string) => join(folder, name);

const shards = [1, 2, 3].map((i) => at(`part-${i}.csv`));
beforeAll(test, async () => {
  const training = ["train", "--data", root, "--models", "logistic", "--epochs", "1", "--quiet", "--out", out];
  assert.is((await pulmo(training)).code, 0);
  const whole = await pulmo(["predict", ...checkpoint, ...INPUT, "--csv", at("whole.csv")]);
  // The image that cannot be read.
  assert.is(whole.code, 2, whole.stderr);
  for (const [i, csv] of shards.entries()) {
    await pulmo(["predict", ...checkpoint, ...INPUT, "--csv", csv, "--shard", `${i + 1}/3`]);
  }
});

test("images of an archive are scored under the names that they have in it, and nothing stays unpacked", () => {
  const lines = readFileSync(at("whole.csv"), "utf8").trim().split("\n");
  assert.is(lines.length, 1 + 10 + 8 + 1);
  assert.is(lines.filter((line) => line.startsWith(`${archive}/a/NORMAL/`)).length, 4);
  assert.match(lines.at(-1)!, /ward\.zip\/b\/bad\.png,,,,not a JPEG, PNG or DICOM image|ward\.zip\/b\/bad\.png,,,,"not a JPEG/);
  assert.equal(
    filesBelow(join(place, "cache")).filter((file) => file.startsWith("unzipped")),
    [],
  );
});

test("three shards gathered are the bytes of one call, in any order", async () => {
  const gathered = await pulmo(["gather", ...shards.toReversed(), "--out", at("gathered.csv")]);
  assert.is(gathered.code, 0, gathered.stderr);
  assert.match(gathered.stderr, /^19 images, each once/);
  assert.is(readFileSync(at("gathered.csv"), "utf8"), readFileSync(at("whole.csv"), "utf8"));
});

test("with labels the evaluation is printed", async () => {
  const labels = at("labels.csv");
  const given = filesBelow(images).map((file) => `${file},${file.startsWith("NORMAL") ? "NORMAL" : "PNEUMONIA"}`);
  const withLabels = ["gather", ...shards, "--out", at("labelled.csv"), "--labels", labels];
  writeFileSync(labels, `file,label\n${given.join("\n")}\n`);
  // Those in the archive end alike.
  await assertRefused(
    withLabels,
    /record 1: "NORMAL\/.*" names several of the scored images, .*\/test\/NORMAL\/.* and .*\/a\/NORMAL\//,
  );
  assert.not.ok(existsSync(at("labelled.csv")));
  writeFileSync(labels, `file,label\n${given.map((line) => `test/${line}`).join("\n")}\n`);
  const { code, stdout, stderr } = await pulmo(withLabels);
  assert.is(code, 0, stderr);
  assert.match(stderr, /10 of them have a label and a score/);
  assert.match(stderr, /9 scored images have no record/);
  assert.match(stdout, /accuracy 0\.\d+ {3}AUC \d\.\d+ {3}n 10/);
});

test("more shards than images: some are empty", async () => {
  const parts = Array.from({ length: 12 }, (_, i) => at(`twelfth-${i + 1}.csv`));
  for (const [i, csv] of parts.entries()) {
    assert.is((await pulmo(["predict", ...checkpoint, images, "--csv", csv, "--shard", `${i + 1}/12`])).code, 0);
  }
  assert.is(readFileSync(parts[11], "utf8").split("\n").length, 2);
  assert.is((await pulmo(["gather", ...parts, "--out", at("twelve.csv")])).code, 0);
  assert.is(readFileSync(at("twelve.csv"), "utf8").trim().split("\n").length, 11);
});

test("what is missing, there twice, changed or of other images is named, and nothing is written", async () => {
  const [a, b, c] = shards;
  const refused = async (csvs: string[], why: RegExp) => {
    await assertRefused(["gather", ...csvs, "--out", at("none.csv")], why);
    assert.not.ok(existsSync(at("none.csv")));
  };
  await refused([a, c], /1 of 3 shards are missing: 2\/3\./);
  copyFileSync(b, at("again.csv"));
  copyFileSync(`${b}.shard.json`, at("again.csv.shard.json"));
  await refused([a, b, c, at("again.csv")], /Shard 2\/3 is given twice/);
  await refused([a, b, at("twelfth-3.csv")], /are shards of different lists/);
  await refused([a, b, at("whole.csv")], /whole\.csv\.shard\.json cannot be read/);
  appendFileSync(at("again.csv"), "x\n");
  await refused([a, at("again.csv"), c], /again\.csv was changed after predict --shard wrote it/);
  await assertRefused(["gather", a, b, c, "--out", at("whole.csv")], /already exists/);
  const predict = ["predict", ...checkpoint, images];
  await assertRefused([...predict, "--shard", "1/2"], /--shard needs a file that gather can merge: add --csv/);
  for (const shard of ["0/2", "3/2", "1", "a/b"])
    await assertRefused([...predict, "--csv", at("x.csv"), "--shard", shard], /--shard is/);
  writeFileSync(at("bad.zip"), "no archive");
  await assertRefused(["predict", ...checkpoint, at("bad.zip")], /bad\.zip is not a readable zip archive/);
  writeFileSync(at("empty.zip"), zipSync({ "a.txt": new Uint8Array(1) }));
  await assertRefused(["predict", ...checkpoint, at("empty.zip")], /contains no JPEG, PNG or DICOM image/);
});

test.run();
