// From what a person names to the files that are scored.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { findImageFiles } from "#pulmo/run/scoring/image-files.js";
import { temporaryFolder } from "../../data/places.js";

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
const list = (text: string) => ({ name: "the list", bytes: Readable.from([Buffer.from(text)]) });

async function refused(named: string[], message: RegExp, text?: string): Promise<void> {
  const error = await findImageFiles(named, text === undefined ? undefined : list(text)).then(
    () => undefined,
    (e) => e,
  );
  assert.instance(error, InputError);
  assert.match(error.message, message);
}

test("a folder: images by name, or by their first bytes, of all levels; links that go round end", async () => {
  assert.equal(await findImageFiles([at("ward")]), ward);
});

test("each once, where it was named first", async () => {
  assert.equal(await findImageFiles([at("ward/b.png"), at("ward"), at("ward/b.png")]), [
    at("ward/b.png"),
    ...ward.filter((path) => !path.endsWith("b.png")),
  ]);
});

test("a pattern, sorted; a path that is there is no pattern", async () => {
  assert.equal(await findImageFiles([`${root}/ward/{*.png,deep/*.dcm,none}`]), [at("ward/b.png"), at("ward/deep/c.dcm")]);
  assert.equal(await findImageFiles([at("with [brackets]/e.png")]), [at("with [brackets]/e.png")]);
});

test("a list with one path per line, or NUL-terminated", async () => {
  const [one, two] = ward;
  assert.equal(await findImageFiles([], list(`${one}\r\n${two}\n\n`)), [one, two]);
  assert.equal(await findImageFiles([two], list(`${one}\0with\nnewline.png\0`)), [two, one, "with\nnewline.png"]);
});

test("what is not there is kept, for whoever reads it to name", async () => {
  assert.equal(await findImageFiles(["nowhere.png"]), ["nowhere.png"]);
});

test("nothing found is refused", async () => {
  await refused([at("empty")], /empty contains no JPEG, PNG or DICOM image: choose another folder/);
  await refused([`${root}/*.gif`], /No file matches .*\*\.gif: check the pattern/);
  await refused([], /the list is empty: give one path per line/, "\n");
});

test.run();
