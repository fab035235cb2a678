// predict: many files, several ways to name them, several ways to write what it says.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import sharp from "sharp";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { assertRefused, dataset, pulmo } from "./cli.js";

const test = suite("predict");

const root = await dataset({ train: 6, val: 1, test: 12 });
const trained = join(temporaryFolder(), "out");
const QUICK = ["--models", "logistic", "--epochs", "2", "--threads", "2", "--quiet"];
const predict = ["predict", "--checkpoint", join(trained, "logistic"), "--threads", "2"];
const images = join(root, "test");
const files = ["NORMAL", "PNEUMONIA"].flatMap((name) =>
  readdirSync(join(images, name))
    .sort()
    .map((file) => join(images, name, file)),
);

async function json(args: string[], options = {}): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await pulmo([...predict, "--json", ...args], options);
  assert.is(code, 0, stderr);
  return JSON.parse(stdout);
}
let named: Record<string, unknown>[] = [];
beforeAll(test, async () => {
  assert.is((await pulmo(["train", "--data", root, "--out", trained, ...QUICK])).code, 0);
  named = await json(files);
});

test("a folder, a pattern, a list on stdin, a list in a file, JSON lines and one image at a time give the same", async () => {
  assert.equal(
    named.map(({ file }) => file),
    files,
  );
  assert.equal(await json([images]), named);
  assert.equal(await json([`${images}/*/*.jpeg`]), named);
  assert.equal(await json(["--list", "-"], { input: files.join("\n") }), named);
  const list = join(temporaryFolder(), "list.txt");
  writeFileSync(list, files.join("\n"));
  assert.equal(await json(["--list", list]), named);
  const { stdout } = await pulmo([...predict, "--jsonl", images]);
  assert.equal(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
    named,
  );
  assert.equal(await json([files[3]]), [named[3]]);
});

test("an unreadable file is named, and does not stop the others; the exit code says so", async () => {
  const damaged = join(temporaryFolder(), "damaged.jpeg");
  writeFileSync(damaged, readFileSync(files[0]).subarray(0, 400));
  const { code, stdout, stderr } = await pulmo([...predict, "--json", files[0], damaged, "nowhere.png", files[1]]);
  assert.is(code, 2);
  const [one, two, three, four] = JSON.parse(stdout);
  assert.equal([one, four], [named[0], named[1]]);
  assert.equal([two.file, three], [damaged, { file: "nowhere.png", error: "no such file (ENOENT)" }]);
  assert.match(stderr, /^Warning: .*damaged.jpeg cannot be read: /m);
  assert.match(stderr, /^Warning: nowhere.png cannot be read: no such file \(ENOENT\)$/m);
  assert.match(stderr, /^pulmo: 2 of 4 images cannot be read: they are listed above\.$/m);
});

test("--csv writes a whole file, in order, and a summary", async () => {
  const csv = join(temporaryFolder(), "deep/scores.csv");
  const { code, stdout, stderr } = await pulmo([...predict, "--csv", csv, images, "nowhere.png"]);
  assert.is(code, 2);
  assert.is(stdout, "");
  const [header, ...lines] = readFileSync(csv, "utf8").trimEnd().split("\n");
  assert.is(header, "file,label,p_pneumonia,logit,error,unusual,unusual_score");
  const expected = named.map(({ file, label, pPneumonia, logit }) => `${file},${label},${pPneumonia},${logit},,,`);
  assert.equal(lines, [...expected, "nowhere.png,,,,no such file (ENOENT),,"]);
  assert.match(stderr, /25 images in [\d.]+ s \([\d.]+ images\/s\), .*: .*scores.csv/);
  assert.equal(readdirSync(join(csv, "..")), ["scores.csv"]);
});

test("--threshold moves the labels and nothing else", async () => {
  const [low, high] = await Promise.all(["0.000001", "0.999999"].map((t) => json([images, "--threshold", t])));
  assert.ok(low.every(({ label }) => label === "PNEUMONIA"));
  assert.ok(high.every(({ label }) => label === "NORMAL"));
  assert.equal(
    low.map(({ logit }) => logit),
    named.map(({ logit }) => logit),
  );
});

test("--map draws every readable image, over several windows, and scores stay the same bits", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "many"));
  for (let i = 0; i < 70; i++) copyFileSync(files[i % files.length], join(folder, "many", `${String(i).padStart(2, "0")}.jpeg`));
  writeFileSync(join(folder, "many/30b.jpeg"), "nothing");
  const maps = join(folder, "maps");
  const { code, stdout, stderr } = await pulmo([...predict, "--jsonl", join(folder, "many"), "--map", maps]);
  assert.is(code, 2, stderr);
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.is(rows.length, 71);
  const readable = rows.filter((row) => !("error" in row));
  assert.equal(
    readable.map(({ logit }) => logit),
    readable.map((_, i) => named[i % files.length].logit),
  );
  assert.is(readdirSync(maps).length, 70);
  assert.is(readable[0].map, join(maps, "00-map.jpg"));
  const { width, height, format, channels } = await sharp(readable[69].map).metadata();
  const original = await sharp(files[69 % files.length]).metadata();
  assert.equal([format, channels], ["jpeg", 3]);
  assert.ok(Math.abs(width / height - original.width / original.height) < 0.02);
});

test("of a DICOM file nothing but the path is told, unless its tags are asked for", async () => {
  const file = resolve("test/fixtures/dicom/frames.dcm");
  for (const more of [[], ["--json"]]) {
    const { code, stdout, stderr } = await pulmo([...predict, file, ...more]);
    assert.is(code, 0, stderr);
    assert.not.match(stdout + stderr, /SECRET/);
    assert.match(stderr, /^Note: .*frames.dcm: 3 frames: only the first one is used\.$/m);
  }
  const [told, image] = await json([file, files[0], "--dicom-tags"]);
  assert.equal(told.dicom, { PatientID: "SECRET-ID", SOPInstanceUID: "1.2.3.4", Modality: "CR" });
  assert.equal(image.dicom, {});
  const csv = join(temporaryFolder(), "tags.csv");
  assert.is((await pulmo([...predict, file, "--dicom-tags", "--csv", csv, "--quiet"])).code, 0);
  const [header, line] = readFileSync(csv, "utf8").split("\n");
  assert.match(header, /^file,label,p_pneumonia,logit,PatientID,.*,error,unusual,unusual_score$/);
  assert.match(line, /,SECRET-ID,/);
  await assertRefused([...predict, file, "--dicom-tags"], /add --json, --jsonl or --csv/);
});

test("what cannot be is refused, and leaves nothing", async () => {
  const csv = join(temporaryFolder(), "scores.csv");
  await assertRefused([...predict, "--json", "--csv", csv, images], /--json, --jsonl and --csv exclude each other/);
  await assertRefused([...predict, "--threshold", "1", images], /--threshold is "1": give a number between 0 and 1/);
  await assertRefused([...predict, "--csv", csv, "nowhere.png"], /nowhere.png cannot be read: no such file \(ENOENT\)/);
  await assertRefused([...predict, "--list", "-"], /The list on stdin is empty: give one path per line/, { input: "" });
  assert.not.ok(existsSync(csv));
});

test.run();
