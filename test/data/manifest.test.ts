import { mkdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readContent } from "#pulmo/data/content.js";
import { countImages, manifestSha256, PUBLISHED_COUNTS, readManifest } from "#pulmo/data/manifest.js";
import { lackingFor, type Needs, otherClasses, requireImages, trainingNeeds } from "#pulmo/data/needs.js";
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

test("files of unknown names are told by their content, and counted", async () => {
  const root = dataset();
  const preamble = Buffer.concat([Buffer.alloc(128), Buffer.from("DICM")]);
  for (const name of ["1.2.840.17", "IM000001", "scan.ima"]) writeFileSync(join(root, "test/NORMAL", name), preamble);
  writeFileSync(join(root, "test/NORMAL/jpeg"), Buffer.from([0xff, 0xd8, 0xff, 0xe0]));
  put(root, "test/NORMAL/README", "test/NORMAL/scan.tiff");
  const { images, notes } = await readManifest(root);
  const names = images.test.flatMap(({ file, label }) => (label === 0 ? [file.slice("test/NORMAL/".length)] : []));
  assert.equal(names, ["1.2.840.17", "B9.JPG", "IM000001", "a.PNG", "b10.jpeg", "jpeg", "scan.ima"]);
  assert.equal(notes.slice(0, 2), [
    "3 files without the extension of an image were read as DICOM.",
    "1 file without the extension of an image was read as JPEG.",
  ]);
  assert.match(notes[2], /^2 files were left out: 1 without extension, 1 \.tiff;/);
});

test("images in subfolders of a class folder belong to the class, unless a subfolder is called as another class or split", async () => {
  const root = dataset();
  put(root, "test/NORMAL/p1/a.png", "test/NORMAL/p1/day 2/b.jpeg", "test/NORMAL/PNEUMONIA/c.png", "test/NORMAL/train/d.png");
  for (const split of SPLITS) rmSync(join(root, split, "PNEUMONIA"), { recursive: true });
  put(root, "test/PNEUMONIA/p2/e.png");
  const { images, notes } = await readManifest(root);
  assert.equal(
    images.test.map(({ file, label }) => [file.slice("test/".length), label]),
    [
      ...["B9.JPG", "a.PNG", "b10.jpeg", "p1/a.png", "p1/day 2/b.jpeg"].map((name) => [`NORMAL/${name}`, 0]),
      ["PNEUMONIA/p2/e.png", 1],
    ],
  );
  assert.is(notes[0], "3 images in subfolders of class folders belong to these classes.");
  assert.match(notes[1], /^2 files were left out: .*; the first is test\/NORMAL\/(PNEUMONIA|train)\//);
});

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
  assert.ok(images.val.every((i) => i.bytes === 1 && i.split === "val"));
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
  assert.equal(notes, ["1 file was left out: 1 without extension; the first is test/NORMAL/DICOMDIR."]);
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

test("stray files make one note; those of systems make none", async () => {
  const root = dataset();
  put(
    root,
    "__MACOSX/train/NORMAL/._a.jpeg",
    "train/.DS_Store",
    "train/NORMAL/._a.jpeg",
    "train/NORMAL/Thumbs.db",
    "train/NORMAL/notes.txt",
    "train/NORMAL/b.tiff",
    "train/NORMAL/c.TIFF",
    "train/desktop.ini",
    "train/loose.jpeg",
    "README.md",
  );
  const { images, notes } = await readManifest(root);
  assert.is(images.train.length, 6);
  assert.equal(notes, ["4 files were left out: 2 .tiff, 1 outside the class folders, 1 .txt; the first is train/loose.jpeg."]);
});

test("a split or class may have no images", async () => {
  const root = dataset();
  rmSync(join(root, "val/NORMAL"), { recursive: true });
  rmSync(join(root, "test"), { recursive: true });
  const { images } = await readManifest(root);
  assert.equal(countImages(images), { train: [3, 3], val: [0, 3], test: [0, 0] });
});

/** Hangul composed (NFC) and decomposed (NFD), as keyboards and macOS write it. */
const [NFC, NFD] = ["\uc815\uc0c1", "\uc815\uc0c1".normalize("NFD")];

test("names in another Unicode form, case or with spaces are those of the splits and classes", async () => {
  const root = temporaryFolder();
  put(root, `Train/${NFD}/a.png`, "Train/ill /b.png", `validation/${NFC}/c.png`, "validation/ILL/d.png", `test/${NFD}/e.png`);
  const { images, notes } = await readManifest(root, { classes: [NFC, "ill"] });
  assert.equal(
    SPLITS.flatMap((split) => images[split].map(({ file, label }) => [file, split, label])),
    [
      [`Train/${NFD}/a.png`, "train", 0],
      ["Train/ill /b.png", "train", 1],
      [`validation/${NFC}/c.png`, "val", 0],
      ["validation/ILL/d.png", "val", 1],
      [`test/${NFD}/e.png`, "test", 0],
    ],
  );
  assert.equal(notes, [
    'The folder name "Train" was read as train.',
    'The folder name "ill " was read as ill.',
    'The folder name "validation" was read as val.',
    'The folder name "ILL" was read as ill.',
  ]);
});

test("the digest and the order do not depend on the Unicode form of names", async () => {
  const [composed, decomposed] = await Promise.all(
    ["NFC", "NFD"].map(async (form) => {
      const root = temporaryFolder();
      // Decomposed, the first name begins with "e" and comes before "f".
      put(root, ...["\u00e9.png", "f.png", "\ud658.png"].map((name) => `test/NORMAL/${name}`.normalize(form)));
      const manifest = await readManifest(root);
      await readContent(manifest);
      return manifest.images;
    }),
  );
  assert.equal(
    decomposed.test.map(({ file }) => file.normalize()),
    composed.test.map(({ file }) => file),
  );
  assert.is(manifestSha256(decomposed), manifestSha256(composed));
});

test("both forms of a class's name beside each other are one class", async () => {
  const root = temporaryFolder();
  put(root, `test/${NFD}/a.png`, `test/${NFC}/b.png`);
  const { images } = await readManifest(root, { classes: [NFC, "ill"] });
  assert.equal(images.test.map(({ file }) => file).sort(), [`test/${NFD}/a.png`, `test/${NFC}/b.png`].sort());
});

test("val comes before validation; of valid and validation none does", async () => {
  const root = dataset();
  put(root, "validation/NORMAL/a.png");
  const { images, notes } = await readManifest(root);
  assert.is(images.val.length, 6);
  assert.equal(notes, ["validation was left out, because there is val."]);
  rmSync(join(root, "val"), { recursive: true });
  put(root, "valid/NORMAL/a.png");
  await refused(root, /has the folders (valid and validation|validation and valid): call the one to use val\.$/);
});

test("links in circles and to nothing, and a folder called as an image", async () => {
  const root = dataset();
  symlinkSync("..", join(root, "train/again"));
  symlinkSync("nowhere", join(root, "train/NORMAL/dead.png"));
  mkdirSync(join(root, "train/NORMAL/folder.png"));
  const { images, notes } = await readManifest(root);
  assert.equal(notes, ["1 file was left out: 1 called as an image but a folder; the first is train/NORMAL/folder.png/."]);
  const dead = images.train.find(({ file }) => file === "train/NORMAL/dead.png");
  assert.equal([images.train.length, dead?.bytes], [7, 0]);
});

test("requireImages names what is missing and the way out", async () => {
  const root = dataset();
  rmSync(join(root, "val"), { recursive: true });
  rmSync(join(root, "test/NORMAL"), { recursive: true });
  const { images, classes } = await readManifest(root);
  put(root, "test/Healthy/a.png", "test/Healthy/b.png", "test/Viral/a.png");
  const { others = [] } = await readManifest(root);
  const asked = (needs: Needs, instead: typeof others = []) => {
    try {
      requireImages({ root: "X", images, classes, others: instead }, needs);
    } catch (error) {
      assert.is((error as Error).name, "InputError");
      return (error as Error).message;
    }
    return "";
  };
  assert.is(asked({ train: "classes", test: "image" }), "");
  assert.is(
    asked({ test: "classes" }),
    "X has no NORMAL images in test (found: 6 in train, 3 in test): add some, or use train, which does not evaluate.",
  );
  assert.is(
    asked({ test: "classes" }, others),
    "X has no NORMAL images in test (found: 6 in train, 3 in test), but test/Healthy (2 images), test/Viral (1): name the two classes, positive class second: --classes Healthy,PNEUMONIA; pulmo compares two, and images of other classes are left out.",
  );
  assert.equal(otherClasses({ root, images, classes, others }), [
    "test has no NORMAL images, but test/Healthy (2 images), test/Viral (1): name the two classes, positive class second: --classes Healthy,PNEUMONIA; pulmo compares two, and images of other classes are left out.",
  ]);
  assert.equal(otherClasses({ root, images, classes }), []);
  assert.is(
    asked({ val: "image" }),
    "X has no images in val (found: 6 in train, 3 in test): add some, or use --split train or --split test.",
  );
  assert.is(
    asked(trainingNeeds({ tested: false, ownVal: true })),
    "X has no images in val (found: 6 in train, 3 in test): add some, or take a tenth of train with --val-split 0.1.",
  );
  const counts = { train: { NORMAL: 3, PNEUMONIA: 3 }, val: { NORMAL: 0, PNEUMONIA: 0 }, test: { NORMAL: 0, PNEUMONIA: 3 } };
  assert.equal(lackingFor(counts, classes), [
    "val has no images: run and train need --val-split 0.1, --fold or --recipe strong, which take it from train.",
    "test has no NORMAL images: run needs both classes there; evaluate computes no AUC.",
  ]);
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

test("a folder at the wrong level, or with other classes, is told what to type", async () => {
  const root = dataset("chest/");
  const chest = join(root, "chest");
  await refused(join(chest, "train"), new RegExp(`but NORMAL \\(3 images\\), PNEUMONIA \\(3\\): .* --data ${chest}\\.$`));
  await refused(join(chest, "test/NORMAL"), new RegExp(`but the folder itself \\(3 images\\): .* --data ${chest}\\.$`));
  const flat = temporaryFolder();
  put(flat, "NORMAL/a.png", "PNEUMONIA/b.png");
  await refused(flat, /: move the images into the folders train and test, as train\/NORMAL and test\/NORMAL; or write a CSV/);
  const named = temporaryFolder();
  put(named, "Covid 19/a.png", "No Finding/b.png");
  await refused(named, /as train\/Covid 19 and test\/Covid 19, then name .*: --classes "No Finding,Covid 19"; or write a CSV/);
  const loose = temporaryFolder();
  put(loose, "a.png", "b.png");
  await refused(loose, /but the folder itself \(2 images\): .* a CSV of file,label,split: --data list\.csv\.$/);
  const splits = temporaryFolder();
  put(splits, "train/a.png", "test/b.png");
  await refused(splits, /but test \(1 image\), train \(1\): each split needs a folder per class, such as train\/NORMAL/);
  const single = temporaryFolder();
  put(single, "train/covid/a.png");
  await refused(single, /but train\/covid \(1 image\): a dataset has two classes, each with a folder in every split/);
});

test("missing parts are reported in one sentence", async () => {
  await refused("/nonexistent/folder", /nonexistent\/folder does not exist/);
  await refused(temporaryFolder(), /holds no images laid out as/);
  const films = temporaryFolder();
  put(films, "train/NORMAL/a.tif", "train/NORMAL/b.tif");
  await refused(films, /laid out as .*, but 2 \.tif: point to the folder/);
  const other = temporaryFolder();
  put(other, "train/healthy/a.png", "train/sick/b.png");
  await refused(
    other,
    /laid out as .*, but train\/healthy \(1 image\), train\/sick \(1\): name the two classes, .*: --classes healthy,sick\.$/,
  );
  const file = temporaryFolder();
  put(file, "a.txt");
  await refused(join(file, "a.txt"), /is a file, not a folder/);
});

test("the digest tells selections and content apart and does not depend on place or time", async () => {
  const digest = async (root: string, limit?: number) => {
    const manifest = await readManifest(root, { limit });
    await readContent(manifest);
    return manifestSha256(manifest.images);
  };
  const [a, b] = [dataset(), dataset()];
  const first = await digest(a);
  assert.is(await digest(b), first);
  assert.is.not(await digest(a, 2), first);
  const { images } = await readManifest(b);
  const path = join(b, images.test[0].file);
  const { size, atime, mtime } = statSync(path);
  writeFileSync(path, "y".repeat(size));
  utimesSync(path, atime, mtime);
  assert.is.not(await digest(b), first);
});

unless(withoutData("chest_xray"), test)("the real dataset has the published counts", async () => {
  const { images, notes } = await readManifest(realData("chest_xray"));
  assert.equal(countImages(images), PUBLISHED_COUNTS);
  assert.equal(notes, []);
});

test.run();
