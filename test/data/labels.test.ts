// A folder of images with a CSV of labels: accepted and refused input.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseLabels, readLabelled, withoutRepeats } from "#pulmo/data/labels.js";
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

const read = async (text: string) =>
  (await parseLabels(text, "labels.csv")).records.map(({ file, label, group }) => [file, label, group]);

test("labels are names or numbers in any case; groups are free text", async () => {
  assert.equal(await read("file,label\na.png,NORMAL\nb.png,pneumonia\nc.png,0\nd.png, 1 \n"), [
    ["a.png", 0, undefined],
    ["b.png", 1, undefined],
    ["c.png", 0, undefined],
    ["d.png", 1, undefined],
  ]);
  assert.equal(await read('file,label,group\nx/y/a.png,Normal,"St. Mary\'s, north"\nb.png,1,\nc.png,1, ward 3 '), [
    ["x/y/a.png", 0, "St. Mary's, north"],
    ["b.png", 1, undefined],
    ["c.png", 1, "ward 3"],
  ]);
});

test("patient, hospital and device have the usual names of such columns", async () => {
  const about = async (text: string) =>
    (await parseLabels(text, "labels.csv")).records.map(({ patient, hospital, device, group }) => [
      patient,
      hospital,
      device,
      group,
    ]);
  assert.equal(await about("file,label,group,device,hospital,patient\na.png,1,g,d,h,p\n"), [["p", "h", "d", "g"]]);
  assert.equal(await about("file,label,Patient ID,Site,Manufacturer\na.png,1,007, north ,\n"), [
    ["007", "north", undefined, undefined],
  ]);
});

test("CRLF and empty lines at the end are read", async () => {
  assert.equal(await read("file,label\r\na.png,1\r\n\r\n\r\n"), [["a.png", 1, undefined]]);
});

async function rejects(work: Promise<unknown>, why: RegExp): Promise<void> {
  const error = await work.then(
    () => assert.unreachable(),
    (refusal) => refusal,
  );
  assert.match(error.message, why);
}

const head = "file,label\n";
const HOSTILE: [string, string, RegExp][] = [
  [
    "nothing",
    "",
    /labels\.csv is empty: its first line must name the columns file,label\[,patient\]\[,hospital\]\[,device\]\[,group\]/,
  ],
  ["no header", "a.png,1\n", /begins with "a\.png,1": its first line/],
  ["a column missing", "file,size\na.png,1\n", /begins with "file,size", which lacks "label": its first line/],
  ["two columns for one", "path,image,label\na,b,1\n", /has the columns "path" and "image": name the one to use "file"/],
  ["the same column twice", "file,label,Label\na,1,0\n", /has the columns "label" and "Label": name the one to use "label"/],
  ["a long header", `${"x".repeat(3000)}\n`, /begins with "x{80}": its/],
  ["an endless header", "x".repeat(3_000_000), /begins with "x{80}": its/],
  ["UTF-16 read as UTF-8", Buffer.from("\ufefffile,label\n", "utf16le").toString(), /its first line must name/],
  ["a header alone", head, /no records below its header/],
  [
    "an unknown label",
    `${head}a.png,1\nb.png,sick\n`,
    /record 2: the label "sick" is unknown: use NORMAL or 0, PNEUMONIA or 1, or name the classes with --classes/,
  ],
  [
    "labels of uncertain records",
    `${head}a.png,1\nb.png,-1.0\nc.png,\nd.png,NaN\n`,
    /record 2: the label "-1\.0" is neither class, as 2 other records: remove such records to leave their images out/,
  ],
  ["no label", `${head}a.png,\n`, /record 1: the label "" is neither class: remove such records/],
  ["a label from Object.prototype", `${head}a.png,__proto__\n`, /the label "__proto__" is unknown/],
  ["a number beyond", `${head}a.png,2\n`, /the label "2"/],
  ["a share", `${head}a.png,0.5\n`, /the label "0\.5" is unknown/],
  [
    "scores of predict",
    "file,label,p_pneumonia,logit,error\na.png,NORMAL,0.1,-2.2,\n",
    /is an output of predict, so its labels are/,
  ],
  ["a long label", `${head}a.png,${"1".repeat(4000)}\n`, /the label "1+" is unknown/],
  ["too few fields", `${head}a.png\n`, /record 1: expected 2 fields, found 1/],
  ["too many fields", `${head}a.png,1,x\n`, /record 1: more than 2 fields/],
  ["a label missing before a group", "group,label,file\ng,1\n", /record 1: expected 3 fields, found 2/],
  ["an unclosed quote", `${head}"a.png,1\n`, /no field of at most 4096 characters/],
  ["a long name", `${head}${"a".repeat(5000)},1\n`, /a field has more than 4096 characters/],
  ["an open quote before millions of letters", `${head}"${"a".repeat(3_000_000)}`, /no field of at most/],
  ["a million commas", `${head}a${",".repeat(1_000_000)}`, /no field of at most|more than 2 fields|the label "" is neither/],
  ["more than a million records", `${head}${"a,1\n".repeat(1_000_001)}`, /more than 1000000 records/],
  ["no file name", `${head} ,1\n`, /record 1: " " is no file name/],
  ["a NUL", `${head}a\0.png,1\n`, /is no file name/],
];

for (const [what, text, why] of HOSTILE) {
  test(`${what}: refused in a short sentence`, async () => {
    const error: Error = await parseLabels(text, "labels.csv").then(
      () => assert.unreachable(),
      (refusal) => refusal,
    );
    assert.is(error.name, "InputError");
    assert.match(error.message, why);
    assert.ok(error.message.length < 300 && /^labels\.csv[^\n]*\.$/.test(error.message), error.message);
  });
}

test("Excel's and pandas' forms: separators, order and case of columns, numbers, empty rows and fields", async () => {
  const expected = [
    ["a.png", 1, undefined],
    ["b, c.png", 0, undefined],
  ];
  const forms = [
    'file,label\na.png,1.0\n"b, c.png",0.0\n',
    "file;label\r\na.png;1\r\nb, c.png;0\r\n",
    "file\tlabel\ra.png\t1\rb, c.png\t0\r",
    "sep=;\r\nfile;label\r\na.png;1,0\r\nb, c.png;0,0\r\n",
    ' Label ,FILE\nTRUE,a.png\nfalse,"b, c.png"\n',
    '"","File","label"\n"0","a.png","yes"\n"1","b, c.png","no"\n',
    '\n\nfile,label,,\na.png,PNEUMONIA ,,\n,,,\n"b, c.png", normal,,\n,,,\n,,,\n',
    'file,label,group,note\na.png,1,,\n"b, c.png",0\n',
    'filename,size,age,class\na.png,12,7,1\n"b, c.png",13,8,0\n',
    'Image Index,Pneumonia\na.png,1\n"b, c.png",-0.0\n',
  ];
  for (const form of forms) assert.equal(await read(form), expected, JSON.stringify(form));
});

test("what was assumed or not used is said", async () => {
  assert.equal((await parseLabels("Path,age,sex,Class\na.png,7,f,1\n", "x.csv")).notes, [
    'x.csv: the column "Path" was read as "file".',
    'x.csv: the column "Class" was read as "label".',
    "x.csv: columns that are not used: age, sex.",
  ]);
  assert.equal((await parseLabels("FILE,Label\na.png,1\n", "x.csv")).notes, []);
});

test("words for truth are not read if a class is called by one", async () => {
  const labels = (text: string, classes: [string, string]) =>
    parseLabels(head + text, "x.csv", classes).then(({ records }) => records.map((r) => r.label));
  assert.equal(await labels("a,no\nb,yes\nc,0\nd,1.0\n", ["no", "yes"]), [0, 1, 0, 1]);
  assert.equal(await labels("a,no\nb,yes\n", ["yes", "no"]), [1, 0]);
  await rejects(labels("a,true\n", ["yes", "no"]), /the label "true" is unknown/);
  assert.equal(await labels("a,\u1112\u1161\n", ["\ub098", "\ud558"]), [1]);
});

test("a repeated record is used once; records of one file that differ are refused", async () => {
  const repeats = async (text: string) => withoutRepeats("x.csv", (await parseLabels(head + text, "x.csv")).records);
  const kept = await repeats("a.png,1\nb.png,0\na.png,1.0\n");
  assert.equal(
    kept.map(({ file }) => file),
    ["a.png", "b.png"],
  );
  await rejects(repeats("a.png,1\nb.png,1\na.png,0\n"), /x\.csv, record 3: "a\.png" has another label, .* in record 1: correct/);
});

/** Hangul composed (NFC) and decomposed (NFD), as keyboards and macOS write it. */
const [NFC, NFD] = ["\ud658\uc790", "\ud658\uc790".normalize("NFD")];

test("names on disk are found in other spellings, with a note", async () => {
  const root = folderOf("ward/a.png", `${NFD}.png`, "Big.PNG", `${NFC}/x.png`);
  const csv = written(`${head}ward\\a.png,1\n${NFC}.png,0\nbig.png,0\n${NFD}/x.png,1\n`);
  const { images, notes } = await readLabelled(root, csv);
  assert.equal(
    images.test.map(({ file }) => file),
    ["Big.PNG", `${NFD}.png`, "ward/a.png", `${NFC}/x.png`],
  );
  assert.equal(
    notes.map((note) => note.slice(csv.length)),
    [
      `: 1 name with backslashes was read with "/"; the first is "ward\\\\a.png".`,
      `: 2 names differ from the name on disk in Unicode form (NFC or NFD); the first is "${NFC}.png".`,
      `: 1 name differs from the name on disk in upper and lower case or spaces; the first is "big.png".`,
    ],
  );
});

test("an exact name counts first; of several similar names none does", async () => {
  const root = folderOf("a.png", "A.png", "b.png", "x\\y.png");
  const { images } = await readLabelled(root, written(`${head}A.png,1\nx\\y.png,0\n`));
  assert.equal(
    images.test.map(({ file }) => file),
    ["x\\y.png", "A.png"],
  );
  await refused(root, written(`${head}A.PNG,1\n`), /"A\.PNG" is no file in/);
});

test("two spellings of one file are one record, and contradict each other if their labels differ", async () => {
  const root = folderOf(`${NFD}.png`, "b.png");
  const twice = (label: number) => written(`${head}${NFC}.png,1\n${NFD}.png,${label}\nb.png,0\n`);
  assert.is((await readLabelled(root, twice(1))).images.test.length, 2);
  await refused(root, twice(0), /record 2: ".*" has another label/);
});

test("paths out of the folder are refused; those below it may be absolute or begin with ./", async () => {
  const root = folderOf("x/a.png");
  const parts = ["../a.png", "x/../../a.png", "/etc/passwd", "x//a.png", "x/.", "..", "x/", "x\\..\\a.png"];
  for (const path of parts)
    await refused(root, written(`${head}${path},1\n`), /record 1: ".*" is no path below the images' folder/);
  for (const path of ["C:\\ward\\a.png", "c:/ward/a.png", "\\\\server\\a.png"]) {
    await refused(root, written(`${head}${path},1\n`), /record 1: ".*" is an absolute path of Windows: write paths below/);
  }
  for (const path of [join(root, "x/a.png"), "./x/a.png", ".\\x\\a.png"]) {
    assert.is((await readLabelled(root, written(`${head}${path},1\n`))).images.test[0].file, "x/a.png");
  }
});

test("every encoding of a spreadsheet gives the same names", async () => {
  const root = folderOf(`${NFC}.png`, "plain.png", "M\u00fcller.png");
  const korean = `file,label\r\n${NFC}.png,1\r\nplain.png,0\r\n`;
  const utf16 = Buffer.from(korean, "utf16le");
  // iconv -t CP949
  const cp949 = Buffer.concat([
    Buffer.from("file,label\r\n"),
    Buffer.from([0xc8, 0xaf, 0xc0, 0xda]),
    Buffer.from(".png,1\nplain.png,0\n"),
  ]);
  const forms = [
    korean,
    `\ufeff${korean}`,
    Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]),
    Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()]),
    utf16,
    Buffer.from(utf16).swap16(),
    cp949,
  ];
  for (const form of forms) {
    const { images } = await readLabelled(root, written(form));
    assert.equal(
      images.test.map(({ file, label }) => [file, label]),
      [
        ["plain.png", 0],
        [`${NFC}.png`, 1],
      ],
    );
  }
  const latin = written(Buffer.from("file,label\nM\u00fcller.png,1\n", "latin1"));
  const read = await readLabelled(root, latin);
  assert.is(read.images.test[0].file, "M\u00fcller.png");
  assert.equal(read.notes, [
    `${latin} is not UTF-8: it was read as Windows-1252 (Latin-1).`,
    `2 images have no record in ${latin} and are not used; the first is "plain.png".`,
  ]);
});

test("other files in place of the CSV are named", async () => {
  const root = folderOf("a.png");
  await refused(
    root,
    written("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    /is no CSV file: it is a Git LFS pointer/,
  );
  await refused(root, written("<!DOCTYPE html>\n<html></html>"), /it is a web page/);
  await refused(root, written("PK\x03\x04"), /it is a zip archive or an \.xlsx workbook \(save it as CSV\)/);
});

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
  assert.equal([images.train, images.val, synthetic], [[], [], false]);
  assert.equal(notes, [`1 image has no record in ${csv} and is not used; the first is "unlabelled.png".`]);
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

async function refused(folder: string, csv: string, why: RegExp, options = {}): Promise<void> {
  const error = await readLabelled(folder, csv, options).then(
    () => undefined,
    (e: Error) => e,
  );
  assert.is(error?.name, "InputError", `expected ${why}, got ${error?.stack}`);
  assert.match(error!.message, why);
  assert.match(error!.message, /^[^\n]+: [^\n]+\.$/);
}

test("a name without a file is left out, and refused if none has one or with strict; how many there are is said", async () => {
  const root = folderOf("a.png");
  mkdirSync(join(root, "folder.png"));
  symlinkSync("nowhere", join(root, "dead.png"));
  const strict = { strict: true };
  const some = written(`${head}a.png,1\nb.png,1\n`);
  await refused(root, some, /labels\.csv, record 2: "b\.png" is no file in .*: correct the name/, strict);
  const { images, withoutImage, unlabelled } = await readLabelled(root, some);
  assert.equal(
    images.test.map(({ file }) => file),
    ["a.png"],
  );
  assert.equal([withoutImage, unlabelled], [["b.png"], ["dead.png"]]);
  await refused(
    root,
    written(`${head}folder.png,1\ndead.png,1\n${"x".repeat(300)}.png,1\n`),
    /record 1: "folder\.png" is no file in .* \(nor are 2 others, of 3\)/,
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
