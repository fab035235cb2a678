// MedMNIST's .npz wherever --data is taken: the same pixels in an .npz and in a folder give the same figures.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Pixels } from "#pulmo/core/resize.js";
import { readManifest } from "#pulmo/data/manifest.js";
import { SPLITS } from "#pulmo/data/types.js";
import { parsePredictionsCsv } from "#pulmo/eval/predictions.js";
import { temporaryFolder } from "../data/places.js";
import { npzBytes, uint8Array } from "../formats/npz-bytes.js";
import { assertRefused, dataset, pulmo } from "./cli.js";

const test = suite("--data of an .npz");

const QUICK = ["--models", "logistic", "--epochs", "1", "--threads", "2"];

/** The pictures are grey: their three channels are equal. */
const red = ({ data, channels }: Pixels): Uint8Array => data.filter((_, i) => i % channels === 0);

/** The images of a folder, all of one size, in the manifest's order. */
async function asNpz(root: string): Promise<Uint8Array> {
  const { images, source } = await readManifest(root);
  const arrays: Record<string, Uint8Array> = {};
  for (const split of SPLITS) {
    const pixels = await Promise.all(images[split].map(({ file }) => source.read(file)));
    const [{ width, height }] = pixels;
    arrays[`${split}_images`] = uint8Array([pixels.length, height, width], Buffer.concat(pixels.map(red)));
    arrays[`${split}_labels`] = uint8Array(
      [pixels.length, 1],
      Uint8Array.from(images[split], ({ label }) => label),
    );
  }
  return npzBytes(arrays);
}

const folder = await dataset({ train: 6, val: 2, test: 5 });
const npz = join(temporaryFolder(), "xrays.npz");
writeFileSync(npz, await asNpz(folder));
const out = { folder: join(temporaryFolder(), "out"), npz: join(temporaryFolder(), "out") };

const json = async (args: string[]) => {
  const { code, stdout, stderr } = await pulmo([...args, "--json"]);
  assert.is(code, 0, stderr);
  return { found: JSON.parse(stdout), stderr };
};

test("run: the predictions are the folder's, bit for bit, and pictures are drawn", async () => {
  for (const [key, data] of [
    ["folder", folder],
    ["npz", npz],
  ] as const)
    await json(["run", "--data", data, "--out", out[key], "--quiet", "--no-stress", ...QUICK]);
  for (const split of ["val", "test"]) {
    const [files, arrays] = [out.folder, out.npz].map((place) =>
      parsePredictionsCsv(readFileSync(join(place, `logistic/predictions-${split}.csv`), "utf8")),
    );
    assert.equal(
      arrays.map(({ file, ...score }) => score),
      files.map(({ file, ...score }) => score),
    );
    const half = arrays.length / 2;
    assert.equal([arrays[0].file, arrays[half].file], [`${split}/NORMAL/0`, `${split}/PNEUMONIA/${half}`]);
  }
  const [files, arrays] = [out.folder, out.npz].map((place) => {
    const { errors, maps } = JSON.parse(readFileSync(join(place, "logistic/pictures.json"), "utf8"));
    return [...errors, ...maps].map(({ image, map }) =>
      [image, map].filter(Boolean).map((path) => readFileSync(join(place, path), "hex")),
    );
  });
  assert.ok(files.length >= 8);
  assert.equal(arrays, files);
  const { dataset: facts } = JSON.parse(readFileSync(join(out.npz, "metrics.json"), "utf8"));
  assert.equal([facts.root, facts.synthetic, facts.counts.test], [npz, false, { NORMAL: 5, PNEUMONIA: 5 }]);
  assert.equal(facts.imageSizes.width, { min: 64, median: 64, max: 64 });
  assert.ok(readFileSync(join(out.npz, "report.html"), "utf8").includes("test/PNEUMONIA/"));
});

test("evaluate: the folder's figures, and the second time nothing is decoded", async () => {
  const checkpoint = join(out.npz, "logistic");
  for (const split of SPLITS) {
    const [files, arrays] = await Promise.all(
      [folder, npz].map((data) => json(["evaluate", "--checkpoint", checkpoint, "--data", data, "--split", split])),
    );
    assert.equal(arrays.found, files.found);
    assert.not.match(arrays.stderr, /Decoding/);
  }
});

test("data check and data prepare take it, with --limit", async () => {
  const { found: facts } = await json(["data", "check", "--data", npz, "--limit", "2"]);
  assert.equal(facts.counts.train, { NORMAL: 2, PNEUMONIA: 2 });
  assert.is((await json(["data", "prepare", "--data", npz, "--limit", "2"])).found.hit, true);
});

test("train, then run --resume; another .npz cannot take its place", async () => {
  const place = join(temporaryFolder(), "set.npz");
  copyFileSync(npz, place);
  const begun = join(temporaryFolder(), "out");
  await json(["train", "--data", place, "--out", begun, "--val-split", "0.2", "--no-stress", ...QUICK]);
  writeFileSync(place, await asNpz(await dataset({ train: 6, val: 2, test: 4 })));
  await assertRefused(["run", "--resume", begun], /differ from those of the run in/);
  copyFileSync(npz, place);
  assert.is((await json(["run", "--resume", begun])).found.settings.valSplit, 0.2);
});

test("an .npz that holds something else is refused in one sentence", async () => {
  const other = join(temporaryFolder(), "other.npz");
  writeFileSync(other, npzBytes({ x: uint8Array([1], Uint8Array.of(1)) }));
  await assertRefused(["run", "--data", other, ...QUICK], /other\.npz is not a usable \.npz of X-rays: it lacks the array/);
  writeFileSync(other, "text");
  await assertRefused(["data", "check", "--data", other], /is a file, not a folder: give .* \.npz or \.zip/);
});

test.run();
