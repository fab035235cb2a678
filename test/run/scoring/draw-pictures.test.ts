// The pictures of a model in a run's folder: files, their sizes, and missing images.
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { findModel } from "#pulmo/core/models/index.js";
import { imagesBelow } from "#pulmo/data/sources.js";
import type { PixelRows } from "#pulmo/data/types.js";
import { scoreOf } from "#pulmo/eval/log-odds.js";
import type { PredictionRow } from "#pulmo/eval/predictions.js";
import { chooseVariant } from "#pulmo/node/variant.js";
import { readPictures } from "#pulmo/report/load-pictures.js";
import { SILENT } from "#pulmo/run/caller.js";
import { writePictures } from "#pulmo/run/scoring/draw-pictures.js";
import { createNetwork } from "#pulmo/train/network.js";
import { filesBelow } from "../../commands/cli.js";
import { temporaryFolder } from "../../data/places.js";
import { hash } from "../../reference/formula.js";

const test = suite("pictures");
const SIDE = 64;

interface Drawn {
  out: string;
  warnings: string[];
}

/** Draws the pictures of an untrained logistic regression for the files in `root`. */
async function drawn(root: string, predictions: PredictionRow[], out = temporaryFolder()): Promise<Drawn> {
  const warnings: string[] = [];
  const caller = { ...SILENT, warn: (line: string) => void warnings.push(line) };
  const rows: PixelRows = {
    images: predictions.map(({ file, label }) => ({ file, label, split: "test", bytes: 0 })),
    rowBytes: SIDE * SIDE * 3,
    read: async (row, into) => into.forEach((_, i) => (into[i] = hash(row, i) >>> 24)),
  };
  const network = createNetwork(findModel("logistic")!, {
    batchSize: 0,
    explanationBatch: 8,
    imageSize: SIDE,
    threads: 1,
    variant: chooseVariant(),
    seed: 0,
    lr: 0,
  });
  try {
    await writePictures({ out, readImage: imagesBelow(root).read, network, rows, predictions, caller });
  } finally {
    await network.pool.close();
  }
  return { out, warnings };
}

/** Noise, which JPEG cannot compress. */
async function writeNoise(path: string, width: number, height: number, channels: 1 | 3): Promise<void> {
  const pixels = Uint8Array.from({ length: width * height * channels }, (_, i) => hash(5, i) >>> 24);
  await sharp(pixels, { raw: { width, height, channels } }).png({ compressionLevel: 1 }).toFile(path);
}

test("the maximum number of pictures, all noise, is below 400 KiB; names are numbers, aspect ratios are kept", async () => {
  const root = temporaryFolder();
  // Malicious, but a valid file name.
  const name = (i: number) => `..%2f$(x) "${i}"<b>\n.png`;
  const predictions = Array.from({ length: 32 }, (_, i): PredictionRow => {
    const label = i % 2 ? 1 : 0;
    const predicted = i < 28 ? 1 - label : label;
    return { file: name(i), label, ...scoreOf(predicted ? 9 : -9) };
  });
  for (const i of predictions.keys()) await writeNoise(join(root, name(i)), i % 3 ? 400 : 600, i % 3 ? 500 : 300, i % 4 ? 3 : 1);
  const { out, warnings } = await drawn(root, predictions);
  assert.equal(warnings, []);
  const files = filesBelow(out);
  assert.equal(
    [...files].sort(),
    ["logistic/pictures.json", ...Array.from({ length: 40 }, (_, i) => `logistic/pictures/${i + 1}.jpeg`)].sort(),
  );
  const bytes = files.reduce((sum, file) => sum + statSync(join(out, file)).size, 0);
  assert.ok(bytes < 400 * 1024, `${bytes} bytes`);

  const pictures = await readPictures(out, "logistic");
  assert.ok(pictures);
  assert.is(pictures.mapKind, "weights");
  assert.equal(
    pictures.errors.map((p) => p.file),
    predictions.slice(0, 24).map((p) => p.file),
  );
  assert.is(pictures.maps.length, 8);
  for (const [i, { image }] of pictures.errors.entries()) {
    const { format, width, height } = await sharp(join(out, image)).metadata();
    assert.equal([format, width, height], ["jpeg", 160, i % 3 ? 200 : 80]);
  }
  for (const { image, map } of pictures.maps) {
    const [plain, over] = await Promise.all([image, map].map((path) => sharp(join(out, path)).metadata()));
    assert.is(plain.width, 224);
    assert.equal([over.width, over.height, over.channels], [plain.width, plain.height, 3]);
  }
});

test("missing, empty and damaged images are reported and skipped", async () => {
  const root = temporaryFolder();
  const files = ["gone.png", "empty.png", "cut.png", "here.png", "folder.png"];
  await writeNoise(join(root, "here.png"), 30, 20, 1);
  writeFileSync(join(root, "empty.png"), "");
  writeFileSync(join(root, "cut.png"), readFileSync(join(root, "here.png")).subarray(0, 300));
  mkdirSync(join(root, "folder.png"));
  const { out, warnings } = await drawn(
    root,
    files.map((file): PredictionRow => ({ file, label: 1, ...scoreOf(-1) })),
  );
  const pictures = await readPictures(out, "logistic");
  assert.equal(
    [pictures?.errors, pictures?.maps].map((list) => list?.map((p) => p.file)),
    [["here.png"], ["here.png"]],
  );
  // Each of them is an error and an example.
  assert.is(warnings.length, 8);
  for (const file of files.filter((f) => f !== "here.png")) {
    assert.ok(
      warnings.some((line) => line.startsWith(`Warning: ${file} is missing from the pictures: `)),
      file,
    );
  }
  assert.equal(filesBelow(out).length, 1 + 3);
});

test("images with a height or a width of one pixel are drawn", async () => {
  const root = temporaryFolder();
  await writeNoise(join(root, "flat.png"), 9000, 1, 3);
  await writeNoise(join(root, "tall.png"), 1, 9000, 1);
  const { out, warnings } = await drawn(
    root,
    ["flat.png", "tall.png"].map((file): PredictionRow => ({ file, label: 0, ...scoreOf(-1) })),
  );
  assert.equal(warnings, []);
  const pictures = await readPictures(out, "logistic");
  assert.ok(pictures);
  assert.is(pictures.maps.length, 2);
  for (const { map } of pictures.maps) {
    const { width, height } = await sharp(join(out, map)).metadata();
    assert.ok(width <= 224 && height <= 280, `${width}x${height}`);
  }
});

test("pictures.json is written last: if a picture cannot be written, it does not exist", async () => {
  const [root, out] = [temporaryFolder(), temporaryFolder()];
  await writeNoise(join(root, "here.png"), 30, 20, 1);
  // Pictures 1 and 2 are an error and an example. The path of the example's map is a folder.
  mkdirSync(join(out, "logistic/pictures/3.jpeg/taken"), { recursive: true });
  const work = drawn(root, [{ file: "here.png", label: 1, ...scoreOf(-1) }], out);
  await work.then(
    () => assert.unreachable(),
    (error) => assert.match(error.message, /EISDIR|ENOTEMPTY|EEXIST/),
  );
  assert.equal(filesBelow(out), ["logistic/pictures/1.jpeg", "logistic/pictures/2.jpeg"]);
});

test.run();
