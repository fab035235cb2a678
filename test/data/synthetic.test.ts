import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { countImages, readManifest } from "#pulmo/data/manifest.js";
import { makeSyntheticDataset } from "#pulmo/data/synthetic.js";
import { type Label, SPLITS } from "#pulmo/data/types.js";
import { decodeImage } from "#pulmo/node/decode.js";
import { temporaryFolder } from "./places.js";

async function make(seed: number, perClass = { train: 3, val: 1, test: 2 }) {
  const root = temporaryFolder();
  await makeSyntheticDataset(root, { perClass, seed, size: 64 });
  const { images, synthetic, notes } = await readManifest(root);
  const all = SPLITS.flatMap((split) => images[split]);
  const pixels = await Promise.all(all.map(async ({ file }) => (await decodeImage(join(root, file))).data));
  return { root, images, all, synthetic, notes, pixels };
}

const digests = (pixels: Uint8Array[]) => pixels.map((p) => createHash("sha256").update(p).digest("hex"));

test("the set has the asked counts and says that it is synthetic", async () => {
  const { root, images, synthetic, notes } = await make(0);
  assert.equal(countImages(images), { train: [3, 3], val: [1, 1], test: [2, 2] });
  assert.is(synthetic, true);
  assert.equal(notes, []);
  assert.ok(existsSync(join(root, "SYNTHETIC.txt")));
});

test("the seed decides every pixel, and no two images are alike", async () => {
  const [a, b, c] = await Promise.all([make(5), make(5), make(6)]);
  assert.equal(digests(a.pixels), digests(b.pixels));
  assert.is(new Set([...digests(a.pixels), ...digests(c.pixels)]).size, 24);
});

test("the classes differ, but not enough for one number to tell them apart", async () => {
  const { all, pixels } = await make(0, { train: 80, val: 1, test: 1 });
  const brightness = (label: Label) =>
    pixels.filter((_, i) => all[i].label === label).map((p) => p.reduce((a, b) => a + b, 0) / p.length);
  const [normal, pneumonia] = [brightness(0), brightness(1)];
  const wins = normal.flatMap((n) => pneumonia.map((p): number => (p > n ? 1 : 0)));
  const auc = wins.reduce((a, b) => a + b, 0) / wins.length;
  assert.ok(auc > 0.55 && auc < 0.85, `AUC of the mean brightness: ${auc}`);
});

test.run();
