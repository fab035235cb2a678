// More files than a call may have arguments: V8 takes about 120,000.
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readManifest } from "#pulmo/data/manifest.js";
import { findImageFiles } from "#pulmo/run/scoring/image-files.js";
import { temporaryFolder } from "../../data/places.js";

const test = suite("many files");

const COUNT = 130_000;
const root = temporaryFolder();
const folder = join(root, "test", "NORMAL");
mkdirSync(folder, { recursive: true });
// Links to nothing are made faster than files.
for (let i = 0; i < COUNT; i++) symlinkSync("nowhere", join(folder, `${i}.png`));

test("predict finds all of them", async () => {
  assert.is((await findImageFiles([root])).length, COUNT);
});

test("a dataset lists all of them", async () => {
  assert.is((await readManifest(root)).images.test.length, COUNT);
});

test.run();
