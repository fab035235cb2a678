// `data fetch` of small archives with the layout of the real ones, from a server of this test.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statfsSync, utimesSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { type Zippable, zipSync } from "fflate";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { imagePlace } from "#pulmo/data/chest-xray.js";
import { SPACE } from "#pulmo/node/process-identity.js";
import { type Progress, SILENT } from "#pulmo/run/caller.js";
import { DATA_SOURCES, type DataSource } from "#pulmo/run/datasets/data-sources.js";
import { fetchData } from "#pulmo/run/datasets/fetch-data.js";
import { fetchedData } from "#pulmo/run/datasets/fetched-data.js";
import { filesBelow } from "../../commands/cli.js";
import { realData, temporaryFolder, withoutData } from "../../data/places.js";
import { ranged, serving } from "../../node/server.js";
import { unless } from "../../skip.js";

const test = suite("data fetch");

const image = (name: string) => new TextEncoder().encode(`pixels of ${name}`);
const VAL = ["NORMAL/NORMAL2-IM-1427-0001.jpeg", "PNEUMONIA/person1946_bacteria_4874.jpeg"];

/** Like Mendeley's: no val (its images are in train), and files of macOS. */
const entries: Zippable = {};
for (const split of ["train", "test"]) {
  for (const c of ["NORMAL", "PNEUMONIA"]) {
    for (const n of [1, 2, 3].slice(0, split === "test" ? 2 : 3)) {
      entries[`chest_xray/${split}/${c}/${c}-${n}.jpeg`] = image(`${split}/${c}-${n}`);
      entries[`__MACOSX/chest_xray/${split}/${c}/._${c}-${n}.jpeg`] = image("mac");
    }
  }
}
for (const name of VAL) entries[`chest_xray/train/${name}`] = image(name);
entries["chest_xray/.DS_Store"] = image("mac");
entries["chest_xray/train/NORMAL/"] = new Uint8Array(0);
const mendeley = zipSync(entries);
/** Like Kaggle's: with val, and a second copy of everything. */
const kaggle = zipSync(
  Object.fromEntries(
    Object.entries(entries).flatMap(([name, content]) => {
      const moved = VAL.some((v) => name.endsWith(v)) ? name.replace("/train/", "/val/") : name;
      return [
        [moved, content],
        [`chest_xray/${moved}`, content],
      ];
    }),
  ),
);

const digest = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest("hex");
const source = (bytes: Uint8Array, more: Partial<DataSource> = {}): DataSource => ({
  name: "small",
  url: "http://127.0.0.1:1/never-asked",
  file: "small.zip",
  hash: { algorithm: "sha256", hex: digest("sha256", bytes) },
  bytes: bytes.length,
  images: { bytes: 1000, counts: { train: [3, 3], val: [1, 1], test: [2, 2] } },
  ...more,
});

const UNPACKED = [
  ...["NORMAL-1", "NORMAL-2"].map((n) => `test/NORMAL/${n}.jpeg`),
  ...["PNEUMONIA-1", "PNEUMONIA-2"].map((n) => `test/PNEUMONIA/${n}.jpeg`),
  ...["NORMAL-1", "NORMAL-2", "NORMAL-3"].map((n) => `train/NORMAL/${n}.jpeg`),
  ...["PNEUMONIA-1", "PNEUMONIA-2", "PNEUMONIA-3"].map((n) => `train/PNEUMONIA/${n}.jpeg`),
  ...VAL.map((name) => `val/${name}`),
];

interface Fetched {
  cache: string;
  said: string[];
  asked: (string | undefined)[];
  error: Error | undefined;
}

/** Cuts the connection after the first bytes arrive, because a reset discards buffered data. */
let cutOff = () => {};

/** Downloads into `cache` from a server that calls `listener`. */
async function fetchFrom(listener: RequestListener, job: DataSource, cache = temporaryFolder()): Promise<Fetched> {
  const said: string[] = [];
  const asked: (string | undefined)[] = [];
  const say = (line: string) => void said.push(line);
  process.env.PULMO_CACHE = cache;
  let error: Error | undefined;
  await serving(
    (request, response) => {
      asked.push([request.url, request.headers.range].filter(Boolean).join(" "));
      listener(request, response);
    },
    async (url) => {
      process.env.PULMO_DATA_URL = url.href;
      await fetchData(job, { info: say, warn: say, bar: () => ({ draw: () => cutOff(), stop() {} }) }).catch((e) => (error = e));
    },
    "data",
  );
  return { cache, said, asked, error };
}

async function refused(listener: RequestListener, job: DataSource, why: RegExp, cache?: string): Promise<Fetched> {
  const fetched = await fetchFrom(listener, job, cache);
  assert.instance(fetched.error, InputError, String(fetched.error?.stack));
  assert.match(fetched.error!.message, why);
  assert.match(fetched.error!.message, /^[^\n]+\.$/);
  assert.is(fetchedData(), undefined);
  return fetched;
}

for (const [name, bytes] of Object.entries({ mendeley, kaggle })) {
  test(`${name}: downloaded, unpacked as published, found without --data; a second call sends no request`, async () => {
    const { cache, asked, said, error } = await fetchFrom(ranged(bytes), source(bytes));
    assert.is(error, undefined, error?.stack);
    assert.equal(asked, ["/data/small.zip"]);
    assert.equal(filesBelow(cache), UNPACKED.map((file) => `chest-xray/${file}`).sort());
    assert.is(fetchedData(), join(cache, "chest-xray"));
    assert.is(readFileSync(join(cache, "chest-xray/val", VAL[0]), "utf8"), `pixels of ${VAL[0]}`);
    assert.ok(said.some((line) => line.endsWith("the archive was deleted.")));
    const again = await fetchFrom(ranged(bytes), source(bytes), cache);
    assert.equal([again.asked, again.error], [[], undefined]);
    assert.match(again.said[0], /already exists/);
  });
}

test("a file without images is kept unchanged", async () => {
  const job = source(mendeley, { file: "a.npz", hash: { algorithm: "md5", hex: digest("md5", mendeley) } });
  delete job.images;
  const { cache, error } = await fetchFrom(ranged(mendeley), job);
  assert.is(error, undefined);
  assert.equal(readdirSync(cache), ["a.npz"]);
  assert.is(fetchedData(), undefined);
});

test("after a cut and a refusal the partial file stays, and the next call requests the rest", async () => {
  const first = await refused(
    ({ headers }, response) => {
      if (headers.range) return void response.writeHead(503).end();
      response.writeHead(200, { "content-length": mendeley.length });
      response.write(mendeley.subarray(0, 500));
      cutOff = () => response.destroy();
    },
    source(mendeley),
    /responded with 503\): try again; the download resumes where it stopped/,
  );
  assert.equal(first.asked, ["/data/small.zip", "/data/small.zip bytes=500-"]);
  assert.equal(readdirSync(first.cache), ["small.zip.part"]);
  const { asked, error, said } = await fetchFrom(ranged(mendeley), source(mendeley), first.cache);
  assert.is(error, undefined, error?.stack);
  assert.equal(asked, ["/data/small.zip bytes=500-"]);
  assert.match(said[0], /^Resuming after/);
  assert.equal(readdirSync(first.cache), ["chest-xray"]);
});

test("a 404, wrong data and a far too long file leave no files", async () => {
  const gone = await refused((_, r) => void r.writeHead(404).end("no"), source(mendeley), /the server responded with 404/);
  assert.equal(readdirSync(gone.cache), []);
  const wrong = await refused(
    ranged(kaggle.subarray(0, mendeley.length)),
    source(mendeley),
    /SHA-256 .* so the download was deleted/,
  );
  assert.equal(readdirSync(wrong.cache), []);
  const long = await refused(
    ranged(new Uint8Array(mendeley.length * 2)),
    source(mendeley),
    /has more than .* so the download was deleted/,
  );
  assert.equal(readdirSync(long.cache), []);
});

test("an archive with wrong counts and a damaged one are deleted and leave no images", async () => {
  const other = source(mendeley, { images: { bytes: 1000, counts: { train: [4, 3], val: [1, 1], test: [2, 2] } } });
  const counted = await refused(
    ranged(mendeley),
    other,
    /are train 3\/3, .* instead of train 4\/3, .*\) and was deleted: download it again/,
  );
  assert.equal(readdirSync(counted.cache), []);
  const text = new TextEncoder().encode("no archive, but what the hash says");
  assert.equal(readdirSync((await refused(ranged(text), source(text), /did not contain the dataset/)).cache), []);
  const none = zipSync({ "chest_xray/train/a.jpeg": image("a") });
  await refused(ranged(none), source(none), /images of a split or class are missing/);
});

test("too little disk space is reported before any request; a complete archive is kept until there is space", async () => {
  const { bavail, bsize } = statfsSync(temporaryFolder());
  const images = { ...source(mendeley).images!, bytes: bavail * bsize * 2 };
  const { asked, cache } = await refused(ranged(mendeley), source(mendeley, { images }), /has no space for .* GB of the dataset/);
  assert.equal([asked, readdirSync(cache)], [[], []]);
  writeFileSync(join(cache, "small.zip"), mendeley);
  await refused(ranged(mendeley), source(mendeley, { images }), /has no space/, cache);
  assert.equal(readdirSync(cache), ["small.zip"]);
  const { error, asked: more } = await fetchFrom(ranged(mendeley), source(mendeley), cache);
  assert.equal([error, more], [undefined, []]);
});

test("stopping during unpacking keeps the archive and no images", async () => {
  const cache = temporaryFolder();
  writeFileSync(join(cache, "small.zip"), mendeley);
  process.env.PULMO_CACHE = cache;
  const controller = new AbortController();
  let there: string[] = [];
  const draw = ({ left, done }: Progress) => {
    if (left !== "Unpacking" || done !== 5) return;
    there = readdirSync(cache);
    controller.abort();
  };
  const caller = { ...SILENT, bar: () => ({ draw, stop() {} }), signal: controller.signal };
  const error = await fetchData(source(mendeley), caller).catch((reason) => reason);
  assert.is(error, controller.signal.reason);
  assert.match(there.join(), /^\.small\.zip\.lock-[\w-]+,chest-xray\.\w+-\d+\.[0-9a-f]{16}\.tmp,small\.zip$/);
  assert.equal(readdirSync(cache), ["small.zip"]);
});

test("files of an interrupted unpacking are removed if the process is dead, from another machine after an hour", async () => {
  const cache = temporaryFolder();
  for (const host of [SPACE, "elsewhere"]) mkdirSync(join(cache, `chest-xray.${host}-4194305.tmp/train`), { recursive: true });
  utimesSync(join(cache, "chest-xray.elsewhere-4194305.tmp"), 1, 1);
  await fetchFrom(ranged(mendeley), source(mendeley), cache);
  assert.equal(readdirSync(cache), ["chest-xray"]);
});

test("only plain images in the six folders are unpacked", () => {
  for (const entry of [
    "chest_xray/chest_xray/train/NORMAL/a.jpeg",
    "__MACOSX/chest_xray/train/NORMAL/._a.jpeg",
    "chest_xray/train/NORMAL/.a.jpeg",
    "chest_xray/train/NORMAL/../a.jpeg",
    "chest_xray/train/NORMAL/b/a.jpeg",
    "chest_xray/train/normal/a.jpeg",
    "chest_xray/train/NORMAL/a.txt",
    "chest_xray/train/NORMAL/a\\b.jpeg",
    "chest_xray/train/NORMAL/a\u0000.jpeg",
    "chest_xray/train/NORMAL/a.jpeg\n",
    "/train/NORMAL/a.jpeg",
    "other/NORMAL/a.jpeg",
    "",
  ]) {
    assert.is(imagePlace(entry), undefined, entry);
  }
  assert.is(imagePlace("test/PNEUMONIA/a.PNG"), "test/PNEUMONIA/a.PNG");
  assert.is(imagePlace(`chest_xray/test/${VAL[0]}`), `test/${VAL[0]}`);
});

unless(withoutData("chest_xray"), test)("the real file names go to their own places, also where val's are in train", () => {
  const names = filesBelow(realData("chest_xray"));
  assert.is(names.length, 5856);
  for (const name of names) {
    assert.is(imagePlace(`chest_xray/${name}`), name);
    assert.is(imagePlace(`chest_xray/${name.replace(/^val/, "train")}`), name);
  }
});

test("the sources use https and have complete hashes", () => {
  assert.equal(
    DATA_SOURCES.map(({ name }) => name),
    ["mendeley", "kaggle", "medmnist"],
  );
  for (const { url, hash } of DATA_SOURCES) {
    assert.match(url, /^https:/);
    assert.match(hash.hex, hash.algorithm === "md5" ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{64}$/);
  }
});

test.run();
