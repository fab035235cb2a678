// Files are complete or absent.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeWritableFolder, tryWritableFolder, writeFileAtomic } from "#pulmo/node/files.js";
import { SPACE } from "#pulmo/node/process-identity.js";
import { removeAbandonedIn } from "#pulmo/node/writers.js";
import { temporaryFolder } from "../data/places.js";

const test = suite("files");

const FILES = new URL("../../../dist/node/files.js", import.meta.url).href;
const WRITERS = new URL("../../../dist/node/writers.js", import.meta.url).href;
const inProcess = (code: string) => execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });

test("parts are written in order, missing folders are created, an existing file is replaced", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "deep/er/file");
  await writeFileAtomic(path, "old, and longer than the new one");
  await writeFileAtomic(path, "a", Uint8Array.of(0, 255), "é");
  assert.equal([...readFileSync(path)], [0x61, 0, 255, 0xc3, 0xa9]);
  assert.equal(readdirSync(join(folder, "deep/er")), ["file"]);
});

test("the next write removes files of killed writers, but not those of running ones", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "model.safetensors");
  const dead = `${SPACE}-${2 ** 30}`;
  const running = `${SPACE}-${process.ppid}`;
  for (const name of [`${dead}.tmp`, `${dead}.0a1b2c3d.tmp`, `${running}.tmp`]) writeFileSync(`${path}.${name}`, "half");
  const others = ["other.txt", `another.${dead}.tmp`, `model.safetensors.${dead}.txt`];
  for (const name of others) writeFileSync(join(folder, name), "");
  await writeFileAtomic(path, "whole");
  assert.equal(readdirSync(folder).sort(), [...others, "model.safetensors", `model.safetensors.${running}.tmp`].sort());
});

test("whether another machine's file is old is told by the file server's clock", async () => {
  const folder = temporaryFolder();
  const [old, young] = ["old", "young"].map((name) => join(folder, `${name}.elsewhere-1.0a1b2c3d4e5f6071.tmp`));
  for (const path of [old, young]) writeFileSync(path, "half");
  utimesSync(old, 1, 1);
  const { now } = Date;
  // This machine's clock is two hours ahead.
  Date.now = () => now() + 7_200_000;
  await removeAbandonedIn(folder, () => true).finally(() => (Date.now = now));
  assert.equal(readdirSync(folder), [basename(young)]);
  await removeAbandonedIn(folder, (name) => name !== "young", true);
  assert.equal(readdirSync(folder), [basename(young)]);
  await removeAbandonedIn(folder, (name) => name === "young", true);
  assert.equal(readdirSync(folder), []);
});

test("a failed rename leaves no temporary file", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "taken"));
  writeFileSync(join(folder, "taken/x"), "");
  const error = await writeFileAtomic(join(folder, "taken"), "text").then(
    () => undefined,
    (e: NodeJS.ErrnoException) => e,
  );
  assert.ok(error?.code);
  assert.equal(readdirSync(folder), ["taken"]);
});

test("a process that exits in the middle leaves the old file and nothing half-written", () => {
  const folder = temporaryFolder();
  const path = join(folder, "file");
  writeFileSync(path, "old");
  const seen = inProcess(`
    import { readdirSync } from "node:fs";
    import { writeFileAtomic } from ${JSON.stringify(FILES)};
    import { unfinishedName } from ${JSON.stringify(WRITERS)};
    const path = ${JSON.stringify(path)};
    void writeFileAtomic(path, new Uint8Array(2 ** 28));
    const watch = () => {
      if (!readdirSync(${JSON.stringify(folder)}).some(unfinishedName)) return setImmediate(watch);
      process.stdout.write("begun");
      process.exit();
    };
    watch();
  `);
  assert.is(seen, "begun");
  assert.equal(readdirSync(folder), ["file"]);
  assert.is(readFileSync(path, "utf8"), "old");
});

test("a folder is checked without creating it, also by several callers at once", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  await Promise.all(Array.from({ length: 200 }, () => tryWritableFolder(join(folder, "runs/one"))));
  assert.equal(readdirSync(folder), ["file"]);
  const refusal = (work: Promise<void>) =>
    work.then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code,
    );
  for (const check of [tryWritableFolder, makeWritableFolder]) {
    assert.is(await refusal(check(join(folder, "file/below"))), "ENOTDIR");
    assert.is(await refusal(check(join(folder, "x".repeat(300)))), "ENAMETOOLONG");
    assert.is(await refusal(check("/proc/pulmo/x")), "ENOENT");
  }
});

test("importing the module has no side effect", () => {
  const code = `
    const count = () => process.eventNames().map((name) => process.listenerCount(name)).join();
    const before = count();
    await import(${JSON.stringify(FILES)});
    process.stdout.write(String(before === count()));
  `;
  assert.is(inProcess(code), "true");
});

test.run();
