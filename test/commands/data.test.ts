// `data fetch`, `data cache`, and what commands without --data take.
import type { ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../data/places.js";
import { serving } from "../node/server.js";
import { assertRefused, dataset, pulmo } from "./cli.js";

const test = suite("data commands");

const root = await dataset();

test("without --data: what was fetched, else the sample or a complaint", async () => {
  const cache = temporaryFolder();
  const env = { PULMO_CACHE: cache };
  await assertRefused(["data", "check"], /Missing --data: a dataset, for example chest_xray; .* data fetch downloads/, { env });
  cpSync(root, join(cache, "chest-xray"), { recursive: true });
  const found = join(cache, "chest-xray");
  const checked = await pulmo(["data", "check", "--json"], { env });
  assert.is(checked.code, 0, checked.stderr);
  assert.is(JSON.parse(checked.stdout).root, found);
  assert.match(checked.stderr, /chest-xray has \d+ of the 5856 images that data fetch unpacked: remove the folder/);
  assert.ok(checked.stderr.includes(`Using the dataset downloaded by data fetch: ${found}\n`), checked.stderr);
  const out = join(temporaryFolder(), "out");
  const run = await pulmo(["train", "--models", "logistic", "--epochs", "1", "--out", out], { env });
  assert.is(run.code, 0, run.stderr);
  assert.ok(run.stderr.includes(found) && !run.stderr.includes("SAMPLE"), run.stderr);
  assert.is(JSON.parse(readFileSync(join(out, "run.json"), "utf8")).options.data, found);
  const evaluated = await pulmo(["evaluate", "--checkpoint", join(out, "logistic"), "--json"], { env });
  assert.is(evaluated.code, 0, evaluated.stderr);
  assert.is(JSON.parse(evaluated.stdout).n, 4);
});

test("a run on the sample stays on it when the dataset is fetched before it is resumed", async () => {
  const cache = temporaryFolder();
  const env = { PULMO_CACHE: cache };
  const out = join(temporaryFolder(), "out");
  const trained = await pulmo(["train", "--models", "logistic", "--epochs", "1", "--limit", "2", "--out", out], { env });
  assert.is(trained.code, 0, trained.stderr);
  assert.match(trained.stderr, /SAMPLE of 300/);
  cpSync(root, join(cache, "chest-xray"), { recursive: true });
  const { code, stderr } = await pulmo(["train", "--resume", out], { env });
  assert.is(code, 0, stderr);
  assert.match(stderr, /SAMPLE of 300/);
});

test("Ctrl-C in the middle of a download: what came stays, and the message says how to go on", async () => {
  const cache = temporaryFolder();
  await serving(
    (_, response) => void response.writeHead(200, { "content-length": 1_000_000 }).write(new Uint8Array(1000)),
    async (url) => {
      const watch = setInterval(() => {
        const [part] = existsSync(cache) ? readdirSync(cache).filter((n) => n.endsWith(".part")) : [];
        if (part && readFileSync(join(cache, part)).length > 0) child?.kill("SIGINT");
      }, 50);
      let child: ChildProcess | undefined;
      const env = { PULMO_CACHE: cache, PULMO_DATA_URL: url.href };
      const { code, stderr } = await pulmo(["data", "fetch"], { env, onStderr: (_, c) => void (child = c) });
      clearInterval(watch);
      assert.is(code, 130, stderr);
      assert.match(stderr, /Downloading http:\S+ChestXRay2017\.zip \(1\.24 GB\)/);
      assert.match(stderr, /pulmo: Interrupted\. Continue with: .* data fetch mendeley\n$/);
      assert.equal(readdirSync(cache), ["ChestXRay2017.zip.part"]);
    },
    "mirror",
  );
});

test("a source's file is asked for below PULMO_DATA_URL, and refused when it is another", async () => {
  const cache = temporaryFolder();
  const asked: (string | undefined)[] = [];
  await serving(
    (request, response) => {
      asked.push(request.url);
      response.end("hello");
    },
    async (url) => {
      const env = { PULMO_CACHE: cache, PULMO_DATA_URL: url.href };
      await assertRefused(["data", "fetch", "medmnist"], /\(MD5 5d41402a instead of d6a3c71d\), so the download was deleted/, {
        env,
      });
      await assertRefused(["data", "fetch", "kaggle"], /\(MD5 5d41402a instead of 930763e3\)/, { env });
    },
    "mirror",
  );
  assert.equal(asked, ["/mirror/pneumoniamnist_224.npz", "/mirror/chest-xray-pneumonia.zip"]);
  assert.equal(readdirSync(cache), []);
  const env = { PULMO_CACHE: cache, PULMO_DATA_URL: "ftp://example.org" };
  await assertRefused(["data", "fetch"], /PULMO_DATA_URL is "ftp:.*": give an http or https URL/, { env });
});

test("data cache lists the pixel caches and prunes those of long ago", async () => {
  const cache = temporaryFolder();
  const env = { PULMO_CACHE: cache };
  const none = await pulmo(["data", "cache"], { env });
  assert.equal([none.code, none.stdout], [0, `0 pixel caches, 0.00 GiB in ${cache}, of 20.00 GiB allowed (PULMO_CACHE_MAX).\n`]);
  assert.is((await pulmo(["data", "prepare", "--data", root], { env })).code, 0);
  mkdirSync(join(cache, "kept"));
  const listed = await pulmo(["data", "cache"], { env });
  const today = new Date().toISOString().slice(0, 4);
  assert.match(
    listed.stdout,
    new RegExp(`^used ${today}-\\S+     12 images of 224 pixels    0\\.00 GiB  ${root}\\n1 pixel cache, `),
  );
  assert.match((await pulmo(["data", "cache", "--prune"], { env })).stdout, /^Removed 0 pixel caches/);
  const { caches } = JSON.parse((await pulmo(["data", "cache", "--json"], { env })).stdout);
  const [{ path }] = caches;
  utimesSync(path, 1, 1);
  const pruned = await pulmo(["data", "cache", "--prune"], { env });
  assert.equal([pruned.code, pruned.stderr], [0, ""]);
  assert.match(pruned.stdout, /^used 1970-01-01 .*\nRemoved 1 pixel cache, 0\.00 GiB from /);
  assert.equal(readdirSync(cache), ["kept"]);
  await assertRefused(["data", "cache"], /PULMO_CACHE_MAX is "many"/, { env: { ...env, PULMO_CACHE_MAX: "many" } });
});

test.run();
