// `view`: what it serves, to whom, and what it refuses.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../data/places.js";
import { assertRefused, CLI, pulmo } from "./cli.js";

const test = suite("view");

/** The status and the body. */
function get(url: string, path: string, host?: string): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const asked = request({ hostname, port, path, headers: host === undefined ? {} : { host } }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ status: response.statusCode!, body: Buffer.concat(parts) }));
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
  const [said] = await once(child.stdout!, "data");
  const url = String(said).trim();
  assert.match(url, /^http:\/\/localhost:\d+\/$/);
  assert.match(String((await get(url, "/")).body), /<title>pulmo<\/title>/);
  assert.equal(JSON.parse(String((await get(url, "/models.json")).body)), { models: ["model.pulmo"] });
  assert.is(String((await get(url, "/model.pulmo")).body.subarray(0, 8)), "PULMOMDL");
  assert.is((await get(url, "/", "rebound.example")).status, 403);
  for (const path of ["/../package.json", "/%2e%2e/package.json", "/nothing"]) assert.is((await get(url, path)).status, 404);
  child.kill("SIGINT");
  await once(child, "exit");
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
