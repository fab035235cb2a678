// `view`: what it serves, to whom, and what it refuses.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { serve } from "#pulmo/run/exports/view.js";
import { temporaryFolder } from "../data/places.js";
import { sha256Of } from "../web/hosted.js";
import { assertRefused, CLI, pulmo } from "./cli.js";

const test = suite("view");

function get(url: string, path: string, host?: string): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const asked = request({ hostname, port, path, headers: host === undefined ? {} : { host } }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }));
    });
    asked.on("error", reject).end();
  });
}

test("serves the page and a run's model, to this machine's own pages alone, until Ctrl-C", async () => {
  const out = join(temporaryFolder(), "run");
  const training = ["train", "--models", "logistic", "--limit", "4", "--epochs", "1", "--quiet", "--out", out];
  assert.is((await pulmo(training)).code, 0);
  const child = spawn(process.execPath, [CLI, "view", join(out, "logistic"), "--no-open"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    await assertServes(child);
  } finally {
    child.kill("SIGINT");
    await once(child, "exit");
  }
});

async function assertServes(child: ChildProcess): Promise<void> {
  const [said] = await once(child.stdout!, "data");
  const url = String(said).trim();
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/$/);
  const { pathname: home } = new URL(url);
  assert.match(String((await get(url, home)).body), /<title>pulmo<\/title>/);
  const { body: model } = await get(url, `${home}model.pulmo`);
  assert.is(String(model.subarray(0, 8)), "PULMOMDL");
  const list = { models: [{ file: "model.pulmo", sha256: sha256Of(model) }], offline: false };
  assert.equal(JSON.parse(String((await get(url, `${home}models.json`)).body)), list);
  for (const host of ["rebound.example", "127.0.0.1.rebound.example"]) assert.is((await get(url, home, host)).status, 403);
  // As a tunnel of ssh may have it.
  for (const host of ["localhost:9000", "[::1]:9000"]) assert.is((await get(url, home, host)).status, 200);
  const elsewhere = ["/", "/index.html", "/model.pulmo", "/models.json", "/offline.js", `/${"A".repeat(22)}/`, home.slice(0, -1)];
  const outside = [`${home}../package.json`, `${home}%2e%2e/package.json`, `${home}nothing`, `${home}offline.js`];
  for (const path of [...elsewhere, ...outside]) assert.is((await get(url, path)).status, 404, path);
}

test("an address for the browser's command line, which leads to the page once; another path each time", async () => {
  const { server, url, onceUrl } = await serve(undefined, 0);
  const other = await serve(undefined, 0);
  try {
    const { pathname } = new URL(onceUrl);
    assert.is((await get(url, pathname, "rebound.example")).status, 403);
    const { status, headers } = await get(url, pathname);
    assert.equal([status, headers.location], [302, new URL(url).pathname]);
    assert.is((await get(url, pathname)).status, 404);
    assert.is(new Set([url, onceUrl, other.url, other.onceUrl].map((one) => new URL(one).pathname)).size, 4);
    assert.equal(server.address(), { address: "127.0.0.1", family: "IPv4", port: Number(new URL(url).port) });
    for (const path of [new URL(url).pathname, "/"]) {
      const { headers } = await get(url, path);
      assert.match(String(headers["content-security-policy"]), /default-src 'none'.*frame-ancestors 'none'/);
      assert.is(headers["referrer-policy"], "no-referrer");
      assert.is(headers["x-content-type-options"], "nosniff");
      assert.is(headers["cross-origin-resource-policy"], "same-origin");
      assert.is(headers["cache-control"], "no-store");
    }
  } finally {
    server.close();
    other.server.close();
  }
});

test("refuses what is no model, and a port that somebody has", async () => {
  await assertRefused(["view", "no/such.pulmo", "--no-open"], /no\/such\.pulmo cannot be read \(ENOENT\): check the path/);
  await assertRefused(["view", "package.json", "--no-open"], /package\.json/);
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  await assertRefused(["view", "--no-open", "--port", String(port)], /Port \d+ is not available \(EADDRINUSE\)/);
  taken.close();
});

test.run();
