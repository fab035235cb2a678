// Listing and removal of pixel caches.
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openPixels } from "#pulmo/data/cache.js";
import { cacheLimit, holdCache, listCaches, pruneCaches, releaseCache } from "#pulmo/data/cache-folder.js";
import { readManifest } from "#pulmo/data/manifest.js";
import { makeSyntheticDataset } from "#pulmo/data/synthetic.js";
import { temporaryFolder } from "./places.js";

const test = suite("cache folder");
const SIZE = 16;

const root = temporaryFolder();
await makeSyntheticDataset(root, { perClass: { train: 3, val: 1, test: 2 }, seed: 1, size: 40 });
const manifest = await readManifest(root);
const open = (cacheDir: string, size = SIZE) => openPixels(manifest, { size, threads: 2, cacheDir });

/** Sets the last use to this many days ago. */
function age(path: string, days: number): void {
  const then = new Date(Date.now() - days * 86_400_000);
  utimesSync(path, then, then);
}

/** Files of 100 bytes, the first the oldest. */
function folderOf(...names: string[]): string {
  const folder = temporaryFolder();
  for (const [i, name] of names.entries()) {
    writeFileSync(join(folder, name), new Uint8Array(100));
    age(join(folder, name), names.length - i);
  }
  return folder;
}

const namesOf = (caches: { path: string }[]) => caches.map(({ path }) => path.replace(/^.*[\\/]/, ""));

/** Runs `work` with PULMO_CACHE_MAX set. */
async function withLimit(gib: string, work: () => Promise<void>): Promise<void> {
  process.env.PULMO_CACHE_MAX = gib;
  try {
    await work();
  } finally {
    delete process.env.PULMO_CACHE_MAX;
  }
}

test("a cache is listed with its dataset, and opening it updates its last use", async () => {
  const folder = temporaryFolder();
  const first = await open(folder);
  await first.close();
  age(first.path, 40);
  const [listed] = await listCaches(folder);
  assert.equal([listed.path, listed.root, listed.images, listed.size], [first.path, resolve(root), 12, SIZE]);
  assert.is(listed.bytes, statSync(first.path).size);
  assert.ok(Date.now() - listed.lastUsed.getTime() > 39 * 86_400_000);
  const again = await open(folder);
  assert.ok(again.hit);
  await again.close();
  assert.ok(Date.now() - (await listCaches(folder))[0].lastUsed.getTime() < 60_000);
});

test("the least recently used come first; other files are ignored, damaged caches are listed", async () => {
  const folder = folderOf("b.pixels", "a.pixels", "resnet18.pth", "c.pixels.1.ab.tmp");
  const caches = await listCaches(folder);
  assert.equal(namesOf(caches), ["b.pixels", "a.pixels"]);
  assert.equal([caches[0].root, caches[0].images], [null, null]);
  assert.equal(await listCaches(join(folder, "nowhere")), []);
});

test("by age and by size: the oldest are removed, those in use are kept", async () => {
  const names = ["a.pixels", "b.pixels", "c.pixels", "d.pixels"];
  const byAge = folderOf(...names);
  const usedSince = new Date(Date.now() - 2.5 * 86_400_000);
  assert.equal(namesOf(await pruneCaches(byAge, { usedSince })), ["a.pixels", "b.pixels"]);
  assert.equal(readdirSync(byAge), ["c.pixels", "d.pixels"]);
  const bySize = folderOf(...names);
  assert.equal(await pruneCaches(bySize, { maxBytes: 400 }), []);
  const held = resolve(bySize, "a.pixels");
  holdCache(held);
  holdCache(held);
  releaseCache(held);
  assert.equal(namesOf(await pruneCaches(bySize, { maxBytes: 299 })), ["b.pixels", "c.pixels"]);
  assert.equal(namesOf(await pruneCaches(bySize, { maxBytes: 0 })), ["d.pixels"]);
  releaseCache(held);
  assert.equal(namesOf(await pruneCaches(bySize, { maxBytes: 0 })), ["a.pixels"]);
});

test("a new cache replaces the least recently used one, never one in use", async () => {
  const folder = temporaryFolder();
  const [old, used] = [await open(folder, 10), await open(folder, 12)];
  await old.close();
  age(old.path, 3);
  age(used.path, 5);
  // Of 12 images, with footers: 3.6, 5.2 and 9.2 kB of pixels.
  await withLimit(String(12_000 / 2 ** 30), async () => {
    const fresh = await open(folder, SIZE);
    assert.equal(fresh.removed, [old.path]);
    assert.ok(existsSync(used.path), "a cache in use was removed");
    assert.ok(existsSync(fresh.path), "the new cache was removed");
    const hit = await open(folder, SIZE);
    assert.equal([hit.hit, hit.removed], [true, []]);
    await Promise.all([fresh.close(), hit.close(), used.close()]);
  });
});

test("PULMO_CACHE_MAX counts GiB: 20 unless it says otherwise", async () => {
  assert.is(cacheLimit(), 20 * 2 ** 30);
  await withLimit("0.5", async () => assert.is(cacheLimit(), 2 ** 29));
  for (const wrong of ["x", "-1", "nan"]) {
    await withLimit(wrong, async () => assert.throws(cacheLimit, /PULMO_CACHE_MAX is ".*": give a number of GiB from 0 on/));
  }
});

test.run();
