// Outputs replace only what pulmo wrote, and never an input.
import { linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { MODELS } from "#pulmo/core/models/index.js";
import { checkPage } from "#pulmo/lib/tools/report.js";
import { htmlPage } from "#pulmo/report/render/html.js";
import type { Page } from "#pulmo/report/render/page.js";
import { wordsOf } from "#pulmo/report/text/index.js";
import { checkOutputFile, checkOutputFolder, isWithin, type OutputFile } from "#pulmo/run/outputs.js";
import { CSV_BEGINNING } from "#pulmo/run/scoring/predict-output.js";
import { temporaryFolder } from "../data/places.js";

const test = suite("outputs");

async function refused(check: Promise<void>, message: RegExp): Promise<void> {
  const error = await check.then(
    () => assert.unreachable(`accepted instead of ${message}`),
    (e) => e,
  );
  assert.instance(error, InputError);
  assert.match(error.message, message);
}

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const csv = (name: string): OutputFile => ({ option: "--csv", path: at(name), replaces: CSV_BEGINNING });

test("an input is refused by any of its paths", async () => {
  // An earlier result may be replaced, but not while it is an input.
  writeFileSync(at("input"), "file,label,p_pneumonia,logit,error\n");
  linkSync(at("input"), at("hard"));
  symlinkSync("input", at("soft"));
  for (const name of ["input", "hard", "soft"]) {
    const output = { ...csv(name), path: relative(".", at(name)) };
    await refused(checkOutputFile(output, ["nowhere", at("input")]), /^--csv \S+ is an input of this command/);
    await checkOutputFile(output, ["nowhere"]);
  }
});

test("only empty files and results of the same command are replaced", async () => {
  const contents = {
    "own.csv": "file,label,p_pneumonia,logit,error\nx",
    "with-map.csv": "file,label,p_pneumonia,logit,map,PatientID,error\nx",
    "empty.csv": "",
  };
  for (const [name, text] of Object.entries(contents)) {
    writeFileSync(at(name), text);
    await checkOutputFile(csv(name));
  }
  const others = {
    "labels.csv": "file,label\na.png,0\n",
    "predictions-test.csv": "file,label,p_pneumonia,logit\n",
    "a.jpeg": "\xff\xd8",
  };
  for (const [name, text] of Object.entries(others)) {
    writeFileSync(at(name), text);
    await refused(checkOutputFile(csv(name)), /already exists and does not hold what pulmo writes there: choose another name/);
  }
  await refused(
    checkOutputFile({ option: "--out", path: at("own.csv") }),
    /own\.csv already exists: choose another name or delete it/,
  );
  await checkOutputFile({ option: "--out", path: at("empty.csv") });
});

test("folders, files in the way and names without a folder are refused, and nothing is created", async () => {
  const before = readdirSync(folder);
  await refused(checkOutputFile({ option: "--csv", path: folder }), /^--csv \S+ is not writable: it is a folder \(EISDIR\)/);
  await refused(checkOutputFile(csv("own.csv/below.csv")), /is not writable: .*ENOTDIR/);
  await refused(checkOutputFolder("--map", at("own.csv")), /^--map \S+ is a file: give a folder/);
  await checkOutputFile(csv("new/deep/file.csv"));
  await checkOutputFolder("--map", at("maps"));
  assert.equal(readdirSync(folder), before);
});

test("a comparison replaces only pages of pulmo, and the Markdown beside them", async () => {
  const place = temporaryFolder();
  const [html, markdown] = ["comparison.html", "comparison.md"].map((name) => join(place, name));
  await checkPage("--out", { html, markdown });
  writeFileSync(markdown, "# My notes\n");
  await refused(checkPage("--out", { html, markdown }), /comparison\.md already exists/);
  writeFileSync(html, '<!doctype html>\n<html lang="en">\n<head>\n<title>My page</title>');
  await refused(
    checkPage("--out", { html, markdown }),
    /comparison\.html already exists and does not hold what pulmo writes there/,
  );
  const page: Page = { title: "t", subtitle: "", banner: null, notices: [], sections: [], t: wordsOf("ko", MODELS) };
  writeFileSync(html, htmlPage(page, { svgs: new Map(), pictures: new Map() }));
  await checkPage("--out", { html, markdown });
});

test("a path is within a folder by its words", () => {
  mkdirSync(at("a"), { recursive: true });
  assert.ok(isWithin(at("a"), at("a")));
  assert.ok(isWithin(at("a"), at("a/b/../c")));
  assert.ok(isWithin(at("a"), at("a/..b")));
  assert.not(isWithin(at("a"), at("ab")));
  assert.not(isWithin(at("a"), at("a/..")));
});

test.run();
