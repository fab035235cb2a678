// MedMNIST's .npz as a dataset: names, labels, pixels, and invalid files.
import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openPixels } from "#pulmo/data/cache.js";
import { countImages, manifestSha256 } from "#pulmo/data/manifest.js";
import { readNpzManifest } from "#pulmo/data/npz.js";
import { SPLITS } from "#pulmo/data/types.js";
import { makeResizer } from "#pulmo/node/resizer.js";
import { npyBytes, npyHeader, npzBytes, uint8Array } from "../formats/npz-bytes.js";
import { fixtureBytes, temporaryFolder } from "./places.js";

const test = suite("dataset in an .npz");

const SIZE = 16;
const threads = 1;

function written(bytes: Uint8Array): string {
  const path = join(temporaryFolder(), "set.npz");
  writeFileSync(path, bytes);
  return path;
}
const fixturePath = (name: string) => written(fixtureBytes(`npz-${name}.npz`));

test("images are named by split, class and index; each class is in index order", async () => {
  for (const name of ["grey", "rgb"]) {
    const { images, notes, synthetic } = await readNpzManifest(fixturePath(name));
    assert.equal(
      images.train.map((image) => image.file),
      ["NORMAL/0", "NORMAL/3", "PNEUMONIA/1", "PNEUMONIA/2", "PNEUMONIA/4", "PNEUMONIA/5"].map((file) => `train/${file}`),
    );
    assert.equal(
      images.test.map((image) => image.label),
      [0, 0, 1, 1],
    );
    assert.equal(countImages(images), { train: [2, 4], val: [1, 1], test: [2, 2] });
    assert.equal([notes, synthetic], [[], false]);
  }
});

test("the limit takes evenly spaced images of every class and split", async () => {
  const { images } = await readNpzManifest(fixturePath("grey"), { limit: 2 });
  assert.equal(
    images.train.map((image) => image.file),
    ["train/NORMAL/0", "train/NORMAL/3", "train/PNEUMONIA/1", "train/PNEUMONIA/4"],
  );
});

test("digest and cache do not depend on place or time; other pixels of the same shape and labels change them", async () => {
  const cacheDir = temporaryFolder();
  const look = async (bytes: Uint8Array) => {
    const path = written(bytes);
    utimesSync(path, 1, Math.random() * 1e9);
    const manifest = await readNpzManifest(path);
    const { hit, close } = await openPixels(manifest, { size: SIZE, threads, cacheDir });
    await close();
    return { digest: manifestSha256(manifest.images), hit };
  };
  const [first, again] = [await look(set({}, SIZE)), await look(set({}, SIZE))];
  const others = Uint8Array.from({ length: 2 * SIZE * SIZE }, (_, i) => i + 7);
  const other = await look(set({ test_images: uint8Array([2, SIZE, SIZE], others) }, SIZE));
  assert.is(again.digest, first.digest);
  assert.is.not(other.digest, first.digest);
  assert.equal([first.hit, again.hit, other.hit], [false, true, false]);
});

/** Image i of a split, as in test/fixtures/make-npz-files.py. */
function drawn(split: number, i: number, width: number, height: number, channels: 1 | 3) {
  const at = (k: number) => ({ x: Math.floor(k / channels) % width, y: Math.floor(k / channels / width), c: k % channels });
  const shade = ({ x, y, c }: ReturnType<typeof at>) => 40 * split + 29 * i + 11 * y + 5 * x + 3 * c;
  const data = Uint8Array.from({ length: width * height * channels }, (_, k) => shade(at(k)));
  return { data, width, height, channels };
}

const SHAPES = [
  ["grey", 21, 27, 1],
  ["rgb", 30, 25, 3],
] as const;

test("rows are the resized images, made once; an image is read at its original size", async () => {
  const resize = makeResizer(SIZE);
  for (const [name, width, height, channels] of SHAPES) {
    const manifest = await readNpzManifest(fixturePath(name));
    const cacheDir = temporaryFolder();
    const progress: number[] = [];
    const onProgress = (done: number) => void progress.push(done);
    for (const hit of [false, true]) {
      const cache = await openPixels(manifest, { size: SIZE, threads, cacheDir, onProgress });
      assert.is(cache.hit, hit);
      assert.equal(progress, [12]);
      assert.equal(cache.unreadable, []);
      for (const [s, split] of SPLITS.entries()) {
        const { images, rowBytes, read } = cache.splits[split];
        for (const [row, { file, original }] of images.entries()) {
          const into = new Uint8Array(rowBytes);
          await read(row, into);
          const expected = drawn(s, Number(file.split("/")[2]), width, height, channels);
          assert.equal(into, resize(expected), file);
          const { sha256, ...image } = await manifest.source.read(file);
          assert.equal({ ...image, data: new Uint8Array(image.data) }, expected);
          assert.equal(original, { width, height, sha256 });
        }
      }
      await cache.close();
    }
  }
});

/** One NORMAL and one PNEUMONIA image per split, of side x side pixels, except for `changes`. */
function set(changes: Record<string, Uint8Array | undefined>, side = 2): Uint8Array {
  const images = uint8Array(
    [2, side, side],
    Uint8Array.from({ length: 2 * side * side }, (_, i) => i),
  );
  const all = Object.fromEntries(
    SPLITS.flatMap((split) => [
      [`${split}_images`, images],
      [`${split}_labels`, labels(0, 1)],
    ]),
  );
  return npzBytes(
    Object.fromEntries(Object.entries({ ...all, ...changes }).flatMap(([name, npy]) => (npy ? [[name, npy]] : []))),
  );
}

const labels = (...values: number[]): Uint8Array => uint8Array([values.length, 1], Uint8Array.from(values));

test("an image of the network's size is unchanged; grey becomes three equal channels", async () => {
  const manifest = await readNpzManifest(written(set({}, SIZE)));
  const { splits, close } = await openPixels(manifest, { size: SIZE, threads, cacheDir: temporaryFolder() });
  const into = new Uint8Array(splits.test.rowBytes);
  await splits.test.read(1, into);
  assert.equal(
    [...into],
    Array.from({ length: SIZE * SIZE * 3 }, (_, i) => (SIZE * SIZE + Math.floor(i / 3)) % 256),
  );
  await close();
});

test("labels are read as uint8, int32 and int64, in one axis or two", async () => {
  for (const [descr, bytes] of [
    ["|u1", Uint8Array.of(1, 0)],
    ["<i4", new Uint8Array(Int32Array.of(1, 0).buffer)],
    ["<i8", new Uint8Array(BigInt64Array.of(1n, 0n).buffer)],
  ] as const) {
    for (const shape of [[2], [2, 1]]) {
      const { images } = await readNpzManifest(written(set({ val_labels: npyBytes(npyHeader(descr, shape), bytes) })));
      assert.equal(
        images.val.map((image) => image.file),
        ["val/NORMAL/1", "val/PNEUMONIA/0"],
      );
    }
  }
});

/** The message of the InputError, one sentence that names the file. */
async function refused(work: Promise<unknown>, why: RegExp): Promise<void> {
  const error = await work.then(
    () => undefined,
    (e: Error) => e,
  );
  assert.is(error?.name, "InputError", `expected ${why}, got ${error?.stack}`);
  assert.match(error!.message, why);
  assert.match(error!.message, /set\.npz [^\n]*\.$/);
}

const LISTED: [string, Uint8Array, RegExp][] = [
  [
    "no labels",
    set({ train_labels: undefined, val_labels: undefined, test_labels: undefined }),
    /it lacks the array train_labels/,
  ],
  ["a third class", set({ test_labels: labels(0, 2) }), /its label test_labels\[1\] is 2, neither 0 nor 1/],
  ["several labels an image", set({ test_labels: uint8Array([1, 2], Uint8Array.of(0, 1)) }), /the shape \(1, 2\), not \(n, 1\)/],
  ["one label of no shape", set({ test_labels: uint8Array([], Uint8Array.of(0)) }), /the shape \(\), not/],
  ["labels of float64", set({ test_labels: npyBytes(npyHeader("<f8", [2]), new Uint8Array(16)) }), /dtype "<f8"/],
  [
    "a negative label",
    set({ test_labels: npyBytes(npyHeader("<i8", [2]), new Uint8Array(BigInt64Array.of(0n, -1n).buffer)) }),
    /test_labels\[1\] is -1/,
  ],
  ["half an archive", set({}).subarray(0, 300), /its zip archive is damaged/],
];

for (const [what, bytes, why] of LISTED) {
  test(`${what}: refused when the images are listed`, () => refused(readNpzManifest(written(bytes)), why));
}

const images = (shape: number[], length = shape.reduce((n, d) => n * d, 1)) => uint8Array(shape, new Uint8Array(length));
const DECODED: [string, Uint8Array | undefined, RegExp][] = [
  ["no images", undefined, /it lacks the array test_images/],
  ["fewer images than labels", images([1, 2, 2]), /has 1 images, and test_labels has 2 labels/],
  ["no axis of images", images([2, 4]), /is U8 of the shape \(2, 4\), not U8 of \(n, H, W\) or \(n, H, W, 3\)/],
  ["four channels", images([2, 2, 2, 4]), /the shape \(2, 2, 2, 4\)/],
  ["images of int32", npyBytes(npyHeader("<i4", [2, 1, 1]), new Uint8Array(8)), /is I32 of the shape/],
  ["images of no pixels", images([2, 0, 5]), /has images of 5x0 pixels/],
  ["an edge too long", images([2, 1, 70_000]), /has images of 70000x1 pixels/],
  ["other elements than claimed", uint8Array([2, 2, 2], new Uint8Array(7)), /has 7 bytes instead of 8/],
];

for (const [what, npy, why] of DECODED) {
  test(`${what}: refused when the images are decoded, and no cache is left`, async () => {
    const cacheDir = temporaryFolder();
    const manifest = await readNpzManifest(written(set({ test_images: npy })));
    await refused(openPixels(manifest, { size: SIZE, threads, cacheDir }), why);
    assert.equal(readdirSync(cacheDir), []);
  });
}

test.run();
