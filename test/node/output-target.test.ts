// Where outputs go: through links, into devices, FIFOs and descriptors, or to a regular file by a rename.
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createFileAtomic, writeFileAtomic, writeFileIfRead } from "#pulmo/node/files.js";
import { temporaryFolder } from "../data/places.js";
import { unless } from "../skip.js";

const test = suite("output targets");

const FILES = new URL("../../../dist/node/files.js", import.meta.url).href;

const refusalOf = (work: Promise<unknown>): Promise<NodeJS.ErrnoException> =>
  work.then(
    () => assert.unreachable("it was written"),
    (error) => error,
  );

test("a link stays, and its target is replaced with its mode, also over several links and folders", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "deep/er"), { recursive: true });
  writeFileSync(join(folder, "deep/er/real.csv"), "old");
  chmodSync(join(folder, "deep/er/real.csv"), 0o640);
  symlinkSync("er/real.csv", join(folder, "deep/second"));
  symlinkSync("deep", join(folder, "way"));
  symlinkSync("way/second", join(folder, "first"));
  await writeFileAtomic(join(folder, "first"), "new");
  assert.is(readFileSync(join(folder, "deep/er/real.csv"), "utf8"), "new");
  assert.is(statSync(join(folder, "deep/er/real.csv")).mode & 0o777, 0o640);
  assert.is(readlinkSync(join(folder, "first")), "way/second");
  assert.equal(readdirSync(join(folder, "deep/er")), ["real.csv"]);
  assert.equal(readdirSync(folder).sort(), ["deep", "first", "way"]);
});

test("a dangling link creates the file that it names; a loop and a folder are refused", async () => {
  const folder = temporaryFolder();
  symlinkSync("later/file", join(folder, "dangling"));
  await writeFileAtomic(join(folder, "dangling"), "new");
  assert.is(readFileSync(join(folder, "later/file"), "utf8"), "new");
  assert.ok(lstatSync(join(folder, "dangling")).isSymbolicLink());
  symlinkSync("b", join(folder, "a"));
  symlinkSync("a", join(folder, "b"));
  const loop = await refusalOf(writeFileAtomic(join(folder, "a"), ""));
  assert.match(loop.message, /a cannot be written: its symbolic links form a loop \(ELOOP\)\.$/);
  assert.match((await refusalOf(writeFileAtomic(folder, ""))).message, /it is a folder \(EISDIR\)/);
  assert.match((await refusalOf(writeFileAtomic(join(folder, "new/"), ""))).message, /it is a folder \(EISDIR\)/);
});

test("a name may be as long as the file system allows, and no longer", async () => {
  const folder = temporaryFolder();
  const longest = "é".repeat(127);
  await writeFileAtomic(join(folder, longest), "x");
  assert.equal(readdirSync(folder), [longest]);
  assert.is((await refusalOf(createFileAtomic(join(folder, `${longest}xx`)))).code, "ENAMETOOLONG");
});

const noFifos = spawnSync("mkfifo", ["--version"]).status === 0 ? undefined : "no mkfifo here";
unless(noFifos, test)(
  "a FIFO is written through when its reader comes, and stays; more than a pipe holds arrives whole",
  async () => {
    const path = join(temporaryFolder(), "fifo");
    execFileSync("mkfifo", [path]);
    assert.match((await refusalOf(writeFileIfRead(path, "x"))).message, /fifo cannot be written: nothing reads it \(ENXIO\)\.$/);
    const long = "0123456789".repeat(50_000);
    const writing = writeFileAtomic(path, long, "end");
    const [read] = await Promise.all([readFile(path, "utf8"), writing]);
    assert.is(read, `${long}end`);
    assert.ok(lstatSync(path).isFIFO());
  },
);

/** As a user's process writes to `path` with the descriptor open. */
const writeIn = (path: string, stdio: "pipe" | number) =>
  spawnSync(
    process.execPath,
    ["--input-type=module", "-e", `import { writeFileAtomic } from "${FILES}"; await writeFileAtomic("${path}", "one,", "two");`],
    { stdio: ["ignore", stdio, "pipe"], encoding: "utf8" },
  );

const noDescriptors = process.platform === "linux" ? undefined : "no /proc/self/fd here";
unless(noDescriptors, test)("a descriptor of the process is written through, also one of a redirected file", async () => {
  for (const path of ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]) {
    const { stdout, stderr } = writeIn(path, "pipe");
    assert.is(stdout, "one,two", stderr);
  }
  const file = join(temporaryFolder(), "redirected");
  writeFileSync(file, "");
  const { closeSync, openSync } = await import("node:fs");
  const descriptor = openSync(file, "a");
  const { stderr } = writeIn("/dev/stdout", descriptor);
  closeSync(descriptor);
  assert.is(readFileSync(file, "utf8"), "one,two", stderr);
});

unless(noDescriptors, test)(
  "a descriptor that is not open, or one of Node's events, is refused before it is written",
  async () => {
    const events = readdirSync("/proc/self/fd").find((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === "anon_inode:[eventpoll]";
      } catch {
        return false;
      }
    });
    for (const fd of [events, "9999"]) {
      assert.is((await refusalOf(createFileAtomic(`/dev/fd/${fd}`))).code, "EBADF", `descriptor ${fd}`);
    }
  },
);

const noNodes = process.getuid?.() === 0 && process.platform === "linux" ? undefined : "device nodes need root on Linux";
unless(noNodes, test)("a device stays a device; a full one is named", async () => {
  const folder = temporaryFolder();
  for (const [name, minor] of Object.entries({ null: "3", full: "7" }))
    execFileSync("mknod", [join(folder, name), "c", "1", minor]);
  await writeFileAtomic(join(folder, "null"), "text");
  const full = await refusalOf(writeFileAtomic(join(folder, "full"), "text"));
  assert.match(full.message, /full cannot be written: the disk is full \(ENOSPC\)\.$/);
  assert.is(full.code, "ENOSPC");
  for (const name of ["null", "full"]) assert.ok(lstatSync(join(folder, name)).isCharacterDevice(), name);
});

test("a socket is refused and stays", async () => {
  const path = join(temporaryFolder(), "socket");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  assert.match((await refusalOf(writeFileAtomic(path, "x"))).message, /socket is a socket: choose a file\.$/);
  assert.ok(lstatSync(path).isSocket());
  server.close();
});

test("the part of a file that was written can be kept", async () => {
  const folder = temporaryFolder();
  const file = await createFileAtomic(join(folder, "scores.csv"));
  await file.write("one\n");
  assert.is(await file.keep(), join(folder, "scores.csv.partial"));
  assert.is(readFileSync(join(folder, "scores.csv.partial"), "utf8"), "one\n");
  const empty = await createFileAtomic(join(folder, "other.csv"));
  assert.is(await empty.keep(), undefined);
  await empty.discard();
  assert.equal(readdirSync(folder), ["scores.csv.partial"]);
});

test.run();
