// The page of `view`, beside other users of the machine, other models and other applications.
import { get, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import * as assert from "uvu/assert";
import { serve } from "#pulmo/run/exports/view.js";
import { Browser, chromium } from "../../report/chromium.js";
import { ended, Host, sha256Of, untrained, visit } from "../../web/hosted.js";
import type { Scenario } from "../scenarios.js";

const A = untrained("recipe-a", 1);
const B = untrained("recipe-b", 2);
const shown = (name: string, model: Uint8Array) => `logistic, ${name}, SHA-256 ${sha256Of(model).slice(0, 12)}`;

const asked = (port: number, path: string, host: string) =>
  new Promise<{ status: number; headers: IncomingHttpHeaders }>((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, headers: { host } }, (response) => {
      response.resume();
      resolve({ status: response.statusCode!, headers: response.headers });
    }).on("error", reject);
  });

async function viewed(browser: Browser, model: Buffer, port: number, noSpace = false): Promise<{ said: string; port: number }> {
  const { server, url } = await serve(model, port);
  try {
    if (noSpace) await browser.send("Storage.overrideQuotaForOrigin", { origin: new URL(url).origin, quotaSize: 1000 });
    return { said: await visit(browser, url), port: (server.address() as AddressInfo).port };
  } finally {
    await ended(server);
  }
}

export const scenarios: Scenario[] = [
  {
    name: "view gives its model to nobody who does not know the path, and to no other host name",
    async run() {
      const { server, url, onceUrl } = await serve(A, 0);
      try {
        const { address, port } = server.address() as AddressInfo;
        assert.equal([address, new URL(url).host], ["127.0.0.1", `127.0.0.1:${port}`]);
        const home = new URL(url).pathname;
        assert.match(home, /^\/[\w-]{22}\/$/);
        const status = async (path: string, host = `127.0.0.1:${port}`) => (await asked(port, path, host)).status;
        for (const path of ["/", "/model.pulmo", "/models.json", "/index.html", "/offline.js", home.slice(0, -1)])
          assert.is(await status(path), 404, path);
        assert.is(await status(`${home}model.pulmo`, "evil.example"), 403);
        assert.is(await status(`${home}model.pulmo`), 200);
        // Other users can read the browser's command line, but the browser has used its address up.
        assert.is(await status(new URL(onceUrl).pathname), 302);
        assert.is(await status(new URL(onceUrl).pathname), 404);
      } finally {
        await ended(server);
      }
    },
  },
  {
    name: "view of another model on the same port, in a browser without space; then another application there",
    slow: true,
    async run() {
      if (chromium === undefined) return console.log("skipped: no Chromium here (PULMO_CHROMIUM names one)");
      const browser = await Browser.open();
      const host = new Host();
      try {
        const { said, port } = await viewed(browser, A, 0);
        assert.is(said, shown("recipe-a", A));
        assert.is((await viewed(browser, B, port, true)).said, shown("recipe-b", B));
        let answers = 0;
        host.files.set("/index.html", "<p>another application</p>");
        host.files.set(
          "/api",
          ({ headers: { range } }, response) => void response.writeHead(range ? 206 : 200).end(String(++answers)),
        );
        await host.start(port);
        await browser.goto(`${host.origin}/`);
        const ask = (options = "{}") =>
          browser.evaluate(`fetch("/api", ${options}).then(async (a) => a.status + " " + (await a.text()), ({ name }) => name)`);
        assert.equal([await ask(), await ask('{ headers: { range: "bytes=0-0" } }')], ["200 1", "206 2"]);
        assert.equal(await browser.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)"), 0);
        await host.stop();
        assert.is(await ask(), "TypeError");
      } finally {
        await browser.close();
        await host.stop();
      }
    },
  },
];
