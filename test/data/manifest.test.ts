import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { countImages, manifestSha256, PUBLISHED_COUNTS, readManifest } from "#pulmo/data/manifest.js";
import { CLASSES, SPLITS } from "#pulmo/data/types.js";
import { unless } from "../skip.js";
import { realData, temporaryFolder, withoutData } from "./places.js";

function put(root: string, ...files: string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), "x");
  }
}

/** Three images per class and split in root/prefix, created in random order. */
function dataset(prefix = ""): string {
  const root = temporaryFolder();
  for (const split of SPLITS)
    for (const c of CLASSES) put(root, ...["b10.jpeg", "a.PNG", "B9.JPG"].map((f) => `${prefix}${split}/${c}/${f}`));
  return root;
}

async function refused(root: string, pattern: RegExp, options?: { limit?: number }): Promise<void> {
  try {
    await readManifest(root, options);
  } catch (error) {
    assert.is((error as Error).name, "InputError");
    assert.match((error as Error).message, pattern);
    assert.match((error as Error).message, /^[^\n]*[^.\n]: [^\n]*\.$/);
    return;
  }
  assert.unreachable(`accepted, expected ${pattern}`);
}

test("files come in code-unit order, NORMAL first, with their sizes", async () => {
  const { images, notes, synthetic } = await readManifest(dataset());
  assert.equal(
    images.val.map((i) => i.file),
    [
      "val/NORMAL/B9.JPG",
      "val/NORMAL/a.PNG",
      "val/NORMAL/b10.jpeg",
      "val/PNEUMONIA/B9.JPG",
      "val/PNEUMONIA/a.PNG",
      "val/PNEUMONIA/b10.jpeg",
    ],
  );
  assert.equal(
    images.val.map((i) => i.label),
    [0, 0, 0, 1, 1, 1],
  );
  assert.ok(images.val.every((i) => i.bytes === 1 && i.mtimeMs > 0 && i.split === "val"));
  assert.equal(notes, []);
  assert.is(synthetic, false);
  assert.equal(countImages(images), { train: [3, 3], val: [3, 3], test: [3, 3] });
});

test("DICOM files are recognised by their extension", async () => {
  const root = dataset();
  put(root, "test/NORMAL/c.dcm", "test/NORMAL/d.DICOM", "test/NORMAL/DICOMDIR");
  const { images, notes } = await readManifest(root);
  assert.equal(
    images.test.slice(3, 5).map((i) => i.file),
    ["test/NORMAL/c.dcm", "test/NORMAL/d.DICOM"],
  );
  assert.equal(notes, ["1 stray file or folder was ignored: DICOMDIR."]);
});

test("the archive's own nesting is found", async () => {
  const { images } = await readManifest(dataset("chest_xray/chest_xray/train/"));
  assert.is(images.test[0].file, "chest_xray/chest_xray/train/test/NORMAL/B9.JPG");
});

test("a second copy is skipped with a note", async () => {
  const root = dataset("chest_xray/");
  for (const f of ["a.PNG", "b10.jpeg", "other.jpeg"]) put(root, `chest_xray/chest_xray/val/NORMAL/${f}`);
  const { images, notes } = await readManifest(root);
  assert.is(images.val.length, 6);
  assert.equal(notes, [
    "chest_xray/chest_xray/val/NORMAL was left out: it holds 2 of the 3 file names of chest_xray/val/NORMAL and 1 other file.",
  ]);
});

test("train/train and NORMAL/NORMAL count as train and NORMAL", async () => {
  const root = dataset();
  rmSync(join(root, "train"), { recursive: true });
  for (const c of CLASSES) put(root, `train/train/${c}/${c}/a.jpeg`);
  assert.equal(
    (await readManifest(root)).images.train.map((i) => i.file),
    ["train/train/NORMAL/NORMAL/a.jpeg", "train/train/PNEUMONIA/PNEUMONIA/a.jpeg"],
  );
});

test("stray files make one note", async () => {
  const root = dataset();
  put(
    root,
    "__MACOSX/train/NORMAL/._a.jpeg",
    "train/.DS_Store",
    "train/NORMAL/._a.jpeg",
    "train/NORMAL/Thumbs.db",
    "train/loose.jpeg",
    "README.md",
  );
  const { images, notes } = await readManifest(root);
  assert.is(images.train.length, 6);
  assert.equal(notes, ["5 stray files or folders were ignored: __MACOSX, .DS_Store, loose.jpeg and others."]);
});

test("limit takes floor(i n / N) of the sorted names in every class and split", async () => {
  const root = dataset();
  put(root, ...Array.from({ length: 10 }, (_, i) => `train/NORMAL/c${i}.png`));
  const { images } = await readManifest(root, { limit: 4 });
  // n = 13: indices 0, 3, 6, 9
  assert.equal(
    images.train.slice(0, 4).map((i) => i.file.slice(13)),
    ["B9.JPG", "c0.png", "c3.png", "c6.png"],
  );
  assert.is(images.train.length, 7);
  assert.equal(countImages(images).val, [3, 3]);
  await refused(root, /whole number/, { limit: 0 });
  await refused(root, /whole number/, { limit: 1.5 });
});

test("missing parts are reported in one sentence", async () => {
  await refused("/nonexistent/folder", /nonexistent\/folder does not exist/);
  await refused(temporaryFolder(), /holds no images laid out as/);
  const file = temporaryFolder();
  put(file, "a.txt");
  await refused(join(file, "a.txt"), /is a file, not a folder/);
  const root = dataset();
  rmSync(join(root, "val/NORMAL"), { recursive: true });
  await refused(root, /no images in val\/NORMAL/);
  rmSync(join(root, "val"), { recursive: true });
  await refused(root, /no images in val:/);
});

test("the digest tells selections apart and does not depend on place or time", async () => {
  const [a, b] = await Promise.all([readManifest(dataset()), readManifest(dataset())]);
  assert.is(manifestSha256(a.images), manifestSha256(b.images));
  assert.is.not(manifestSha256(a.images), manifestSha256((await readManifest(a.root, { limit: 2 })).images));
});

unless(withoutData("chest_xray"), test)("the real dataset has the published counts", async () => {
  const { images, notes } = await readManifest(realData("chest_xray"));
  assert.equal(countImages(images), PUBLISHED_COUNTS);
  assert.equal(notes, []);
});

test.run();
