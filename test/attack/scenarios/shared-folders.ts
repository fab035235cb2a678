// What other users of the machine plant in folders that they can write to, and what they can read. Only root can play another user:
// without root, these parts are left out.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { openPixels } from "#pulmo/data/cache.js";
import { makeCacheDir } from "#pulmo/data/cache-folder.js";
import { readManifest } from "#pulmo/data/manifest.js";
import { makeSyntheticDataset } from "#pulmo/data/synthetic.js";
import { decodeRows } from "#pulmo/node/decode-rows.js";
import { decodeStream } from "#pulmo/node/decode-stream.js";
import { makeFolder, writeFileAtomic } from "#pulmo/node/files.js";
import { SPACE } from "#pulmo/node/process-identity.js";
import { removeAbandonedIn, temporaryName } from "#pulmo/node/writers.js";
import { SILENT } from "#pulmo/run/caller.js";
import { unpackedFolder } from "#pulmo/run/datasets/zip-dataset.js";
import { imagesToScore } from "#pulmo/run/scoring/images-to-score.js";
import { patterned } from "../../data/patterned.js";
import { temporaryFolder } from "../../data/places.js";
import type { Scenario } from "../scenarios.js";

const SIZE = 16;
/** Another user, on Linux. */
const OTHER = 65534;
const asOther = process.getuid?.() === 0;
const hasModes = process.getuid !== undefined;
const modeOf = (path: string): number => lstatSync(path).mode & 0o7777;
const refusal = (work: Promise<unknown>): Promise<Error | undefined> =>
  work.then(
    () => undefined,
    (error) => error,
  );

/** A folder that everybody can write to, as /tmp. */
function shared(): string {
  const folder = temporaryFolder();
  chmodSync(folder, 0o1777);
  return folder;
}

function ofOther(path: string): string {
  lchownSync(path, OTHER, OTHER);
  return path;
}

/** With environment variables set for the time of `work`; undefined removes one. */
async function withEnvironment<T>(set: Record<string, string | undefined>, work: () => Promise<T>): Promise<T> {
  const before = Object.fromEntries(Object.keys(set).map((name) => [name, process.env[name]]));
  const apply = (values: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  apply(set);
  try {
    return await work();
  } finally {
    apply(before);
  }
}

async function dataset(): Promise<string> {
  const root = temporaryFolder();
  await makeSyntheticDataset(root, { perClass: { train: 1, val: 1, test: 1 }, seed: 1, size: 40 });
  return root;
}

async function cacheIn(cacheDir: string, root: string): Promise<{ path: string; hit: boolean }> {
  const { path, hit, close } = await openPixels(await readManifest(root), { size: SIZE, threads: 1, cacheDir });
  await close();
  return { path, hit };
}

export const scenarios: Scenario[] = [
  {
    name: "temporary names cannot be foreseen, so nothing can be planted there",
    async run() {
      const folder = shared();
      const victim = join(temporaryFolder(), "victim");
      writeFileSync(victim, "precious");
      const path = join(folder, "metrics.json");
      symlinkSync(victim, `${path}.${SPACE}-${process.pid}.tmp`);
      await writeFileAtomic(path, "result");
      assert.is(readFileSync(victim, "utf8"), "precious");
      assert.is(readFileSync(path, "utf8"), "result");
      assert.is(new Set(Array.from({ length: 100 }, () => temporaryName(path))).size, 100);
      assert.match(temporaryName(path), /\.[0-9a-f]{16}\.tmp$/);
    },
  },
  {
    name: "a link or folder that another user planted under an output's name is refused; others are followed",
    async run() {
      const victim = join(temporaryFolder(), "victim");
      writeFileSync(victim, "precious");
      const folder = shared();
      const link = join(folder, "out.csv");
      symlinkSync(victim, link);
      await writeFileAtomic(link, "by my own link");
      assert.is(readFileSync(victim, "utf8"), "by my own link");
      if (!asOther) return;
      ofOther(link);
      const error = await refusal(writeFileAtomic(link, "scores"));
      assert.instance(error, InputError);
      assert.match(
        error!.message,
        /out\.csv is a symbolic link of another user, in a folder that others can write to: remove it/,
      );
      assert.is(readFileSync(victim, "utf8"), "by my own link");
      const pipe = join(folder, "pipe");
      spawnSync("mkfifo", [pipe]);
      assert.match((await refusal(writeFileAtomic(ofOther(pipe), "scores")))?.message ?? "", /is a FIFO of another user/);
      symlinkSync(temporaryFolder(), join(folder, "logistic"));
      assert.match(
        (await refusal(makeFolder(ofOther(join(folder, "logistic")))))?.message ?? "",
        /symbolic link of another user/,
      );
      for (const below of [
        () => makeFolder(join(folder, "logistic/new")),
        () => writeFileAtomic(join(folder, "logistic/a.csv"), ""),
      ])
        assert.match((await refusal(below()))?.message ?? "", /logistic is a symbolic link of another user/);
      assert.equal(readdirSync(join(folder, "logistic")), []);
      // In a folder that only we can write to, a link of another user was put there by us, as by cp -a.
      const own = join(temporaryFolder(), "out.csv");
      symlinkSync(victim, own);
      await writeFileAtomic(ofOther(own), "followed");
      assert.is(readFileSync(victim, "utf8"), "followed");
    },
  },
  {
    name: "decoding does not write through a link in the place of its file",
    async run() {
      const victim = join(temporaryFolder(), "victim");
      writeFileSync(victim, "precious");
      const cacheFile = join(shared(), "rows");
      symlinkSync(victim, cacheFile);
      const image = { data: new Uint8Array(1024), width: 32, height: 32, channels: 1 as const, sha256: "" };
      const task = { files: ["a"], firstRow: 0, cacheFile };
      const error = await refusal(
        decodeRows(
          task,
          async () => image,
          ({ data }) => data as Uint8Array,
        ),
      );
      assert.is((error as NodeJS.ErrnoException)?.code, "ELOOP");
      assert.is(readFileSync(victim, "utf8"), "precious");
    },
  },
  {
    name: "of abandoned temporary files, only own ones are removed, and links stay",
    async run() {
      const folder = shared();
      const dead = `${SPACE}-${2 ** 30}.0a1b2c3d4e5f6071.tmp`;
      const precious = temporaryFolder();
      writeFileSync(join(precious, "x"), "precious");
      symlinkSync(precious, join(folder, `link.${dead}`));
      writeFileSync(join(folder, `own.${dead}`), "half");
      mkdirSync(join(folder, `folder.${dead}`));
      writeFileSync(join(folder, `folder.${dead}/half`), "half");
      writeFileSync(join(folder, `foreign.${dead}`), "half");
      if (asOther) ofOther(join(folder, `foreign.${dead}`));
      const remote = join(folder, "remote.elsewhere-1.0a1b2c3d4e5f6071.tmp");
      symlinkSync(precious, remote);
      utimesSync(precious, 1, 1);
      await removeAbandonedIn(folder, () => true);
      const left = [`link.${dead}`, ...(asOther ? [`foreign.${dead}`] : []), "remote.elsewhere-1.0a1b2c3d4e5f6071.tmp"];
      assert.equal(readdirSync(folder).sort(), left.sort());
      assert.equal(readdirSync(precious), ["x"]);
    },
  },
  {
    name: "decoded and unpacked X-rays are readable by their user only",
    async run() {
      if (!hasModes) return;
      const root = await dataset();
      const home = temporaryFolder();
      const cacheDir = join(home, "new");
      const made = await cacheIn(cacheDir, root);
      assert.equal([modeOf(cacheDir), modeOf(made.path)], [0o700, 0o600]);
      // As an older version left them.
      const old = join(home, "cache", "pulmo");
      mkdirSync(old, { recursive: true });
      chmodSync(old, 0o755);
      await withEnvironment({ PULMO_CACHE: undefined, XDG_CACHE_HOME: join(home, "cache") }, makeCacheDir);
      assert.is(modeOf(old), 0o700);
      chmodSync(made.path, 0o644);
      assert.is((await cacheIn(cacheDir, root)).hit, true);
      assert.is(modeOf(made.path), 0o600);
      const readable = join(home, "readable");
      mkdirSync(readable);
      chmodSync(readable, 0o755);
      assert.is(modeOf((await cacheIn(readable, root)).path), 0o600);
      assert.is(modeOf(readable), 0o755);

      const archive = join(home, "a.zip");
      writeFileSync(archive, zipSync({ "train/NORMAL/a.png": await patterned(40, 30, 1).png().toBuffer() }));
      await withEnvironment({ PULMO_CACHE: readable, TMPDIR: home }, async () => {
        assert.is(modeOf(join(await unpackedFolder(archive, SILENT), "..")), 0o700);
        const { paths, close } = await imagesToScore([archive]);
        assert.is(modeOf(join(paths[0], "..")), 0o700);
        await close();
        const stream = await decodeStream([join(root, "test/NORMAL/synthetic-0000.jpeg")], { size: SIZE, threads: 1 });
        const [rows] = readdirSync(home).filter((name) => name.startsWith("pulmo.pixels."));
        assert.is(modeOf(join(home, rows)), 0o600);
        await stream.close();
      });
    },
  },
  {
    name: "a folder of caches that was made for a group serves the group",
    slow: true,
    async run() {
      if (!hasModes) return;
      const root = await dataset();
      for (const [mode, file] of [
        [0o2770, 0o660],
        [0o775, 0o660],
        [0o2750, 0o640],
        [0o1777, 0o600],
      ]) {
        const cacheDir = temporaryFolder();
        chmodSync(cacheDir, mode);
        const { path } = await cacheIn(cacheDir, root);
        assert.is(modeOf(path), file, mode.toString(8));
        assert.is(modeOf(cacheDir), mode);
        if (!asOther) continue;
        // A cache that another member of the group made is used; one that any user may have planted is not.
        ofOther(path);
        assert.is((await cacheIn(cacheDir, root)).hit, mode !== 0o1777, mode.toString(8));
      }
    },
  },
  {
    name: "an unpacked dataset that another user planted is refused",
    async run() {
      if (!asOther) return;
      const cache = shared();
      const archive = join(temporaryFolder(), "a.zip");
      writeFileSync(archive, zipSync({ "train/NORMAL/a.png": await patterned(40, 30, 1).png().toBuffer() }));
      await withEnvironment({ PULMO_CACHE: cache }, async () => {
        const folder = await unpackedFolder(archive, SILENT);
        assert.is(await unpackedFolder(archive, SILENT), folder);
        ofOther(join(folder, ".."));
        assert.match((await refusal(unpackedFolder(archive, SILENT)))?.message ?? "", /is not a folder that pulmo made for you/);
        assert.ok(existsSync(folder) && statSync(folder).isDirectory());
      });
    },
  },
];
