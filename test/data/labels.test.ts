// A folder of images with a CSV of labels: accepted and refused input.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseLabels, readLabelled } from "#pulmo/data/labels.js";
import { temporaryFolder } from "./places.js";

const test = suite("labels");

/** Its files are empty, because they are not opened here. */
function folderOf(...files: string[]): string {
  const root = temporaryFolder();
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), "");
  }
  return root;
}

function written(text: string | Uint8Array): string {
  const path = join(temporaryFolder(), "labels.csv");
  writeFileSync(path, text);
  return path;
}

const read = (text: string) => parseLabels(text, "labels.csv").map(({ file, label, group }) => [file, label, group]);

test("labels are names or numbers in any case; groups are free text", () => {
  assert.equal(read("file,label\na.png,NORMAL\nb.png,pneumonia\nc.png,0\nd.png, 1 \n"), [
    ["a.png", 0, undefined],
    ["b.png", 1, undefined],
    ["c.png", 0, undefined],
    ["d.png", 1, undefined],
  ]);
  assert.equal(read('file,label,group\nx/y/a.png,Normal,"St. Mary\'s, north"\nb.png,1,\nc.png,1, ward 3 '), [
    ["x/y/a.png", 0, "St. Mary's, north"],
    ["b.png", 1, undefined],
    ["c.png", 1, "ward 3"],
  ]);
});

test("a spreadsheet's byte order mark, CRLF and empty lines at the end are read", () => {
  assert.equal(read("\ufefffile,label\r\na.png,1\r\n\r\n\r\n"), [["a.png", 1, undefined]]);
});

const head = "file,label\n";
const HOSTILE: [string, string, RegExp][] = [
  ["nothing", "", /does not begin with the line "file,label" or "file,label,group"/],
  ["no header", "a.png,1\n", /does not begin/],
  ["other columns", "file,class\na.png,1\n", /does not begin/],
  ["columns in another order", "label,file\n1,a.png\n", /does not begin/],
  ["semicolons", "file;label\na.png;1\n", /does not begin/],
  ["UTF-16", Buffer.from("\ufefffile,label\n", "utf16le").toString(), /does not begin/],
  ["a header alone", head, /no records below its header/],
  ["an unknown label", `${head}a.png,1\nb.png,sick\n`, /record 2: the label "sick" is unknown: use NORMAL or 0, PNEUMONIA or 1/],
  ["no label", `${head}a.png,\n`, /the label "" is unknown/],
  ["a label from Object.prototype", `${head}a.png,__proto__\n`, /the label "__proto__" is unknown/],
  ["a number beyond", `${head}a.png,2\n`, /the label "2"/],
  ["a long label", `${head}a.png,${"1".repeat(4000)}\n`, /the label "1+" is unknown/],
  ["a file twice", `${head}a.png,1\nb.png,1\na.png,0\n`, /record 3: "a\.png" has a record already/],
  ["too few fields", `${head}a.png\n`, /record 1: expected 2 fields, found 1/],
  ["too many fields", `${head}a.png,1,x\n`, /record 1: more than 2 fields/],
  ["a group missing", "file,label,group\na.png,1\n", /expected 3 fields, found 2/],
  ["an empty line within", `${head}a.png,1\n\nb.png,1\n`, /record 2: expected 2 fields, found 1/],
  ["an unclosed quote", `${head}"a.png,1\n`, /no field of at most 4096 characters/],
  ["a long name", `${head}${"a".repeat(5000)},1\n`, /no field of at most/],
  ["an open quote before millions of letters", `${head}"${"a".repeat(3_000_000)}`, /no field of at most/],
  ["a million commas", `${head}${",".repeat(1_000_000)}`, /no field of at most|more than 2 fields/],
  ["more than a million records", `${head}${"a,1\n".repeat(1_000_001)}`, /more than 1000000 records/],
  ...["../a.png", "x/../../a.png", "/etc/passwd", "x//a.png", "./a.png", "x/.", "..", "", "x/", "x\\..\\a.png", "a\0.png"].map(
    (file): [string, string, RegExp] => [
      `the path ${JSON.stringify(file)}`,
      `${head}${file},1\n`,
      /record 1: ".*" is no path below the images' folder/,
    ],
  ),
];

for (const [what, text, why] of HOSTILE) {
  test(`${what}: refused in a short sentence`, () => {
    assert.throws(
      () => parseLabels(text, "labels.csv"),
      (e: Error) =>
        e.name === "InputError" && why.test(e.message) && e.message.length < 300 && /^labels\.csv[^\n]*\.$/.test(e.message),
    );
  });
}

test("images are found in nested folders and sorted, in any order of the CSV; all are in test", async () => {
  const root = folderOf("b.png", "x/y/a.jpeg", "c.PNG", "unlabelled.png");
  const csv = written("file,label,group\nc.PNG,1,g\nx/y/a.jpeg,0,g\nb.png,0,\n");
  const { images, synthetic, notes } = await readLabelled(root, csv);
  assert.equal(
    images.test.map(({ file, label, group, split }) => [file, label, group, split]),
    [
      ["b.png", 0, undefined, "test"],
      ["x/y/a.jpeg", 0, "g", "test"],
      ["c.PNG", 1, "g", "test"],
    ],
  );
  assert.equal([images.train, images.val, synthetic, notes], [[], [], false, []]);
});

test("the limit takes evenly spaced images of each class", async () => {
  const files = Array.from({ length: 9 }, (_, i) => `${i}.png`);
  const root = folderOf(...files);
  const { images } = await readLabelled(root, written(head + files.map((file, i) => `${file},${i < 3 ? 0 : 1}\n`).join("")), {
    limit: 2,
  });
  assert.equal(
    images.test.map(({ file }) => file),
    ["0.png", "1.png", "3.png", "6.png"],
  );
});

async function refused(folder: string, csv: string, why: RegExp): Promise<void> {
  const error = await readLabelled(folder, csv).then(
    () => undefined,
    (e: Error) => e,
  );
  assert.is(error?.name, "InputError", `expected ${why}, got ${error?.stack}`);
  assert.match(error!.message, why);
  assert.match(error!.message, /^[^\n]+: [^\n]+\.$/);
}

test("a name without a file is refused, and how many there are is said", async () => {
  const root = folderOf("a.png");
  mkdirSync(join(root, "folder.png"));
  symlinkSync("nowhere", join(root, "dead.png"));
  await refused(root, written(`${head}a.png,1\nb.png,1\n`), /labels\.csv, record 2: "b\.png" is no file in .*: correct the name/);
  await refused(
    root,
    written(`${head}folder.png,1\ndead.png,1\n${"x".repeat(300)}.png,1\n`),
    /record 2: "dead\.png" is no file in .* \(nor are 2 others\)/,
  );
});

test("a CSV or folder that cannot be read is refused", async () => {
  const root = folderOf("a.png");
  const csv = written(`${head}a.png,1\n`);
  await refused(root, join(root, "nowhere.csv"), /nowhere\.csv cannot be read \(ENOENT\): name a CSV file/);
  await refused(root, root, /cannot be read \(EISDIR\)/);
  await refused(root, written(new Uint8Array(65 * 2 ** 20)), /labels\.csv cannot be read \(the file is larger than 64 MiB\)/);
  await refused(join(root, "nowhere"), csv, /nowhere cannot be read \(ENOENT\): give the folder that holds the images/);
  await refused(join(root, "a.png"), csv, /a\.png is no folder: --labels goes with a folder of images/);
});

test.run();
