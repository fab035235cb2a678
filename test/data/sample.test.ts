// The sample that comes with the program: as its text and its rule say.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { countImages, readManifest } from "#pulmo/data/manifest.js";
import { patientOf } from "#pulmo/data/names.js";
import { SPLITS } from "#pulmo/data/types.js";

const test = suite("the sample");
const root = fileURLToPath(new URL("../../../sample", import.meta.url));
const manifest = await readManifest(root);

test("300 images, half of each class, marked as a sample", () => {
  assert.equal(countImages(manifest.images), { train: [92, 92], val: [8, 8], test: [50, 50] });
  assert.equal([manifest.sample, manifest.synthetic, manifest.notes], [true, false, []]);
});

test("no patient is in two splits", () => {
  const splits = SPLITS.map((split) => new Set(manifest.images[split].map(patientOf)));
  for (const [i, one] of splits.entries()) {
    assert.not.ok(one.has(null));
    for (const other of splits.slice(i + 1))
      assert.equal(
        [...one].filter((patient) => other.has(patient)),
        [],
      );
  }
});

test("224 pixels, grey, JPEG, at most 4 MB together", async () => {
  const files = SPLITS.flatMap((split) => manifest.images[split].map(({ file }) => join(root, file)));
  assert.ok(files.reduce((sum, file) => sum + statSync(file).size, 0) <= 4e6);
  for (const file of files) {
    const { width, height, channels, format } = await sharp(file).metadata();
    assert.equal([width, height, channels, format], [224, 224, 1, "jpeg"], file);
  }
});

test("the folder says whose images they are", () => {
  const text = readFileSync(join(root, "SAMPLE.txt"), "utf8");
  for (const said of ["Kermany", "10.17632/rscbjbr9sj", "CC BY 4.0", "Changes:"]) assert.match(text, said);
});

test.run();
