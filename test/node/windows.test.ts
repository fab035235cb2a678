// Windows' rules of names and of renaming, on any system. test/platforms/windows runs them under wine.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { rename, stat } from "node:fs/promises";
import { basename, dirname, join, win32 } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { programName } from "#pulmo/commands/program.js";
import { createFinder } from "#pulmo/data/find-file.js";
import { renameFile, renameFolder } from "#pulmo/node/rename.js";
import { windowsFault, windowsName } from "#pulmo/node/windows-names.js";
import { isWithin } from "#pulmo/run/outputs.js";
import { mapNames } from "#pulmo/run/scoring/predict-maps.js";
import { typedWord } from "#pulmo/settings/shell.js";
import { temporaryFolder } from "../data/places.js";

const test = suite("Windows");

test("names that Windows has no file of are refused, with the reason", () => {
  const faults: [string, RegExp][] = [
    ["C:\\x\\CON", /"CON", which names a device/],
    ["out\\aux.csv", /"aux.csv", which names a device/],
    ["com1/x.csv", /"com1", which names a device/],
    ["LPT¹.txt", /names a device/],
    ["C:\\x\\a:b.csv", /"a:b.csv", which has the character ":"/],
    ["what?.csv", /the character "\?"/],
    ["maps.", /ends with a dot/],
    ["runs\\first \\x", /"first ", which ends with a space/],
  ];
  for (const [path, why] of faults) {
    assert.match(windowsFault(path, true) ?? "", why, path);
    assert.is(windowsFault(path, false), undefined);
  }
  const allowed = [
    "C:\\data\\x.csv",
    "..\\.\\a",
    "\\\\server\\share\\x.csv",
    "\\\\?\\C:\\CON",
    "console.txt",
    "com10",
    "com",
    ".pulmo",
  ];
  for (const path of allowed) assert.is(windowsFault(path, true), undefined, path);
});

test("a name becomes one that Windows has", () => {
  const names = ["a:b.png", "CON", "aux.png", "x.", "x ", "normal.png"].map(windowsName);
  assert.equal(names, ["a_b.png", "_CON", "_aux.png", "x_", "x_", "normal.png"]);
  for (const name of names) assert.is(windowsFault(name, true), undefined, name);
});

test("maps of images on several drives, and of names in archives, have paths of Windows", () => {
  assert.equal(mapNames(["C:\\a\\one.png", "C:\\b\\two.png"], win32), ["a\\one-map.jpg", "b\\two-map.jpg"]);
  assert.equal(mapNames(["C:\\a\\one.png", "D:\\one.png"], win32), ["C_\\a\\one-map.jpg", "D_\\one-map.jpg"]);
  assert.equal(mapNames(["C:\\one.png"], win32), ["one-map.jpg"]);
  assert.equal(mapNames(["C:\\w.zip/aux/1:2.png", "C:\\w.zip/b./3.png"], win32), ["_aux\\1_2-map.jpg", "b_\\3-map.jpg"]);
  const shares = mapNames(["\\\\s\\x\\a.png", "C:\\a.png"], win32);
  assert.equal(shares, ["s\\x\\a-map.jpg", "C_\\a-map.jpg"]);
});

test("a folder of another drive contains no path of this one", () => {
  assert.ok(isWithin("C:\\out", "c:\\OUT\\x", win32));
  assert.not(isWithin("C:\\out", "D:\\out\\x", win32));
  assert.not(isWithin("C:\\out", "C:\\data", win32));
});

test("commands to copy have double quotes, for cmd.exe and PowerShell", () => {
  assert.is(typedWord("runs\\first", true), "runs\\first");
  assert.is(typedWord("C:\\my data\\", true), '"C:\\my data\\\\"');
  assert.is(typedWord("logistic,dnn", true), '"logistic,dnn"');
  assert.is(typedWord("it's", false), "'it'\\''s'");
});

test("npm's link on Windows is called pulmo", () => {
  assert.is(programName("C:\\Users\\me\\AppData\\Roaming\\npm\\node_modules\\pulmo\\dist\\cli.js", true), "pulmo");
});

const failing = (times: number, code: string) => {
  let left = times;
  return async (from: string, to: string) => {
    if (left-- > 0) throw Object.assign(new Error(code), { code });
    await rename(from, to);
  };
};

test("renaming waits for a program that has the file open, on Windows", async () => {
  const folder = temporaryFolder();
  const [from, to] = ["from", "to"].map((name) => join(folder, name));
  for (const code of ["EPERM", "EACCES", "EBUSY"]) {
    writeFileSync(from, code);
    await renameFile(from, to, { windows: true, move: failing(2, code) });
  }
  assert.equal(readdirSync(folder), ["to"]);
  writeFileSync(from, "");
  const codeOf = (renamed: Promise<void>) =>
    renamed.then(
      () => undefined,
      ({ code }) => code,
    );
  assert.is(await codeOf(renameFile(from, to, { windows: true, patience: 0, move: failing(1, "EPERM") })), "EPERM");
  assert.is(await codeOf(renameFile(from, to, { windows: true, move: failing(1, "ENOSPC") })), "ENOSPC");
  assert.is(await codeOf(renameFile(from, to, { windows: false, move: failing(1, "EPERM") })), "EPERM");
});

test("a new folder takes the place of an empty one, and of no other", async () => {
  const place = temporaryFolder();
  const [from, to] = ["from", "to"].map((name) => join(place, name));
  mkdirSync(from);
  mkdirSync(to);
  writeFileSync(join(from, "x"), "");
  // As Windows, which renames no folder over another.
  const move = async (one: string, other: string) => {
    if (await stat(other).catch(() => undefined)) throw Object.assign(new Error(), { code: "EPERM" });
    await rename(one, other);
  };
  await renameFolder(from, to, { windows: true, patience: 0, move });
  assert.equal(readdirSync(to), ["x"]);
  mkdirSync(from);
  const refused = await renameFolder(from, to, { windows: true, patience: 0, move }).catch(({ code }) => code);
  assert.ok(["ENOTEMPTY", "EEXIST"].includes(refused), refused);
  assert.equal(readdirSync(to), ["x"]);
});

test("a list's name is that on disk, where the disk ignores case", async () => {
  const root = temporaryFolder();
  mkdirSync(join(root, "Ward"));
  writeFileSync(join(root, "Ward/A.jpeg"), "");
  // As a disk that ignores case.
  const find = createFinder(root, (path) => stat(join(dirname(dirname(path)), "Ward", basename(path).replace(/^a/, "A"))));
  const { path, spelling } = (await find("ward/a.jpeg"))!;
  assert.equal({ path, spelling }, { path: "Ward/A.jpeg", spelling: "upper and lower case or spaces" });
  assert.is((await find("Ward/A.jpeg"))!.spelling, "exact");
});

test.run();
