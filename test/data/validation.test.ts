// A validation set from train: whole patients, the share asked for in every class, the same for the same seed.

import { group } from "d3-array";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createRng } from "#pulmo/core/rng.js";
import { readManifest } from "#pulmo/data/manifest.js";
import { patientOf, placeOf, subtypeOf } from "#pulmo/data/names.js";
import type { ImageFile, Label, PixelRows } from "#pulmo/data/types.js";
import { chooseBlocks, chooseValidation, selectRows } from "#pulmo/data/validation.js";
import { unless } from "../skip.js";
import { realData, withoutData } from "./places.js";

const test = suite("validation set");

const image = (file: string, label: Label): ImageFile => ({ file, split: "train", label, bytes: 1 });

test("file names tell the patient", () => {
  for (const [file, patient] of [
    ["train/PNEUMONIA/person1000_bacteria_2931.jpeg", "person1000"],
    ["train/PNEUMONIA/person1000_virus_1681.jpeg", "person1000"],
    ["train/NORMAL/IM-0115-0001.jpeg", "IM-0115"],
    ["train/NORMAL/NORMAL2-IM-0115-0001-0002.jpeg", "NORMAL2-IM-0115"],
    ["train/NORMAL/synthetic-0001.jpeg", null],
    ["a.png", null],
  ] as const)
    assert.is(patientOf({ file }), patient);
});

test("file names tell the subtype", () => {
  assert.is(subtypeOf("train/PNEUMONIA/person1000_bacteria_2931.jpeg"), "bacteria");
  assert.is(subtypeOf("person1_virus_6.jpeg"), "virus");
  for (const file of ["person1_fungus_6.jpeg", "train/person1_virus_6.d/x.jpeg", "synthetic-0001.jpeg"])
    assert.is(subtypeOf(file), "unknown");
});

function assertSplit(images: ImageFile[], share: number, seed: number): ImageFile[] {
  const chosen = chooseValidation(images, share, seed);
  assert.is(chosen.length, images.length);
  const [val, train] = [true, false].map((side) => images.filter((_, i) => chosen[i] === side));
  const shared = new Set(val.map((image) => patientOf(image)));
  assert.equal(
    train.filter((image) => shared.has(patientOf(image))),
    [],
    "a patient is on both sides",
  );
  for (const label of [0, 1] as const) {
    const of = (side: ImageFile[]) => side.filter((i) => i.label === label).length;
    const largest = Math.max(...[...group(images, (image) => patientOf(image) ?? image.file).values()].map((own) => own.length));
    assert.ok(of(train) > 0);
    assert.ok(
      of(val) >= share * of(images) && of(val) < share * of(images) + largest,
      `${of(val)} of ${of(images)} of class ${label}`,
    );
  }
  return val;
}

const rng = createRng(8);
const images = [
  ...Array.from({ length: 300 }, (_, i) => image(`train/NORMAL/IM-${rng.below(120)}-${i}.jpeg`, 0)),
  ...Array.from({ length: 700 }, (_, i) => image(`train/PNEUMONIA/person${rng.below(200)}_virus_${i}.jpeg`, 1)),
];

test("no patient is on both sides, every class gives its share", () => {
  for (const share of [0.01, 0.1, 0.5]) for (const seed of [0, 1, 2]) assertSplit(images, share, seed);
});

test("the same seed chooses the same images, another seed others", () => {
  const choose = (seed: number) => chooseValidation(images, 0.1, seed).join();
  assert.is(choose(3), choose(3));
  assert.is.not(choose(3), choose(4));
});

test("every class keeps a patient to train on", () => {
  const few = [
    image("a/IM-1-1.png", 0),
    image("a/IM-1-2.png", 0),
    image("a/person1_virus_1.png", 1),
    image("a/person2_virus_1.png", 1),
  ];
  const chosen = chooseValidation(few, 0.5, 0);
  assert.equal(chosen.slice(0, 2), [false, false]);
  assert.is(chosen.filter(Boolean).length, 1);
});

test("selected rows are read from their places", async () => {
  const rows: PixelRows = { images: images.slice(0, 4), rowBytes: 1, read: async (i, into) => void (into[0] = i) };
  const selected = selectRows(rows, [false, true, false, true]);
  assert.equal(selected.images, [images[1], images[3]]);
  const byte = new Uint8Array(1);
  await selected.read(1, byte);
  assert.is(byte[0], 3);
});

unless(withoutData("chest_xray"), test)("the real training set splits", async () => {
  const { train } = (await readManifest(realData("chest_xray"))).images;
  const val = assertSplit(train, 0.1, 0);
  assert.ok(val.length > 522 && val.length < 600, `${val.length} images`);
});

test("blocks: of every series a run of neighbouring patients, whole, of about the share", () => {
  const named = (label: Label, name: (n: number) => string, count: number, each: number) =>
    Array.from({ length: count * each }, (_, i) => image(`${name(Math.floor(i / each))}${i % each}.jpeg`, label));
  const all = [
    ...named(0, (n) => `train/NORMAL/IM-${String(2 * n + 100).padStart(4, "0")}-000`, 60, 1),
    ...named(0, (n) => `train/NORMAL/NORMAL2-IM-${String(n + 383).padStart(4, "0")}-000`, 50, 2),
    ...named(1, (n) => `train/PNEUMONIA/person${n + 1}_virus_`, 80, 3),
  ];
  const places = new Set<string>();
  for (const seed of [0, 1, 2, 3, 4]) {
    const chosen = chooseBlocks(all, 0.1, seed);
    assert.equal(chosen, chooseBlocks(all, 0.1, seed));
    for (const series of ["IM-", "NORMAL2-IM-", "person"]) {
      const own = all.flatMap((one, i) =>
        placeOf(one)!.series === series ? [{ number: placeOf(one)!.number, taken: chosen[i] }] : [],
      );
      const taken = own.filter((one) => one.taken);
      const [first, last] = [taken[0].number, taken.at(-1)!.number];
      assert.equal(
        own.filter(({ number }) => number >= first && number <= last),
        taken,
        "no gap, and nobody on both sides",
      );
      assert.ok(Math.abs(taken.length / own.length - 0.1) < 3 / own.length + 1e-9, `${taken.length} of ${own.length}`);
      places.add(`${series} ${first}`);
    }
  }
  assert.ok(places.size > 8, "the place depends on the seed");
});

test("blocks: names that tell nothing go by patient; one patient alone stays", () => {
  const nameless = Array.from({ length: 40 }, (_, i) => image(`train/NORMAL/synthetic-${i}.jpeg`, (i % 2) as Label));
  assert.equal(chooseBlocks(nameless, 0.25, 3), chooseValidation(nameless, 0.25, 3));
  const alone = [image("train/PNEUMONIA/person5_virus_1.jpeg", 1), image("train/PNEUMONIA/person5_virus_2.jpeg", 1)];
  assert.equal(chooseBlocks(alone, 0.5, 0), [false, false]);
});

test.run();
