// A CSV as a dataset: accepted and refused content.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { areClassNames, parseClassNames } from "#pulmo/data/class-names.js";
import { readListManifest } from "#pulmo/data/list.js";
import { chooseBlocks, chooseValidation } from "#pulmo/data/validation.js";
import { temporaryFolder } from "./places.js";

const test = suite("CSV dataset");

const root = temporaryFolder();
const SPLIT_NAMES = ["train", "val", "test"];
mkdirSync(join(root, "scans"));
/** Two images of each class in each split. */
const records = SPLIT_NAMES.flatMap((split) =>
  [0, 1].flatMap((label) =>
    ["b", "a"].map((name) => {
      const file = `scans/${split}-${label}-${name}.png`;
      writeFileSync(join(root, file), file);
      return [file, String(label), split];
    }),
  ),
);

function csv(lines: string[][], header = "file,label,split"): string {
  const path = join(root, "list.csv");
  writeFileSync(path, `${[header, ...lines.map((line) => line.join())].join("\n")}\n`);
  return path;
}

const refusal = (path: string, options = {}): Promise<string> =>
  readListManifest(path, options).then(
    () => "none",
    (error) => {
      assert.instance(error, InputError);
      return error.message;
    },
  );

test("splits and labels are the CSV's, in the order of a folder's; --limit takes so many of each class", async () => {
  const { images, root: named, classes } = await readListManifest(csv(records));
  assert.is(named, join(root, "list.csv"));
  assert.equal([...classes], ["NORMAL", "PNEUMONIA"]);
  for (const split of SPLIT_NAMES as ("train" | "val" | "test")[]) {
    assert.equal(
      images[split].map(({ file, label }) => [file, label]),
      [0, 1].flatMap((label) => ["a", "b"].map((name) => [`scans/${split}-${label}-${name}.png`, label])),
    );
    assert.ok(images[split].every((image) => image.split === split && image.bytes === image.file.length));
  }
  const few = await readListManifest(csv(records), { limit: 1 });
  assert.equal(
    few.images.test.map(({ file }) => file),
    ["scans/test-0-a.png", "scans/test-1-a.png"],
  );
});

test("labels by name, in any case, also with custom names, which may be numbers", async () => {
  const words = (names: [string, string]) => records.map(([file, label, split]) => [file, names[Number(label)], split]);
  const labels = async (path: string, classes?: [string, string]) =>
    (await readListManifest(path, { classes })).images.train.map(({ label }) => label);
  assert.equal(await labels(csv(words(["normal", "Pneumonia"]))), [0, 0, 1, 1]);
  assert.equal(await labels(csv(words(["clear", "TB"])), ["clear", "tb"]), [0, 0, 1, 1]);
  assert.equal(await labels(csv(words(["1", "0"])), ["1", "0"]), [0, 0, 1, 1]);
  assert.match(await refusal(csv(words(["normal", "Pneumonia"])), { classes: ["clear", "tb"] }), /use clear or 0, tb or 1/);
});

test("a patient's images stay on one side of a validation set, for any file names", async () => {
  const lines = records.map(([file, label, split], i) => [file, label, split, `patient ${Math.floor(i / 2)}`]);
  const named = await readListManifest(csv(lines, "file,label,split,patient"));
  assert.equal(
    named.images.train.map(({ patient }) => patient),
    ["patient 0", "patient 0", "patient 1", "patient 1"],
  );
  const many = Array.from({ length: 60 }, (_, i) => ({
    ...named.images.train[0],
    file: `IM-${String(i).padStart(4, "0")}-0001.jpeg`,
    label: (i % 2) as 0 | 1,
    patient: `p${i % 10}`,
  }));
  for (const choose of [chooseValidation, chooseBlocks]) {
    const chosen = choose(many, 0.3, 1);
    assert.ok(chosen.includes(true) && chosen.includes(false));
    many.forEach((image, i) => assert.is(chosen[i], chosen[many.findIndex(({ patient }) => patient === image.patient)]));
  }
});

test("a split may be missing, and have other names where only one reading is possible", async () => {
  const without = await readListManifest(csv(records.filter(([, , split]) => split !== "val")));
  assert.equal(without.images.val, []);
  assert.is(without.notes.length, 1);
  const named = { train: "Training", val: " valid", test: "TEST" };
  const path = csv(records.map(([file, label, split]) => [file, label, named[split as "train"]]));
  const { images, notes } = await readListManifest(path);
  assert.equal(images, (await readListManifest(csv(records))).images);
  assert.equal(notes, [`${path}: the split "Training" was read as train.`, `${path}: the split "valid" was read as val.`]);
});

test("faults are refused with their record", async () => {
  const changed = (place: number, value: string) => csv(records.map((line, i) => (i === 3 ? line.with(place, value) : line)));
  assert.match(await refusal(changed(2, "dev")), /list.csv, record 4: the split "dev" is unknown: use train, val or test/);
  assert.match(await refusal(changed(1, "ill")), /record 4: the label "ill" is unknown: use NORMAL or 0, PNEUMONIA or 1/);
  assert.match(await refusal(changed(0, "scans/none.png")), /record 4: "scans\/none.png" is no file in/);
  assert.match(await refusal(changed(0, "../x.png")), /record 4: "..\/x.png" is no path below the images' folder/);
  const again = [records[0][0], records[0][1], "test"];
  assert.match(
    await refusal(csv([...records, again])),
    /record 13: "scans\/train-0-b.png" has another label, split, patient, hospital, device or group in record 1/,
  );
  assert.match(await refusal(csv([])), /has no records below its header/);
  assert.match(
    await refusal(csv(records, "file,label,age")),
    /begins with "file,label,age", which lacks "split": its first line must name the columns file,label,split\[,patient\]/,
  );
  assert.match(await refusal(join(root, "nowhere.csv")), /nowhere.csv cannot be read \(ENOENT\)/);
});

test("classes' names", () => {
  assert.equal(parseClassNames(" clear , tuberculosis"), ["clear", "tuberculosis"]);
  assert.equal(parseClassNames("0,1"), ["0", "1"]);
  assert.ok(areClassNames(["정상", "폐렴"]));
  for (const wrong of ["", "a", "a,b,c", "a,A", "a,", "a/b,c", "..,c", "a,\u001b[31m", `a,${"b".repeat(41)}`, "a\nb,c"]) {
    assert.is(parseClassNames(wrong), null, JSON.stringify(wrong));
  }
});

test.run();
