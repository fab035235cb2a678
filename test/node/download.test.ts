// Downloads from a server of this test that is slow, cuts connections, sends wrong data, stays silent or is absent.

import { createHash } from "node:crypto";
import { appendFileSync, existsSync, linkSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { createRng } from "#pulmo/core/rng.js";
import { type Download, download } from "#pulmo/node/download.js";
import { assertRefused, filesBelow, pulmoProcess } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";
import { ranged, serving } from "./server.js";

const test = suite("download");

const rng = createRng(3);
const content = Uint8Array.from({ length: 300_000 }, () => rng.below(256));
const digest = (algorithm: "sha256" | "md5") => createHash(algorithm).update(content).digest("hex");

const job = (url: URL, more: Partial<Download> = {}): Download => ({
  url,
  path: join(temporaryFolder(), "deep/w.pth"),
  hash: { algorithm: "sha256", hex: digest("sha256").slice(0, 8) },
  maxBytes: 1e6,
  retries: 0,
  silenceMs: 5000,
  onProgress: () => {},
  ...more,
});

async function refused(options: Download, why: RegExp): Promise<void> {
  const error = await download(options).then(
    () => undefined,
    (e: unknown) => e,
  );
  assert.instance(error, InputError);
  assert.match((error as Error).message, why);
  assert.not.ok(existsSync(options.path), "a file that was refused is there");
}

const assertWhole = ({ path }: Download) => {
  assert.is(Buffer.compare(readFileSync(path), content), 0);
  assert.not.ok(existsSync(`${path}.part`));
};

/** Sends the content in pieces and keeps the response open. */
async function drip(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-length": content.length });
  for (let at = 0; at < content.length; at += 50_000) {
    response.write(content.subarray(at, at + 50_000));
    await wait(30);
  }
}

test("links in the place of an unfinished download are replaced, never followed", async () => {
  for (const link of [symlinkSync, linkSync]) {
    await serving(ranged(content), async (url) => {
      const options = job(url);
      mkdirSync(dirname(options.path));
      const victim = join(temporaryFolder(), "victim");
      writeFileSync(victim, content.subarray(0, 1000));
      link(victim, `${options.path}.part`);
      await download(options);
      assertWhole(options);
      assert.is(Buffer.compare(readFileSync(victim), content.subarray(0, 1000)), 0);
      assert.ok(lstatSync(options.path).isFile());
    });
  }
});

test("a file from a slow server is complete, and progress is reported", async () => {
  const seen: number[] = [];
  await serving(
    async (_, response) => {
      await drip(response);
      response.end();
    },
    async (url) => {
      const options = job(url, { silenceMs: 600, onProgress: (length, total) => seen.push(length / total!) });
      await download(options);
      assertWhole(options);
    },
  );
  // On a busy machine, several of the six pieces may arrive together.
  assert.ok(seen.length >= 2);
  assert.equal(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  assert.is(seen.at(-1), 1);
});

test("an interrupted download resumes where it stopped", async () => {
  const asked: (string | undefined)[] = [];
  let cutOff = () => {};
  await serving(
    (request, response) => {
      asked.push(request.headers.range);
      if (asked.length > 1) return ranged(content)(request, response);
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 100_000));
      // Waits until data has arrived: a connection reset discards buffered data.
      cutOff = () => response.destroy();
    },
    async (url) => {
      const options = { ...job(url), onProgress: () => cutOff() };
      await refused(options, /could not be downloaded \(.*\): try again; the download resumes where it stopped/);
      const part = readFileSync(`${options.path}.part`);
      assert.is(Buffer.compare(part, content.subarray(0, part.length)), 0);
      assert.ok(part.length > 0);
      await download(options);
      assertWhole(options);
      assert.equal(asked, [undefined, `bytes=${part.length}-`]);
    },
  );
});

test("it retries after a cut, as long as every attempt receives data", async () => {
  const asked: number[] = [];
  let cutOff = () => {};
  await serving(
    (request, response) => {
      const begin = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
      asked.push(begin);
      if (asked.length === 5) return void response.writeHead(503).end();
      const body = content.subarray(begin);
      response.writeHead(begin > 0 ? 206 : 200, {
        "content-length": body.length,
        ...(begin > 0 && { "content-range": `bytes ${begin}-${content.length - 1}/${content.length}` }),
      });
      if (body.length <= 50_000) return void response.end(body);
      response.write(body.subarray(0, 50_000));
      cutOff = () => response.destroy();
    },
    async (url) => {
      const onProgress = (length: number) => length % 50_000 === 0 && cutOff();
      const options = job(url, { retries: 9, onProgress });
      await refused(options, /the server responded with 503/);
      assert.equal(asked, [0, 50_000, 100_000, 150_000, 200_000]);
      await download(options);
      assertWhole(options);
      asked.length = 0;
      await refused(job(url, { retries: 1, onProgress }), /could not be downloaded/);
      assert.equal(asked, [0, 50_000]);
    },
  );
});

test("two processes do not write one file", async () => {
  await serving(
    async (_, response) => {
      await drip(response);
    },
    async (url) => {
      const options = job(url, { retries: 9 });
      const other = () => appendFileSync(`${options.path}.part`, "x");
      await refused({ ...options, onProgress: other }, /Another process is writing .*w\.pth\.part: wait/);
    },
  );
});

test("a server without ranges sends the whole file, and a complete partial file is used", async () => {
  await serving(
    (_, response) => response.end(content),
    async (url) => {
      const options = job(url);
      await refused({ ...options, maxBytes: 10 }, /has more than 10 bytes/);
      assert.not.ok(existsSync(`${options.path}.part`));
      writeFileSync(`${options.path}.part`, content.subarray(0, 70_000));
      await download(options);
      assertWhole(options);
    },
  );
  await serving(
    (_, response) => response.writeHead(416).end(),
    async (url) => {
      const options = job(url);
      await refused(options, /the server responded with 416/);
      writeFileSync(`${options.path}.part`, content);
      await download(options);
      assertWhole(options);
    },
  );
});

test("wrong data are deleted", async () => {
  await serving(
    (_, response) => response.end(content.toReversed()),
    async (url) => {
      const options = job(url);
      await refused(
        options,
        /is not the expected file \(SHA-256 [0-9a-f]{8} instead of [0-9a-f]{8}\), so the download was deleted/,
      );
      assert.not.ok(existsSync(`${options.path}.part`));
    },
  );
});

test("all digits of either hash are compared, and a redirect is followed, also for the rest of a file", async () => {
  const asked: string[] = [];
  await serving(
    (request, response) => {
      asked.push(`${request.url} ${request.headers.range}`);
      if (request.url === "/w.pth") response.writeHead(302, { location: "/elsewhere" }).end();
      else ranged(content)(request, response);
    },
    async (url) => {
      for (const algorithm of ["sha256", "md5"] as const) {
        const options = job(url, { hash: { algorithm, hex: digest(algorithm) } });
        await download(options);
        assertWhole(options);
        const hex = digest(algorithm).replace(/.$/, (last) => (last === "0" ? "1" : "0"));
        const name = { sha256: "SHA-256", md5: "MD5" }[algorithm];
        await refused(job(url, { hash: { algorithm, hex } }), new RegExp(`not the expected file \\(${name} `));
      }
      asked.length = 0;
      const options = job(url);
      mkdirSync(dirname(options.path));
      writeFileSync(`${options.path}.part`, content.subarray(0, 1000));
      await download(options);
      assertWhole(options);
    },
  );
  assert.equal(asked, ["/w.pth bytes=1000-", "/elsewhere bytes=1000-"]);
});

test("a silent server, an HTTP error and a missing server are reported", async () => {
  await serving(
    () => {},
    (url) => refused(job(url, { silenceMs: 100 }), /no answer for 0.1 seconds/),
  );
  await serving(
    (_, response) => void response.writeHead(200).write("a"),
    (url) => refused(job(url, { silenceMs: 100 }), /no answer/),
  );
  for (const code of [404, 500]) {
    await serving(
      (_, response) => void response.writeHead(code).end("no"),
      (url) => refused(job(url), new RegExp(`the server responded with ${code}`)),
    );
  }
  let gone!: URL;
  await serving(
    () => {},
    async (url) => void (gone = url),
  );
  await refused(job(gone), /ECONNREFUSED/);
});

test("a second process is refused while the first one fetches, and nothing of theirs is left over", async () => {
  const cache = temporaryFolder();
  let asked = 0;
  let go = () => {};
  const waiting = new Promise<void>((resolve) => (go = resolve));
  await serving(
    async (_, response) => {
      asked++;
      await waiting;
      response.end(content);
    },
    async ({ origin }) => {
      const env = { PULMO_CACHE: cache, PULMO_WEIGHTS_URL: origin };
      const first = pulmoProcess(["weights", "fetch", "resnet18"], { env });
      while (asked === 0) await new Promise((later) => setTimeout(later, 20));
      await assertRefused(["weights", "fetch", "resnet18"], /Process \d+ is downloading .*\.pth: wait until it finishes/, {
        env,
      });
      go();
      const { code, stderr } = await first;
      assert.is(code, 2);
      assert.match(stderr, /not the expected file/);
      assert.is(asked, 1);
      assert.equal(filesBelow(cache), []);
    },
  );
});

test("the command asks the server that PULMO_WEIGHTS_URL names, and keeps nothing of a wrong file", async () => {
  const cache = temporaryFolder();
  const asked: (string | undefined)[] = [];
  const call = (url: string, why: RegExp) =>
    assertRefused(["weights", "fetch", "resnet18"], why, { env: { PULMO_CACHE: cache, PULMO_WEIGHTS_URL: url } });
  await serving(
    (request, response) => {
      asked.push(request.url);
      if (asked.length === 1) response.writeHead(404);
      response.end("hello");
    },
    async (url) => {
      const folder = new URL("models", url).href;
      await call(folder, /resnet18-f37072fd\.pth could not be downloaded \(the server responded with 404\)/);
      await call(folder, /is not the expected file \(SHA-256 2cf24dba instead of f37072fd\)/);
    },
  );
  assert.equal(asked, ["/models/resnet18-f37072fd.pth", "/models/resnet18-f37072fd.pth"]);
  assert.not.ok(existsSync(join(cache, "resnet18-f37072fd.pth")));
  await call("ftp://example.org", /PULMO_WEIGHTS_URL is "ftp:\/\/example\.org": give an http or https URL/);
});

test.run();
