// Archives made by this test: valid ones, and all kinds of malicious ones.
import fs, { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { type Zippable, zipSync } from "fflate";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FormatError } from "#pulmo/core/tensors.js";
import { refuseArchive, type UnpackingLimits, unpackZip } from "#pulmo/node/unzip.js";
import { zip } from "../attack/adversarial/bytes.js";
import { fixtureBytes, temporaryFolder } from "../data/places.js";

const test = suite("unzip");

const text = (t: string) => new TextEncoder().encode(t);
const MOST: UnpackingLimits = { entries: 10, bytes: 5000, total: 8000 };

/** Unpacks every entry to a file named by its number. */
async function unpack(bytes: Uint8Array, most = MOST): Promise<Record<string, string>> {
  const folder = temporaryFolder();
  const archive = join(folder, "a.zip");
  writeFileSync(archive, bytes);
  mkdirSync(join(folder, "out"));
  const seen: string[] = [];
  await unpackZip({
    archive,
    most,
    place: (name) => (name.startsWith("skip") ? undefined : join(folder, "out", name)),
    onProgress: (done, entries) => seen.push(`${done}/${entries}`),
  });
  assert.is(seen.at(-1), `${seen.length}/${seen.length}`);
  return Object.fromEntries(readdirSync(join(folder, "out")).map((n) => [n, readFileSync(join(folder, "out", n), "utf8")]));
}

async function refused(bytes: Uint8Array, why: RegExp, most?: UnpackingLimits): Promise<void> {
  const error = await unpack(bytes, most).then(
    () => undefined,
    (e: unknown) => e,
  );
  assert.instance(error, FormatError);
  assert.match((error as Error).message, why);
}

const files: Zippable = {
  a: text("a".repeat(4000)),
  b: [text("stored"), { level: 0 }],
  "skip/c": text("c".repeat(9000)),
  d: text(""),
};
const good = zipSync(files);

/** `good` with a changed byte at the `nth` occurrence of `find`. */
function changed(find: Uint8Array, nth: number, offset: number, value: number): Buffer {
  const bytes = Buffer.from(good);
  let at = -1;
  for (let i = 0; i <= nth; i++) at = bytes.indexOf(find, at + 1);
  assert.ok(at >= 0);
  bytes[at + offset] = value;
  return bytes;
}

const DIRECTORY = Buffer.from("PK\x01\x02", "latin1");

test("selected entries are unpacked: deflated, stored or empty", async () => {
  assert.equal(await unpack(good), { a: "a".repeat(4000), b: "stored", d: "" });
});

test("the beginning of an entry decides whether it is unpacked", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "a.zip"), good);
  const seen: Record<string, number> = {};
  const place = async (name: string, beginning: (bytes: number) => Promise<Uint8Array>) => {
    const bytes = await beginning(512);
    seen[name] = bytes.length;
    return bytes[0] === "a".charCodeAt(0) ? join(folder, "out") : undefined;
  };
  await unpackZip({ archive: join(folder, "a.zip"), most: MOST, place, onProgress: () => {} });
  assert.equal(seen, { a: 512, b: 6, "skip/c": 512, d: 0 });
  assert.is(readFileSync(join(folder, "out"), "utf8"), "a".repeat(4000));
});

test("limits apply to the sizes in the directory; skipped entries only count as entries", async () => {
  await refused(good, /it has 4 entries/, { ...MOST, entries: 3 });
  await refused(good, /"a" is larger than 3999 bytes/, { ...MOST, bytes: 3999 });
  await refused(good, /it unpacks to more than 4005 bytes/, { ...MOST, total: 4005 });
  await unpack(good, { entries: 4, bytes: 4000, total: 4006 });
});

test("an entry that cannot be inflated is refused, also if it fails while its file is created", async () => {
  const bytes = zipSync({ a: text("text ".repeat(500)) }, { level: 9 });
  // Behind the local header: a block of the type that does not exist.
  bytes[31] = 0x07;
  for (let i = 0; i < 200; i++) await refused(bytes, /invalid block type/);
});

test("damage is detected: a wrong CRC, changed bytes, a wrong size, a missing end", async () => {
  await refused(changed(DIRECTORY, 0, 16, 1), /"a" is damaged: its CRC-32 does not match/);
  await refused(changed(text("stored"), 0, 0, 0x53), /"b" is damaged/);
  const size = changed(DIRECTORY, 0, 24, 1);
  await refused(size, /"a" has another name, size or method in its own header/);
  // Sizes that follow the data.
  size[6] |= 8;
  await refused(size, /too many bytes|not enough bytes/);
  await refused(good.subarray(0, -30), /its directory is missing|[Ee]nd of central directory/);
  await refused(
    text("this is no archive at all, but a page that says so"),
    /its directory is missing|[Ee]nd of central directory/,
  );
  await refused(new Uint8Array(0), /./);
});

test("what keeps an archive from being read is named", async () => {
  await refused(Buffer.concat([text("#!/bin/sh\n"), good]), /its directory is damaged, or other bytes precede the archive/);
  await refused(Buffer.concat([good, new Uint8Array(100)]), /other bytes follow its end/);
  await refused(changed(DIRECTORY, 0, 10, 12), /its files are not compressed with Deflate, the usual method: pack them again/);
});

test("paths outside the folder and duplicate names are refused", async () => {
  for (const name of ["../b", "/b", "x/../../b", "..\\b", "C:/b"]) {
    await refused(zipSync({ [name]: text("x") }), /invalid relative path|absolute path|invalid characters/);
  }
  await refused(changed(DIRECTORY, 1, 46, "a".charCodeAt(0)), /"a" is there more than once/);
});

test("a full disk or a missing folder is not reported as a fault of the archive", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "a.zip"), good);
  const place = () => join(folder, "nowhere/x");
  const error = await unpackZip({ archive: join(folder, "a.zip"), most: MOST, place, onProgress: () => {} }).catch((e) => e);
  assert.is(error.code, "ENOENT");
  assert.not.instance(error, FormatError);
});

test("an archive that would fill the disk is refused before the entry that has no room; 256 MiB stay free", async () => {
  const { statfs } = fs.promises;
  const withFree = async (bytes: number) => {
    fs.promises.statfs = (async () => ({ bavail: bytes / 4096, bsize: 4096 })) as unknown as typeof statfs;
    syncBuiltinESMExports();
    return unpack(good).then(
      (unpacked) => Object.keys(unpacked),
      (error) => error.code,
    );
  };
  try {
    // 4000 and 6 bytes; the skipped entry takes no room.
    assert.equal(await withFree(2 ** 28 + 4096), ["a", "b", "d"]);
    assert.is(await withFree(2 ** 28 + 2048), "ENOSPC");
    assert.is(await withFree(2 ** 20), "ENOSPC");
  } finally {
    fs.promises.statfs = statfs;
    syncBuiltinESMExports();
  }
  const error = await refuseArchive("a.zip", Object.assign(new Error(), { code: "ENOSPC" })).catch((e) => e);
  assert.match(error.message, /no space for the images of a\.zip: set PULMO_CACHE/);
});

test("sizes, offsets and counts may be in Zip64 fields, as in archives of more than 4 GiB", async () => {
  // make-zip64.py
  const bytes = fixtureBytes("zip64.zip");
  assert.equal(await unpack(bytes), { a: "a".repeat(4000), b: "stored" });
  await refused(bytes, /"a" is larger than 3999 bytes/, { ...MOST, bytes: 3999 });
  await refused(bytes, /it has 2 entries/, { ...MOST, entries: 1 });
  // The size of "a" in the Zip64 field of the directory, then in that of its own header.
  const size = Buffer.from([0xa0, 0x0f, 0, 0, 0, 0, 0, 0]);
  const [own, listed] = [Buffer.from(bytes).indexOf(size), Buffer.from(bytes).lastIndexOf(size)];
  assert.ok(own >= 0 && listed > own);
  for (const [at, why] of [
    [listed, /"a" states a size that it cannot have/],
    [own, /"a" has another name, size or method in its own header/],
  ] as const) {
    const changed = Buffer.from(bytes);
    changed[at + 3] = 0x7f;
    await refused(changed, why, { entries: 10, bytes: 2 ** 40, total: 2 ** 40 });
  }
});

test("entries that share bytes are refused before anything is written", async () => {
  const image = { name: "a", content: text("image".repeat(100)) };
  await refused(zip([{ ...image, times: 3, local: "a" }]), /its files overlap/);
  await refused(
    zip([
      { ...image, stored: true },
      { name: "b", content: text("b".repeat(90)), stored: true, says: { offset: 35 } },
    ]),
    /its files overlap/,
  );
  const thousand = zip([{ name: "a.png", content: new Uint8Array(2 ** 20), times: 1000 }]);
  const place = (): string => {
    throw new Error("an entry was placed");
  };
  const archive = join(temporaryFolder(), "a.zip");
  writeFileSync(archive, thousand);
  const most = { entries: 2000, bytes: 2 ** 26, total: 2 ** 36 };
  const error = await unpackZip({ archive, most, place, onProgress() {} }).catch((e) => e);
  assert.match(error.message, /its files overlap/);
});

test("what an archive can hold bounds what it states", async () => {
  const [name, content] = ["a", text("a".repeat(100))];
  await refused(zip([{ name, content, says: { size: 4900 } }]), /another name, size or method/);
  await refused(zip([{ name, content, says: { size: 2 ** 31 } }]), /"a" states a size that it cannot have/);
  // 300 MiB of zeros deflate to a thousandth.
  const large = zip([{ name, content: new Uint8Array(300 * 2 ** 20) }]);
  await refused(large, /it unpacks to more than 100 times its size/, { entries: 9, bytes: 2 ** 30, total: 2 ** 36 });
});

test("an entry whose own header has another name than the directory is refused, as Python's zipfile does", async () => {
  await refused(zip([{ name: "a", local: "b", content: text("a") }]), /"a" has another name, size or method in its own header/);
});

/** An archive of two files, with the bytes of the first one's name replaced in both places. */
function named(name: Uint8Array): Buffer {
  const bytes = Buffer.from(zipSync({ ["x".repeat(name.length)]: text("one"), second: text("two") }));
  const stand = Buffer.from("x".repeat(name.length));
  for (let at = bytes.indexOf(stand); at >= 0; at = bytes.indexOf(stand, at + 1)) bytes.set(name, at);
  return bytes;
}

test("names without a mark of their encoding: UTF-8, CP949, CP437; backslashes", async () => {
  // The bytes are those of iconv -t CP949 and -t CP437.
  const names: [Uint8Array, string][] = [
    [Buffer.from("\ud658\uc790"), "\ud658\uc790"],
    [Buffer.from("\ud658\uc790".normalize("NFD")), "\ud658\uc790".normalize("NFD")],
    [Uint8Array.of(0xc8, 0xaf, 0xc0, 0xda), "\ud658\uc790"],
    [Uint8Array.of(0x4d, 0x81, 0x6c, 0x6c, 0x65, 0x72), "M\u00fcller"],
  ];
  for (const [bytes, name] of names) assert.equal(Object.keys(await unpack(named(bytes))).sort(), [name, "second"].sort());
  const slashed: string[] = [];
  const archive = join(temporaryFolder(), "a.zip");
  writeFileSync(archive, named(Buffer.from("ward\\a")));
  await unpackZip({ archive, most: MOST, place: (name) => void slashed.push(name), onProgress() {} });
  assert.equal(slashed, ["ward/a", "second"]);
  await refused(named(Buffer.from("..\\a")), /invalid relative path/);
});

/** The message of the InputError that predict shows. */
async function shown(bytes: Uint8Array): Promise<string> {
  const archive = join(temporaryFolder(), "a.zip");
  writeFileSync(archive, bytes);
  const out = temporaryFolder();
  const work = unpackZip({ archive, most: MOST, place: (name) => join(out, name), onProgress() {} });
  const error = await work.catch((e) => refuseArchive(archive, e)).catch((e) => e);
  assert.is(error?.name, "InputError");
  return error.message;
}

test("what is no archive, or a locked one, is named", async () => {
  const locked = Buffer.from(good);
  // Bit 0 of the flags, in the local header and in the directory.
  locked[locked.indexOf("PK\x03\x04") + 6] |= 1;
  locked[locked.indexOf("PK\x01\x02") + 8] |= 1;
  assert.match(await shown(locked), /a\.zip is protected by a password: extract it, and name the folder\.$/);
  assert.match(
    await shown(good.subarray(0, 200)),
    /\(its directory is missing: it is cut short, or no zip archive\): check the file/,
  );
  assert.match(await shown(text("version https://git-lfs.github.com/spec/v1\n")), /is no zip archive: it is a Git LFS pointer/);
  assert.match(
    await shown(text("<!DOCTYPE html>")),
    /is no zip archive: it is a web page, perhaps of a login \(download the file itself\)\./,
  );
  assert.match(await shown(text("Rar!\x1a\x07\x01\0")), /is no zip archive: it is a RAR archive \(extract it first\)\.$/);
});

test.run();
