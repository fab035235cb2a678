import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createResizer } from "#pulmo/core/resize.js";
import { openPixels, type PixelOptions } from "#pulmo/data/cache.js";
import { readManifest } from "#pulmo/data/manifest.js";
import { makeSyntheticDataset } from "#pulmo/data/synthetic.js";
import { type PixelCache, SPLITS } from "#pulmo/data/types.js";
import { decodeImage } from "#pulmo/node/decode.js";
import { decodeAll } from "#pulmo/node/decode-all.js";
import { SPACE } from "#pulmo/node/process-identity.js";
import { loadKernels } from "#pulmo/node/variant.js";
import { dicom, type Tags } from "../image/dicom-file.js";
import { unless } from "../skip.js";
import { temporaryFolder } from "./places.js";

const SIZE = 16;
const threads = 2;
/** A user without permissions, on Linux. */
const NOBODY = 65534;

/** A small dataset for a test that damages it: per class 3 train, 1 val and 2 test images. */
async function dataset(): Promise<string> {
  const root = temporaryFolder();
  await makeSyntheticDataset(root, { perClass: { train: 3, val: 1, test: 2 }, seed: 1, size: 40 });
  return root;
}

async function open(
  root: string,
  cacheDir: string,
  options: Pick<PixelOptions, "strict" | "needs" | "anyBodyPart"> & { size?: number } = {},
): Promise<PixelCache> {
  return openPixels(await readManifest(root), { size: SIZE, threads, cacheDir, ...options });
}

/** The message of the expected InputError: one sentence. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (e: Error) => e,
  );
  if (!error) throw new Error("accepted, expected an InputError");
  assert.is(error.name, "InputError", error.stack);
  assert.match(error.message, /^[^\n]+: [^\n]+\.$/);
  return error.message;
}

async function allRows(cache: PixelCache): Promise<Record<string, string>> {
  const rows: Record<string, string> = {};
  for (const split of SPLITS) {
    const { images, rowBytes, read } = cache.splits[split];
    for (const [i, image] of images.entries()) {
      const into = new Uint8Array(new SharedArrayBuffer(rowBytes));
      await read(i, into);
      rows[image.file] = Buffer.from(into).toString("hex");
    }
  }
  return rows;
}

async function decodedHere(root: string): Promise<Record<string, string>> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 8192, shared: true });
  const resize = createResizer(loadKernels("simd", memory), memory, SIZE);
  const { images } = await readManifest(root);
  const rows: Record<string, string> = {};
  for (const { file } of SPLITS.flatMap((split) => images[split])) {
    rows[file] = Buffer.from(resize(await decodeImage(join(root, file)))).toString("hex");
  }
  return rows;
}

test("rows are the decoded images, built once, whatever the thread count", async () => {
  const root = await dataset();
  const expected = await decodedHere(root);
  assert.is(new Set(Object.values(expected)).size, 12);
  for (const count of [1, 2, 5]) {
    const cacheDir = join(temporaryFolder(), "made/on/demand");
    const progress: [number, number][] = [];
    const options = {
      size: SIZE,
      threads: count,
      cacheDir,
      onProgress: (done: number, total: number) => void progress.push([done, total]),
    };
    const built = await openPixels(await readManifest(root), options);
    assert.is(built.hit, false);
    assert.equal(progress.at(-1), [12, 12]);
    assert.ok(progress.every(([done], i) => i === 0 || done > progress[i - 1][0]));
    assert.equal(await allRows(built), expected);
    await built.close();
    progress.length = 0;
    const again = await openPixels(await readManifest(root), options);
    assert.is(again.hit, true);
    assert.equal(progress, []);
    assert.equal(await allRows(again), expected);
    await again.close();
    assert.equal(readdirSync(cacheDir).length, 1);
  }
});

test("another size, a changed file or another selection is another cache; a time is not", async () => {
  const root = await dataset();
  const cacheDir = temporaryFolder();
  const hits: boolean[] = [];
  const record = async (opening: Promise<PixelCache>) => {
    const cache = await opening;
    hits.push(cache.hit);
    await cache.close();
  };
  await record(open(root, cacheDir));
  await record(open(root, cacheDir, { size: 8 }));
  await record(openPixels(await readManifest(root, { limit: 1 }), { size: SIZE, threads, cacheDir }));
  await record(open(root, cacheDir));
  const changed = join(root, "val/NORMAL/synthetic-0000.jpeg");
  utimesSync(changed, 1, 1);
  await record(open(root, cacheDir));
  appendFileSync(changed, "x");
  await record(open(root, cacheDir));
  assert.equal(hits, [false, false, false, true, true, false]);
  const [one, two] = await Promise.all([open(root, cacheDir), open(root, cacheDir, { size: 8 })]);
  copyFileSync(two.path, one.path);
  await record(open(root, cacheDir));
  assert.is(hits.at(-1), false, "another cache's content under this name");
  await Promise.all([one.close(), two.close()]);
});

test("a truncated cache, a damaged footer and foreign bytes are rebuilt; damaged pixels are refused when read", async () => {
  const manifest = await readManifest(await dataset());
  const { decode } = manifest.source;
  const cacheDir = temporaryFolder();
  const options = { size: SIZE, threads, cacheDir };
  let decoded: Awaited<ReturnType<typeof decode>> = [];
  manifest.source.decode = async (...request) => (decoded = await decode(...request));
  const first = await openPixels(manifest, options);
  const expected = await allRows(first);
  await first.close();
  const whole = readFileSync(first.path);
  // The same without the decoding process.
  manifest.source.decode = async ({ cacheFile }) => {
    writeFileSync(cacheFile, whole.subarray(0, decoded.length * SIZE * SIZE * 3));
    return decoded;
  };
  const damaged = (at: number) => {
    const copy = Buffer.from(whole);
    copy[at] ^= 1;
    return copy;
  };
  const spoiled = [
    whole.subarray(0, -1),
    whole.subarray(0, 1000),
    Buffer.alloc(0),
    Buffer.alloc(5000, 7),
    damaged(whole.length - 40),
    damaged(whole.length - 1),
    whole.subarray(1),
  ];
  for (const bytes of spoiled) {
    writeFileSync(first.path, bytes);
    const cache = await openPixels(manifest, options);
    assert.is(cache.hit, false);
    assert.equal(await allRows(cache), expected);
    await cache.close();
  }
  writeFileSync(first.path, damaged(5));
  // The sample that is decoded again leaves the damaged row out, which is the first one.
  const { random } = Math;
  const count = decoded.length;
  let drawn = 0;
  Math.random = () => (1.5 + (drawn++ % (count - 1))) / count;
  const cache = await openPixels(manifest, options).finally(() => (Math.random = random));
  assert.is(cache.hit, true);
  assert.match(await refusal(allRows(cache)), /was damaged and has been removed/);
  await cache.close();
  assert.is(existsSync(first.path), false);
});

/** A PNG whose header states a different size. */
function sized(png: Buffer, width: number, height: number): Buffer {
  const [header, end] = [12, 29];
  const bytes = Buffer.from(png);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(header, end)), end);
  return bytes;
}

test("unreadable files are reported and skipped; strict refuses the first; a small image is fine, 1x1 is not", async () => {
  const root = await dataset();
  const cacheDir = temporaryFolder();
  const place = (name: string) => join(root, "train/NORMAL", name);
  const good = readFileSync(place("synthetic-0000.jpeg"));
  writeFileSync(place("empty.jpeg"), "");
  writeFileSync(place("half.jpeg"), good.subarray(0, good.length / 2));
  writeFileSync(place("script.jpeg"), "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>");
  for (const [name, size] of Object.entries({ pixel: 1, small: 16 })) {
    await sharp({ create: { width: size, height: size, channels: 3, background: "#123456" } })
      .png()
      .toFile(place(`${name}.png`));
  }
  const pixel = readFileSync(place("pixel.png"));
  writeFileSync(place("vast.png"), sized(pixel, 10_001, 10_000));
  await sharp({ create: { width: 70000, height: 1, channels: 3, background: "#123456" } })
    .png()
    .toFile(place("long.png"));
  for (const hit of [false, true]) {
    const cache = await open(root, cacheDir);
    assert.is(cache.hit, hit);
    assert.equal(
      cache.unreadable.map((u) => u.file),
      ["empty.jpeg", "half.jpeg", "long.png", "pixel.png", "script.jpeg", "vast.png"].map((f) => `train/NORMAL/${f}`),
    );
    assert.match(cache.unreadable[0].reason, /empty/);
    assert.match(cache.unreadable[1].reason, /damaged or cut short/);
    assert.match(cache.unreadable[2].reason, /longer than 65535/);
    assert.is(cache.unreadable[3].reason, "its 1 x 1 pixels are too few for an X-ray: each edge needs at least 16");
    assert.match(cache.unreadable[4].reason, /not a JPEG, PNG or DICOM/);
    assert.match(cache.unreadable[5].reason, /more than 100 million pixels/);
    assert.equal(cache.imageNotes, [{ file: "train/NORMAL/small.png", note: "100% of the pixels have one grey level" }]);
    assert.is(cache.splits.train.images.length, 7);
    const rows = await allRows(cache);
    assert.is(rows["train/NORMAL/small.png"], "123456".repeat(SIZE * SIZE));
    assert.is(rows["train/PNEUMONIA/synthetic-0002.jpeg"].length, SIZE * SIZE * 6);
    await cache.close();
  }
  assert.match(
    await refusal(open(root, cacheDir, { strict: true })),
    /train\/NORMAL\/empty\.jpeg of .* cannot be read: the file is empty\. Replace/,
  );
  writeFileSync(join(root, "val/PNEUMONIA/synthetic-0000.jpeg"), "");
  assert.match(
    await refusal(open(root, cacheDir, { needs: { val: "image" } })),
    /None of the 1 PNEUMONIA images for val in .* can be read/,
  );
});

test("a file the system refuses is tried again next time", async () => {
  const root = await dataset();
  const cacheDir = temporaryFolder();
  const manifest = await readManifest(root);
  manifest.images.train.push({ ...manifest.images.train[0], file: "train/PNEUMONIA/late.jpeg" });
  const first = await openPixels(manifest, { size: SIZE, threads, cacheDir });
  assert.match(first.unreadable[0].reason, /^no such file \(ENOENT\)$/);
  await first.close();
  copyFileSync(join(root, "train/PNEUMONIA/synthetic-0000.jpeg"), join(root, "train/PNEUMONIA/late.jpeg"));
  const second = await openPixels(manifest, { size: SIZE, threads, cacheDir });
  assert.is(second.hit, false);
  assert.equal(second.unreadable, []);
  await second.close();
});

test("a cache folder that is too small or not writable is refused in one sentence, and no files remain", async () => {
  const root = await dataset();
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  assert.match(await refusal(open(root, join(folder, "file"))), /cannot be written \((ENOTDIR|EEXIST)\)/);
  // 12 rows of 3 * 10^14 bytes exceed any disk.
  assert.match(await refusal(open(root, folder, { size: 1e7 })), /lacks room for \d+ MiB/);
  assert.equal(readdirSync(folder), ["file"]);
});

/** A process as a user without permissions: root may write everywhere, and Node may refuse to change its own user. */
const powerless = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
const node = (script: string) =>
  spawnSync(process.execPath, ["--input-type=module", "-e", script], { ...powerless, cwd: "/", encoding: "utf8" });
const CACHE = new URL("../../../dist/data/cache.js", import.meta.url).href;
const MANIFEST = new URL("../../../dist/data/manifest.js", import.meta.url).href;
const withoutUsers = !process.getuid
  ? "this system has no file modes"
  : node(`await import("${CACHE}")`).status === 0
    ? undefined
    : "another user may not run Node or read this program";
unless(withoutUsers, test)("a read-only cache folder is refused in one sentence", async () => {
  const root = await dataset();
  const folder = temporaryFolder();
  chmodSync(root, 0o755);
  chmodSync(folder, 0o555);
  const { stdout, stderr } = node(`
    const { openPixels } = await import("${CACHE}");
    const { readManifest } = await import("${MANIFEST}");
    const options = { size: ${SIZE}, threads: 1, cacheDir: ${JSON.stringify(folder)} };
    await openPixels(await readManifest(${JSON.stringify(root)}), options).catch(({ name, message }) => console.log(name, message));`);
  assert.match(stdout, /^InputError [^\n]* cannot be written \(EACCES\)[^\n]*\.\n$/, stderr);
});

test("a failed write rejects with its code", async () => {
  const root = await dataset();
  const files = ["val/NORMAL/synthetic-0000.jpeg"];
  const cacheFile = join(root, "no/such/folder");
  const error = await decodeAll({ root, files, size: SIZE, cacheFile, threads }, () => {}).then(
    () => null,
    (e: NodeJS.ErrnoException) => e,
  );
  assert.is(error?.code, "ENOENT");
});

test("an error thrown by onProgress stops the work and leaves no file", async () => {
  const cacheDir = temporaryFolder();
  const onProgress = () => {
    throw new Error("stop");
  };
  const opened = openPixels(await readManifest(await dataset()), { size: SIZE, threads, cacheDir, onProgress });
  assert.is(
    await opened.then(
      () => null,
      (e: Error) => e.message,
    ),
    "stop",
  );
  assert.equal(readdirSync(cacheDir), []);
});

test("temporary files of dead processes are removed, those of running ones and of other machines are kept", async () => {
  const root = await dataset();
  const cacheDir = temporaryFolder();
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  const temporary = (name: string, pid: number | undefined, host = SPACE) => `${name}.pixels.${host}-${pid}.0a0b1c2d.tmp`;
  const kept = [temporary("a", process.pid), temporary("b", dead, "elsewhere"), "notes.tmp"];
  for (const name of [temporary("a", dead), temporary("b", 1, "elsewhere"), ...kept]) {
    writeFileSync(join(cacheDir, name), "");
    if (name !== kept[1]) utimesSync(join(cacheDir, name), 1, 1);
  }
  await (await open(root, cacheDir)).close();
  const left = readdirSync(cacheDir).filter((name) => name.endsWith(".tmp"));
  assert.equal(left.sort(), kept.sort());
});

test("a row goes only into an array of its size", async () => {
  const cache = await open(await dataset(), temporaryFolder());
  const error = await cache.splits.train.read(0, new Uint8Array(5)).then(
    () => null,
    (e: Error) => e,
  );
  assert.instance(error, RangeError);
  await cache.close();
});

test("a second open decodes a sample only", async () => {
  const root = await dataset();
  const cacheDir = temporaryFolder();
  const manifest = await readManifest(root);
  const options = { size: SIZE, threads, cacheDir };
  await (await openPixels(manifest, options)).close();
  const decode = () => Promise.reject(new Error("decoded again"));
  const decoded = new Set<string>();
  const read = (file: string) => {
    decoded.add(file);
    return manifest.source.read(file);
  };
  const cache = await openPixels({ ...manifest, source: { ...manifest.source, read, decode } }, options);
  assert.is(cache.hit, true);
  assert.ok(decoded.size >= 1 && decoded.size <= 8);
  assert.is(
    SPLITS.reduce((sum, split) => sum + cache.splits[split].images.length, 0),
    12,
  );
  await cache.close();
});

test("a file that changes while the cache is made is refused", async () => {
  const root = await dataset();
  const manifest = await readManifest(root);
  const path = join(root, "test/NORMAL/synthetic-0001.jpeg");
  const whole = readFileSync(path);
  const { decode } = manifest.source;
  for (const [before, after] of [
    [whole, readFileSync(join(root, "test/NORMAL/synthetic-0000.jpeg"))],
    [whole.subarray(0, 100), whole],
    [whole, whole.subarray(0, 100)],
  ]) {
    const cacheDir = temporaryFolder();
    writeFileSync(path, before);
    const late: typeof decode = (...request) => {
      writeFileSync(path, after);
      return decode(...request);
    };
    const source = { ...manifest.source, decode: late };
    const message = await refusal(openPixels({ ...manifest, source }, { size: SIZE, threads, cacheDir }));
    assert.match(message, /^The image test\/NORMAL\/synthetic-0001\.jpeg of .* was changed while pulmo was reading it/);
    assert.equal(readdirSync(cacheDir), []);
  }
});

test("one cache serves with and without images of other body parts", async () => {
  const [root, cacheDir] = [await dataset(), temporaryFolder()];
  const tags: Tags = {
    "00180015": ["CS", "SKULL"],
    "00280010": ["US", [40]],
    "00280011": ["US", [40]],
    "7fe00010": ["OB", Buffer.from(Array.from({ length: 1600 }, (_, i) => i % 251))],
  };
  writeFileSync(join(root, "test/NORMAL/skull.dcm"), dicom(tags));
  const without = await open(root, cacheDir);
  const file = "test/NORMAL/skull.dcm";
  assert.equal(
    without.unreadable.map((one) => one.file),
    [file],
  );
  assert.match(without.unreadable[0].reason, /^not a chest radiograph: its body part is SKULL \(--any-body-part reads it\)$/);
  assert.is(without.splits.test.images.length, 4);
  await without.close();
  const all = await open(root, cacheDir, { anyBodyPart: true });
  assert.is(all.hit, true);
  assert.equal(all.unreadable, []);
  assert.equal(all.imageNotes, [{ file, note: "body part SKULL: read because of --any-body-part" }]);
  assert.is(all.splits.test.images.length, 5);
  assert.ok((await allRows(all))[file].length > 0);
  await all.close();
});

test.run();
