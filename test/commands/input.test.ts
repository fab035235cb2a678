// Odd and broken images, folders and checkpoints, on datasets of a few pictures.
import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../data/places.js";
import { assertRefused, dataset, filesBelow, pulmo } from "./cli.js";

const test = suite("input");

const QUICK = ["--models", "logistic", "--epochs", "1", "--threads", "2"];
const out = () => join(temporaryFolder(), "out");
const grey = (size: number) => sharp({ create: { width: size, height: size, channels: 3, background: "#777" } });

/** Refused, and the results folder that was named does not exist. */
async function assertRefusedData(root: string, message: RegExp, more: string[] = []): Promise<void> {
  const folder = out();
  await assertRefused(["run", "--data", root, "--out", folder, "--json", ...QUICK, ...more], message);
  assert.not.ok(existsSync(folder), `${folder} was left behind`);
}

test("an empty folder, a missing split and a missing class are refused", async () => {
  await assertRefusedData(temporaryFolder(), /holds no images laid out as train\|val\|test/);
  const root = await dataset();
  rmSync(join(root, "train/PNEUMONIA"), { recursive: true });
  await assertRefusedData(root, /has no PNEUMONIA images in train \(found: .*\): add some/);
  rmSync(join(root, "train"), { recursive: true });
  await assertRefusedData(root, /has no images in train/);
});

test("unusual images are read, broken ones are named and skipped", async () => {
  const root = await dataset();
  const folder = join(root, "train/NORMAL");
  await grey(1).png().toFile(join(folder, "one-pixel.png"));
  await grey(40).toColourspace("rgb16").png().toFile(join(folder, "sixteen-bits.png"));
  await grey(40).toColourspace("cmyk").jpeg().toFile(join(folder, "cmyk.jpg"));
  await grey(40).ensureAlpha(0.5).png().toFile(join(folder, "alpha.png"));
  writeFileSync(join(folder, "empty.jpeg"), "");
  writeFileSync(join(folder, "text.jpeg"), "not an image");
  writeFileSync(join(folder, "cut.jpeg"), readFileSync(join(folder, "synthetic-0000.jpeg")).subarray(0, 700));
  const results = out();
  const { code, stdout, stderr } = await pulmo(["run", "--data", root, "--out", results, "--json", "--no-stress", ...QUICK]);
  assert.is(code, 0, stderr);
  const { dataset: facts } = JSON.parse(readFileSync(join(results, "metrics.json"), "utf8"));
  assert.equal(facts.counts.train, { NORMAL: 3 + 3, PNEUMONIA: 3 });
  const names = ["cut.jpeg", "empty.jpeg", "one-pixel.png", "text.jpeg"].map((name) => `train/NORMAL/${name}`);
  assert.equal(
    facts.unreadable.map((u: { file: string }) => u.file),
    names,
  );
  for (const name of names) assert.match(stderr, new RegExp(`^Warning: skipped ${name}: \\S`, "m"));
  assert.equal(JSON.parse(stdout).dataset, facts);
  await assertRefusedData(root, /train\/NORMAL\/cut.jpeg of .* cannot be read: .*\. Replace or remove it/, ["--strict"]);
});

test("a class without one readable image is refused", async () => {
  const root = await dataset({ train: 2, val: 1, test: 1 });
  writeFileSync(join(root, "val/NORMAL/synthetic-0000.jpeg"), "");
  await assertRefusedData(root, /None of the 1 NORMAL images for val in .* can be read/);
});

test("a folder that already holds a run stays as it is", async () => {
  const root = await dataset();
  const results = out();
  assert.is((await pulmo(["train", "--data", root, "--out", results, "--quiet", ...QUICK])).code, 0);
  const before = filesBelow(results).map((name) => readFileSync(join(results, name), "hex"));
  await assertRefused(["run", "--data", root, "--out", results, ...QUICK], /already holds a run/);
  assert.equal(
    filesBelow(results).map((name) => readFileSync(join(results, name), "hex")),
    before,
  );
});

test("a changed dataset cannot be resumed, even if names, sizes and times are the same", async () => {
  const root = await dataset();
  const results = out();
  assert.is((await pulmo(["train", "--data", root, "--out", results, "--quiet", ...QUICK])).code, 0);
  const paths = ["NORMAL", "PNEUMONIA"].map((name) => join(root, "train", name, "synthetic-0000.jpeg"));
  const [shorter, longer] = paths
    .map((path) => ({ path, bytes: readFileSync(path) }))
    .sort((a, b) => a.bytes.length - b.bytes.length);
  const { atime, mtime } = statSync(longer.path);
  writeFileSync(longer.path, Buffer.concat([shorter.bytes, Buffer.alloc(longer.bytes.length - shorter.bytes.length)]));
  utimesSync(longer.path, atime, mtime);
  await assertRefused(["run", "--resume", results], /differ from those of the run in/);
  writeFileSync(longer.path, longer.bytes);
  rmSync(join(root, "train/NORMAL/synthetic-0001.jpeg"));
  await assertRefused(["run", "--resume", results], /differ from those of the run in/);
});

test("another model's or a cut checkpoint is refused", async () => {
  const root = await dataset();
  const results = out();
  assert.is((await pulmo(["train", "--data", root, "--out", results, "--quiet", ...QUICK])).code, 0);
  const file = join(results, "logistic/model.safetensors");
  const bytes = readFileSync(file);
  const cut = join(results, "cut.safetensors");
  writeFileSync(cut, bytes.subarray(0, bytes.length - 4));
  await assertRefused(
    ["evaluate", "--checkpoint", cut, "--data", root, "--json"],
    /cut.safetensors is not a usable safetensors file/,
  );
  const other = join(results, "other.safetensors");
  const renamed = Buffer.from(bytes.toString("latin1").replace('"model":"logistic"', '"model":"resnet18"'), "latin1");
  writeFileSync(other, renamed);
  const image = join(root, "test/NORMAL/synthetic-0000.jpeg");
  await assertRefused(
    ["predict", "--checkpoint", other, "--json", image],
    /other.safetensors is not a file of ResNet-18 weights; tensors missing: 100 \(conv1.weight/,
  );
});

test.run();
