import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { zipSync } from "fflate";
import * as assert from "uvu/assert";
import { openPixels } from "#pulmo/data/cache.js";
import { readListManifest } from "#pulmo/data/list.js";
import { readManifest } from "#pulmo/data/manifest.js";
import { readNpzManifest } from "#pulmo/data/npz.js";
import { makeSyntheticDataset } from "#pulmo/data/synthetic.js";
import { type Manifest, SPLITS } from "#pulmo/data/types.js";
import { decodeImage } from "#pulmo/node/decode.js";
import { makeResizer } from "#pulmo/node/resizer.js";
import { callerOf } from "#pulmo/run/caller.js";
import { unpackedFolder } from "#pulmo/run/datasets/zip-dataset.js";
import { patterned } from "../../data/patterned.js";
import { temporaryFolder } from "../../data/places.js";
import type { Scenario } from "../scenarios.js";

const SIZE = 16;
const NEGATIVE = "test/NORMAL/synthetic-0000.jpeg";
const POSITIVE = "test/PNEUMONIA/synthetic-0000.jpeg";

/** Two images in test and train per class. All files have one size: bytes behind the end of a JPEG are ignored. */
async function dataset(): Promise<string> {
  const root = temporaryFolder();
  await makeSyntheticDataset(root, { perClass: { train: 2, val: 1, test: 2 }, seed: 1, size: 40 });
  const paths = (await namesOf(root)).map((name) => join(root, name));
  const bytes = paths.map((path) => readFileSync(path));
  const longest = Math.max(...bytes.map(({ length }) => length));
  paths.forEach((path, i) => {
    writeFileSync(path, Buffer.concat([bytes[i], Buffer.alloc(longest - bytes[i].length)]));
    utimesSync(path, 1e9, 1e9);
  });
  return root;
}

const filesOf = ({ images }: Manifest): string[] => SPLITS.flatMap((split) => images[split].map(({ file }) => file));
const namesOf = async (root: string): Promise<string[]> => filesOf(await readManifest(root));

/** Replaces a file's content and keeps its size and times, as `touch -r` does. */
function replace(path: string, bytes: Uint8Array): void {
  const { size, atime, mtime } = statSync(path);
  assert.is(bytes.length, size);
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

/** Exchanges the content of two files, in place. */
function exchange(root: string): void {
  const [a, b] = [NEGATIVE, POSITIVE].map((name) => readFileSync(join(root, name)));
  assert.not(a.equals(b));
  replace(join(root, NEGATIVE), b);
  replace(join(root, POSITIVE), a);
}

/** The rows of the dataset, through the cache; each must be its image, decoded here. */
async function assertRight(manifest: Manifest, root: string, cacheDir: string, what: string): Promise<boolean> {
  const resize = makeResizer(SIZE);
  const cache = await openPixels(manifest, { size: SIZE, threads: 1, cacheDir });
  try {
    for (const { images, rowBytes, read } of Object.values(cache.splits)) {
      for (const [i, { file }] of images.entries()) {
        const row = new Uint8Array(rowBytes);
        await read(i, row);
        assert.ok(Buffer.from(row).equals(resize(await decodeImage(join(root, file)))), `${what}: ${file} has other pixels`);
      }
    }
    return cache.hit;
  } finally {
    await cache.close();
  }
}

const folderIsRight = async (root: string, cacheDir: string, what: string): Promise<boolean> =>
  assertRight(await readManifest(root), root, cacheDir, what);

/** A copy with the same names, sizes and times, as of `cp -a` and `rsync -t`. */
function copyOf(root: string): string {
  const copy = temporaryFolder();
  cpSync(root, copy, { recursive: true, preserveTimestamps: true });
  return copy;
}

const npy = (shape: string, data: Uint8Array): Uint8Array => {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117);
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00v\x00", "latin1"), Buffer.from(`${header}\n`), data]);
};

export const scenarios: Scenario[] = [
  {
    name: "a copy of a dataset with exchanged content does not get the pixels of the original",
    async run() {
      const [root, cacheDir] = [await dataset(), temporaryFolder()];
      await folderIsRight(root, cacheDir, "original");
      const copy = copyOf(root);
      assert.is(await folderIsRight(copy, cacheDir, "an equal copy"), true);
      exchange(copy);
      assert.is(await folderIsRight(copy, cacheDir, "the copy"), false);
    },
  },
  {
    name: "files replaced in place or by a rename, with their sizes and times, are decoded again",
    async run() {
      const [root, cacheDir] = [await dataset(), temporaryFolder()];
      await folderIsRight(root, cacheDir, "original");
      exchange(root);
      assert.is(await folderIsRight(root, cacheDir, "in place"), false);
      const [a, b, spare] = [NEGATIVE, POSITIVE, "spare"].map((name) => join(root, name));
      renameSync(a, spare);
      renameSync(b, a);
      renameSync(spare, b);
      // The content of before, whose cache is still there.
      assert.is(await folderIsRight(root, cacheDir, "renamed"), true);
    },
  },
  {
    name: "a path that leads to another dataset, as a bind mount or a link does, gets its own pixels",
    async run() {
      const [root, cacheDir] = [await dataset(), temporaryFolder()];
      const other = copyOf(root);
      exchange(other);
      await folderIsRight(root, cacheDir, "the first");
      renameSync(root, `${root}-away`);
      renameSync(other, root);
      assert.is(await folderIsRight(root, cacheDir, "the second"), false);
      renameSync(root, other);
      renameSync(`${root}-away`, root);
    },
  },
  {
    name: "a CSV dataset whose files were replaced gets their pixels",
    async run() {
      const [root, cacheDir] = [await dataset(), temporaryFolder()];
      const csv = join(root, "list.csv");
      const records = (await namesOf(root)).map((name) => `${name},${name.split("/")[1]},${name.split("/")[0]}`);
      writeFileSync(csv, `file,label,split\n${records.join("\n")}\n`);
      await assertRight(await readListManifest(csv), root, cacheDir, "original");
      exchange(root);
      assert.is(await assertRight(await readListManifest(csv), root, cacheDir, "replaced"), false);
    },
  },
  {
    name: "an .npz that is replaced after its labels were read is refused",
    async run() {
      const path = join(temporaryFolder(), "a.npz");
      const archive = (shade: number) =>
        zipSync(
          {
            "test_images.npy": npy("(2, 16, 16)", new Uint8Array(512).fill(shade)),
            "test_labels.npy": npy("(2, 1)", Uint8Array.of(0, 1)),
          },
          { level: 0, mtime: "1980-01-01T00:00:00" },
        );
      writeFileSync(path, archive(1));
      const manifest = await readNpzManifest(path);
      replace(path, archive(2));
      const error = await openPixels(manifest, { size: SIZE, threads: 1, cacheDir: temporaryFolder() }).catch((e) => e);
      assert.match(error.message, /a\.npz was changed while pulmo was reading it/);
    },
  },
  {
    name: "a cache with the right key and checksums, but other pixels or none, is made again",
    slow: true,
    async run() {
      const [root, cacheDir] = [await dataset(), temporaryFolder()];
      await folderIsRight(root, cacheDir, "original");
      const path = join(cacheDir, readdirSync(cacheDir)[0]);
      const whole = readFileSync(path);
      const rowBytes = SIZE * SIZE * 3;
      const jsonBytes = whole.readUInt32LE(whole.length - 16);
      const footer = JSON.parse(whole.subarray(-16 - jsonBytes, -16).toString());
      const count = footer.rows.length;
      const sealed = (rows: object[], pixels: Uint8Array) => {
        const json = Buffer.from(JSON.stringify({ ...footer, rows }));
        const tail = Buffer.alloc(16);
        tail.writeUInt32LE(json.length, 0);
        tail.writeUInt32LE(crc32(json), 4);
        tail.write("PULMOPX1", 8);
        return Buffer.concat([pixels, json, tail]);
      };
      const black = Buffer.alloc(count * rowBytes);
      const crc = crc32(black.subarray(0, rowBytes));
      const poisons = {
        "black pixels": sealed(
          footer.rows.map((row: object) => ({ ...row, crc })),
          black,
        ),
        "rows in another order": sealed(
          [...footer.rows].reverse(),
          Buffer.concat(
            Array.from({ length: count }, (_, i) => whole.subarray((count - 1 - i) * rowBytes).subarray(0, rowBytes)),
          ),
        ),
        "all unreadable": sealed(
          footer.rows.map(() => ({ crc: 0, unreadable: "the file is empty" })),
          black,
        ),
      };
      for (const [what, bytes] of Object.entries(poisons)) {
        writeFileSync(path, bytes);
        assert.is(await folderIsRight(root, cacheDir, what), false, what);
      }
      assert.is(await folderIsRight(root, cacheDir, "made again"), true);
    },
  },
  {
    name: "an archive is unpacked again after its unpacked images were changed or removed; two processes may unpack it at once",
    async run() {
      const home = temporaryFolder();
      const names = ["train/NORMAL/a.png", "train/PNEUMONIA/b.png"];
      const [a, b] = await Promise.all([40, 41].map((width) => patterned(width, 30, 1).png().toBuffer()));
      const archive = join(home, "a.zip");
      writeFileSync(archive, zipSync({ [names[0]]: a, [names[1]]: b }));
      const before = process.env.PULMO_CACHE;
      process.env.PULMO_CACHE = join(home, "caches");
      try {
        const both = await Promise.all([1, 2].map(() => unpackedFolder(archive, callerOf({}))));
        assert.is(both[0], both[1]);
        const right = async () => {
          const folder = await unpackedFolder(archive, callerOf({}));
          assert.equal((await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".png")).sort(), names);
          assert.ok(readFileSync(join(folder, names[0])).equals(a) && readFileSync(join(folder, names[1])).equals(b));
        };
        await right();
        writeFileSync(join(both[0], names[0]), b);
        await right();
        rmSync(join(both[0], names[0]));
        await right();
        writeFileSync(join(both[0], "train/NORMAL/c.png"), b);
        await right();
      } finally {
        if (before === undefined) delete process.env.PULMO_CACHE;
        else process.env.PULMO_CACHE = before;
      }
    },
  },
];
