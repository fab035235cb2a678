// Sizes, copies, patients and subtypes of a synthetic dataset and of the real one.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openPixels } from "#pulmo/data/cache.js";
import { contradictions, imageFacts } from "#pulmo/data/image-facts.js";
import { readManifest } from "#pulmo/data/manifest.js";
import type { ImageFile, Label, Split } from "#pulmo/data/types.js";
import { unless } from "../skip.js";
import { realData, temporaryFolder, withoutData } from "./places.js";

const test = suite("facts of images");

const image = (file: string, label: Label, width = 10, sha256 = file): ImageFile => ({
  file,
  split: file.split("/")[0] as Split,
  label,
  bytes: 1,
  original: { width, height: 2 * width, sha256 },
});

test("sizes, copies, patients and subtypes", () => {
  const facts = imageFacts({
    train: [
      image("train/b.png", 0, 30, "same"),
      image("train/a.png", 0, 5, "same"),
      image("train/person1_virus_1.jpeg", 1),
      image("train/person1_bacteria_2.jpeg", 1),
      image("train/person2_bacteria_3.jpeg", 1),
      image("train/IM-1-1.jpeg", 0),
    ],
    val: [image("val/person3_bacteria_9.jpeg", 1, 7, "same"), image("val/NORMAL2-IM-1-1.jpeg", 0, 40)],
    test: [image("test/person1_virus_8.jpeg", 1), image("test/x.png", 1)],
  });
  assert.equal(facts.imageSizes, { width: { min: 5, median: 10, max: 40 }, height: { min: 10, median: 20, max: 80 } });
  assert.equal(facts.duplicates, [["train/a.png", "train/b.png", "val/person3_bacteria_9.jpeg"]]);
  assert.equal(facts.copies, { groups: 1, files: 3, splits: 1, classes: 1 });
  assert.equal(facts.patients, {
    counts: { train: 3, val: 2, test: 1 },
    shared: [{ splits: ["train", "test"], patients: 1, images: 3 }],
  });
  assert.equal(facts.subtypes, {
    train: { bacteria: 2, virus: 1, unknown: 0 },
    val: { bacteria: 1, virus: 0, unknown: 0 },
    test: { bacteria: 0, virus: 1, unknown: 1 },
  });
});

test("patients whom a CSV file puts into several splits are noted; patients of file names are not", () => {
  const of = (file: string, patient?: string) => ({ ...image(file, 0), ...(patient && { patient }) });
  const noted = (...images: ImageFile[]) =>
    contradictions({
      train: { images: images.filter(({ split }) => split === "train") },
      val: { images: [] },
      test: { images: images.filter(({ split }) => split === "test") },
    });
  assert.equal(noted(of("train/a", "p1"), of("train/b", "p1"), of("test/c", "p2")), []);
  assert.equal(noted(of("train/person1_virus_1.jpeg"), of("test/person1_virus_8.jpeg")), []);
  assert.equal(noted(of("train/a", "p1"), of("test/b", "p1"), of("test/c", "p2")), [
    "1 patient has images in several splits, so the results of those splits are too optimistic; the first is p1.",
  ]);
});

test("names without a patient", () => {
  const facts = imageFacts({ train: [image("train/a.png", 0)], val: [image("val/b.png", 1)], test: [image("test/c.png", 1)] });
  assert.is(facts.patients, null);
  assert.equal([facts.duplicates, facts.copies], [[], { groups: 0, files: 0, splits: 0, classes: 0 }]);
});

unless(withoutData("chest_xray"), test)("some real images: sizes and copies come from the cache as from the files", async () => {
  const manifest = await readManifest(realData("chest_xray"), { limit: 20 });
  const options = { size: 224, threads: 2, cacheDir: temporaryFolder() };
  const [first, second] = [await openPixels(manifest, options), await openPixels(manifest, options)];
  try {
    assert.equal([first.hit, second.hit], [false, true]);
    const [a, b] = [first, second].map(({ splits }) =>
      imageFacts({ train: splits.train.images, val: splits.val.images, test: splits.test.images }),
    );
    assert.equal(a, b);
    assert.ok(a.imageSizes.width.min >= 100 && a.imageSizes.width.max < 5000);
    assert.ok(a.patients!.counts.test > 20);
    assert.equal(a.subtypes.test.unknown, 0);
  } finally {
    await first.close();
    await second.close();
  }
});

test.run();
