// From command-line arguments to the files that are scored.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { findImageFiles } from "#pulmo/run/scoring/image-files.js";
import { temporaryFolder } from "../../data/places.js";
import { element } from "../../image/dicom-file.js";

const test = suite("named images");

const root = temporaryFolder();
const at = (...parts: string[]) => join(root, ...parts);
for (const folder of ["ward/deep", "ward/__MACOSX", "empty", "with [brackets]"]) mkdirSync(at(folder), { recursive: true });
for (const name of ["b.png", "a.JPEG", "notes.txt", "deep/c.dcm", ".hidden.png", "__MACOSX/d.png"])
  writeFileSync(at("ward", name), "");
writeFileSync(at("ward/IM000001"), Buffer.concat([Buffer.alloc(128), Buffer.from("DICM")]));
writeFileSync(at("ward/LICENSE"), "some text");
writeFileSync(at("with [brackets]/e.png"), "");
symlinkSync(at("ward"), at("ward/deep/loop"));

const ward = ["IM000001", "a.JPEG", "b.png", "deep/c.dcm"].map((name) => at("ward", name));
const list = (text: string | Buffer) => ({ name: "the list", bytes: Readable.from([Buffer.from(text)]) });

async function refused(named: string[], message: RegExp, text?: string | Buffer): Promise<void> {
  const error = await findImageFiles(named, text === undefined ? undefined : list(text)).then(
    () => undefined,
    (e) => e,
  );
  assert.instance(error, InputError);
  assert.match(error.message, message);
}

test("a folder: images by name or by their first bytes, in all subfolders; circular links end", async () => {
  assert.equal(await findImageFiles([at("ward")]), ward);
});

test("files of unknown names are told by their content; DICOMDIR is no image", async () => {
  mkdirSync(at("cd/sub"), { recursive: true });
  const preamble = Buffer.concat([Buffer.alloc(128), Buffer.from("DICM")]);
  for (const name of ["1.2.840.17", "sub/scan.ima", "sub/scan.DIC", "sub/wrong.tiff"]) writeFileSync(at("cd", name), preamble);
  writeFileSync(at("cd/sub/jpeg"), Buffer.from([0xff, 0xd8, 0xff, 0xe0]));
  for (const name of ["README", "autorun.inf", "a.bmp", "sub/empty"])
    writeFileSync(at("cd", name), name === "sub/empty" ? "" : "BM text");
  const directory = Buffer.concat([preamble, element("00020002", "UI", "1.2.840.10008.1.3.10")]);
  for (const name of ["DICOMDIR", "INDEX"]) writeFileSync(at("cd", name), directory);
  symlinkSync(at("nowhere"), at("cd/broken"));
  const notes: string[] = [];
  const note = (line: string) => void notes.push(line);
  const images = ["1.2.840.17", "sub/jpeg", "sub/scan.DIC", "sub/scan.ima", "sub/wrong.tiff"].map((name) => at("cd", name));
  assert.equal(await findImageFiles([at("cd")], undefined, note), images);
  assert.ok(notes.includes("Note: 4 files without the extension of an image were read as DICOM."), notes.join());
  assert.ok(notes.includes("Note: 1 file without the extension of an image was read as JPEG."));
  // Among other files, as a shell expands a pattern.
  assert.equal(await findImageFiles([at("cd/DICOMDIR"), images[0]], undefined, note), [images[0]]);
  assert.is(notes.at(-1), "Note: DICOMDIR is left out: it lists other files.");
  assert.equal(await findImageFiles([at("cd/DICOMDIR")]), [at("cd/DICOMDIR")]);
});

test("each file appears once, at its first place", async () => {
  assert.equal(await findImageFiles([at("ward/b.png"), at("ward"), at("ward/b.png")]), [
    at("ward/b.png"),
    ...ward.filter((path) => !path.endsWith("b.png")),
  ]);
});

test("a pattern is sorted; an existing path is not a pattern", async () => {
  assert.equal(await findImageFiles([`${root}/ward/{*.png,deep/*.dcm,none}`]), [at("ward/b.png"), at("ward/deep/c.dcm")]);
  assert.equal(await findImageFiles([at("with [brackets]/e.png")]), [at("with [brackets]/e.png")]);
});

test("a list with one path per line, or NUL-terminated", async () => {
  const [one, two] = ward;
  assert.equal(await findImageFiles([], list(`${one}\r\n${two}\n\n`)), [one, two]);
  assert.equal(await findImageFiles([two], list(`${one}\0with\nnewline.png\0`)), [two, one, "with\nnewline.png"]);
});

test("lists of Windows: byte order marks, UTF-16, backslashes; names in another Unicode form", async () => {
  const folder = temporaryFolder();
  const [composed, decomposed] = ["NFC", "NFD"].map((form) => "\ud658\uc790.png".normalize(form));
  mkdirSync(join(folder, "ward"));
  for (const name of ["a.png", decomposed]) writeFileSync(join(folder, "ward", name), "");
  const paths = ["a.png", decomposed].map((name) => join(folder, "ward", name));
  const text = `${folder}/ward\\a.png\r\n${folder}/ward/${composed}\r\n`;
  const utf16 = Buffer.from(`\ufeff${text}`, "utf16le");
  for (const content of [
    text,
    `\ufeff${text}`,
    utf16,
    Buffer.from(utf16).swap16(),
    utf16.subarray(2),
    text.replaceAll("\r\n", "\r"),
  ]) {
    const notes: string[] = [];
    assert.equal(await findImageFiles([], list(content), (note) => notes.push(note)), paths);
    assert.is(notes.length, 2, notes.join("\n"));
  }
  assert.equal(await findImageFiles([join(folder, "ward", composed)]), [paths[1]]);
  assert.equal(await findImageFiles([`${folder}/ward/\ud658*`]), [paths[1]]);
});

test("a list that names no file is refused", async () => {
  await refused(
    [],
    /the list names no file that exists; the first is "nowhere\.png": give one path per line/,
    "nowhere.png\nno.png\n",
  );
  await refused([], /the list holds paths of Windows, such as "C:\\\\ward\\\\a\.png": write/, "C:\\ward\\a.png\n");
  await refused([], /the list holds paths of Windows, such as/, '"C:\\ward\\a.png"\r\n');
  assert.equal(await findImageFiles([], list(`"${ward[0]}"\r\n`)), [ward[0]]);
  await refused([], /the list is no list of paths: it is a web page/, "<html></html>");
  await refused([], /the list is no list of paths: it is an image/, Buffer.from("\x89PNG\r\n\x1a\n", "latin1"));
  assert.equal(await findImageFiles([], list(`${ward[0]}\nnowhere.png\n`)), [ward[0], "nowhere.png"]);
});

test("other files of a folder are counted by extension, except those of systems", async () => {
  const folder = temporaryFolder();
  for (const name of ["a.png", "b.TIFF", "c.tiff", "d.txt", "README", "Thumbs.db", "desktop.ini", ".DS_Store", "._a.png"]) {
    writeFileSync(join(folder, name), "x");
  }
  const notes: string[] = [];
  assert.equal(await findImageFiles([folder], undefined, (note) => notes.push(note)), [join(folder, "a.png")]);
  assert.equal(notes, [
    `Note: 4 files were left out: 2 .tiff, 1 without extension, 1 .txt; the first is ${join(folder, "README")}.`,
  ]);
});

test("missing files are kept, so that reading reports them", async () => {
  assert.equal(await findImageFiles(["nowhere.png"]), ["nowhere.png"]);
});

test("nothing found is refused", async () => {
  await refused([at("empty")], /empty contains no JPEG, PNG or DICOM image: choose other files/);
  const films = temporaryFolder();
  for (const name of ["a.tif", "b.tif", "README"]) writeFileSync(join(films, name), "x");
  await refused([films], /contains no JPEG, PNG or DICOM image, but 2 \.tif, 1 without extension: choose other files/);
  await refused([`${root}/*.gif`], /No file matches .*\*\.gif: check the pattern/);
  await refused([], /the list is empty: give one path per line/, "\n");
});

test.run();
