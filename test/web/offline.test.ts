// The page and other things at its address: other models, other versions, other applications, and no network.
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { serve } from "#pulmo/run/exports/view.js";
import { Browser, chromium } from "../report/chromium.js";
import { unless } from "../skip.js";
import { ended, Host, nextVersion, pageFiles, sha256Of, until, untilKept, untrained, visit } from "./hosted.js";

const test = suite("the page and what else is at its address");
const inChromium = unless(chromium === undefined ? "no Chromium here (PULMO_CHROMIUM names one)" : undefined, test);

const A = untrained("recipe-a", 1);
const B = untrained("recipe-b", 2);
const shown = (name: string, model: Uint8Array) => `logistic, ${name}, SHA-256 ${sha256Of(model).slice(0, 12)}`;
const [SHOWN_A, SHOWN_B] = [shown("recipe-a", A), shown("recipe-b", B)];
const NO_MODEL = "No network, and no model is kept in this browser: choose a model.";

async function withHost(work: (host: Host, browser: Browser) => Promise<void>): Promise<void> {
  const host = new Host();
  await host.start();
  const browser = await Browser.open();
  try {
    await work(host, browser);
  } finally {
    await browser.close();
    await host.stop();
  }
}

/** Less than a model needs. */
const noSpace = (browser: Browser, { origin }: { origin: string }) =>
  browser.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1000 });
const caches = (browser: Browser) => browser.evaluate<string[]>("caches.keys()");
const scopes = (browser: Browser) =>
  browser.evaluate<string[]>("navigator.serviceWorker.getRegistrations().then((all) => all.map(({ scope }) => scope))");

/** What an older pulmo left: everything from the network, else what was kept last under the address. */
const OLD_WORKER = `
addEventListener("install", (event) => event.waitUntil(caches.open("pulmo").then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
const fetched = async (request) => {
  const cache = await caches.open("pulmo");
  try {
    const answer = await fetch(request);
    await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    return (await cache.match(request)) ?? Promise.reject(error);
  }
};
addEventListener("fetch", (event) => event.request.method === "GET" && event.respondWith(fetched(event.request)));`;
const OLD_PAGE = `<script type="module">
navigator.serviceWorker.register("offline.js").then(() => navigator.serviceWorker.ready).then(() => (document.title = "kept"));
</script>`;

async function leaveOldWorker(host: Host, browser: Browser, folder: string): Promise<void> {
  host.put(
    folder,
    new Map([
      ["index.html", OLD_PAGE],
      ["offline.js", OLD_WORKER],
    ]),
  );
  await browser.goto(host.origin + folder);
  await until(browser, "document.title === 'kept'");
  assert.equal(await scopes(browser), [host.origin + folder]);
}

inChromium("two pages of one server keep each its own model, without a network too", async () => {
  await withHost(async (host, browser) => {
    for (const [folder, model, name] of [
      ["/a/", A, SHOWN_A],
      ["/a/b/", B, SHOWN_B],
    ] as const) {
      const files = pageFiles();
      for (const [path, content] of files) host.files.set(folder + path, content);
      host.setModel(folder, model);
      assert.is(await visit(browser, host.origin + folder), name);
      await untilKept(browser);
    }
    await host.stop();
    assert.is(await visit(browser, `${host.origin}/a/`), SHOWN_A);
    assert.is(await visit(browser, `${host.origin}/a/b/`), SHOWN_B);
    assert.is(await visit(browser, `${host.origin}/a/index.html`), SHOWN_A);
    assert.equal((await scopes(browser)).sort(), [`${host.origin}/a/`, `${host.origin}/a/b/`]);
  });
});

for (const stated of [true, false]) {
  inChromium(
    `a model replaced on the server, its hash ${stated ? "stated" : "not stated"}, with and without space in the browser`,
    async () => {
      await withHost(async (host, browser) => {
        const page = `${host.origin}/a/`;
        const set = (model: Uint8Array) => {
          host.setModel("/a/", model);
          if (!stated) host.files.set("/a/models.json", '{ "models": ["model.pulmo"] }');
        };
        host.put("/a/", pageFiles());
        set(A);
        assert.is(await visit(browser, page), SHOWN_A);
        await untilKept(browser);
        set(B);
        assert.is(await visit(browser, page), SHOWN_B);
        await host.stop();
        assert.is(await visit(browser, page), SHOWN_B);
        await host.start();
        await noSpace(browser, host);
        set(A);
        assert.is(await visit(browser, page), SHOWN_A);
        assert.ok(await browser.evaluate("document.getElementById('offline').hidden"), "says that it works offline");
        await host.stop();
        // Neither the model of the visit before the last nor any other.
        assert.is(await visit(browser, page), NO_MODEL);
        await host.start();
        host.files.set("/a/models.json", '{ "models": [] }');
        assert.is(await visit(browser, page), "");
      });
    },
  );
}

inChromium("refuses a model that is not the one stated, and a list that it cannot read", async () => {
  await withHost(async (host, browser) => {
    host.put("/a/", pageFiles());
    host.setModel("/a/", B, sha256Of(A));
    const said = await visit(browser, `${host.origin}/a/`);
    assert.is(
      said,
      `Error: model.pulmo has the SHA-256 ${sha256Of(B)}, but models.json names the model ${sha256Of(A)}: reload the page, or correct the server's files`,
    );
    assert.ok(await browser.evaluate("document.getElementById('drop').hidden"), "takes images");
    // As PowerShell's Get-FileHash writes it.
    host.setModel("/a/", B, sha256Of(B).toUpperCase());
    assert.is(await visit(browser, `${host.origin}/a/`), SHOWN_B);
    const refused = async (list: string) => {
      host.files.set("/a/models.json", list);
      return visit(browser, `${host.origin}/a/`);
    };
    assert.match(
      await refused('{ "models": [{ "file": "model.pulmo", "sha256": "abc" }] }'),
      /the sha256 of model\.pulmo is not 64 digits/,
    );
    assert.match(await refused('{ "models": [{ "sha256": "abc" }] }'), /names no file/);
    assert.match(await refused("<html>log in</html>"), /models\.json is not usable/);
    assert.match(await refused('{ "models": ["missing.pulmo"] }'), /missing\.pulmo cannot be loaded: the server answered 404/);
  });
});

inChromium("a new version of the page: all of its files or none, at once", async () => {
  await withHost(async (host, browser) => {
    const page = `${host.origin}/a/`;
    const first = pageFiles();
    const deploy = (files: Map<string, string | Buffer>) => {
      host.put("/a/", files);
      host.setModel("/a/", A);
    };
    const version = () => browser.evaluate<string | null>("document.documentElement.dataset.version ?? null");
    const filesKept = async () =>
      (await caches(browser)).filter((name) => name.startsWith("pulmo page")).map((name) => name.split(" ")[3]);
    deploy(first);
    await visit(browser, page);
    await untilKept(browser);
    const [firstKept] = await filesKept();

    const second = nextVersion(first, "0000000000000002");
    deploy(second);
    assert.is(await visit(browser, page), SHOWN_A);
    assert.is(await version(), "0000000000000002");
    await until(browser, `caches.keys().then((names) => !names.some((name) => name.endsWith("${firstKept}")))`);
    assert.equal(await filesKept(), ["0000000000000002"]);
    await host.stop();
    assert.is(await visit(browser, page), SHOWN_A);
    assert.is(await version(), "0000000000000002");

    // Copied in part: the new page without its worker, then with another version's.
    await host.start();
    const third = nextVersion(first, "0000000000000003");
    const worker = [...first.keys()].find((name) => name.startsWith("worker-"))!;
    deploy(third);
    // Not from the kept files of the second version, which has the same worker.
    await browser.evaluate(
      "navigator.serviceWorker.getRegistrations().then((all) => Promise.all(all.map((one) => one.unregister())))",
    );
    host.files.set(`/a/${worker}`, "onmessage = () => postMessage({ score: { probability: 1 } });");
    assert.match(await visit(browser, page), /worker-\w+\.js is missing or is not of this version of the page: reload the page/);
    host.files.delete(`/a/${worker}`);
    assert.match(await visit(browser, page), /worker-\w+\.js is missing or is not of this version of the page: reload the page/);
  });
});

inChromium("keeps nothing where models.json says so, also what is kept already", async () => {
  await withHost(async (host, browser) => {
    for (const folder of ["/a/", "/a/b/"]) {
      for (const [path, content] of pageFiles()) host.files.set(folder + path, content);
      host.setModel(folder, A);
      await visit(browser, host.origin + folder);
      await untilKept(browser);
    }
    host.files.set("/a/models.json", '{ "models": ["model.pulmo"], "offline": false }');
    assert.is(await visit(browser, `${host.origin}/a/`), SHOWN_A);
    await until(browser, "caches.keys().then((names) => names.length === 2)");
    assert.equal(await scopes(browser), [`${host.origin}/a/b/`]);
    assert.ok(
      (await caches(browser)).every((name) => name.includes("/a/b/")),
      "removes what another folder keeps",
    );
  });
});

inChromium("leaves other requests alone: other files, parts of files, POST, other folders", async () => {
  await withHost(async (host, browser) => {
    host.put("/a/", pageFiles());
    host.setModel("/a/", A);
    let count = 0;
    for (const path of ["/a/api", "/api"]) host.files.set(path, (_, response) => void response.end(String(++count)));
    const ranges: (string | undefined)[] = [];
    const worker = [...pageFiles().keys()].find((name) => name.startsWith("worker-"))!;
    const content = Buffer.from(pageFiles().get(worker)!);
    host.files.set(`/a/${worker}`, ({ headers: { range } }, response) => {
      ranges.push(range);
      if (range) response.writeHead(206, { "content-range": `bytes 0-3/${content.length}` }).end(content.subarray(0, 4));
      else response.end(content);
    });
    await visit(browser, `${host.origin}/a/`);
    await untilKept(browser);
    await visit(browser, `${host.origin}/a/`);
    assert.ok(await browser.evaluate("navigator.serviceWorker.controller !== null"), "no service worker controls the page");
    const ask = (path: string, options = {}) =>
      browser.evaluate<string>(
        `fetch(${JSON.stringify(path)}, ${JSON.stringify(options)}).then(async (a) => a.status + " " + (await a.text()), (e) => e.name)`,
      );
    assert.is(await ask("/a/api"), "200 1");
    assert.is(await ask("/a/api", { method: "POST", body: "x" }), "200 2");
    assert.is(await ask("/api"), "200 3");
    assert.is(await ask(`/a/${worker}`, { headers: { range: "bytes=0-3" } }), `206 ${content.subarray(0, 4)}`);
    assert.is(ranges.at(-1), "bytes=0-3");
    await host.stop();
    for (const path of ["/a/api", "/api", "/a/models.json"]) assert.is(await ask(path), "TypeError", path);
    const kept = await browser.evaluate<string[]>(
      "caches.keys().then(async (names) => (await Promise.all(names.map(async (name) => (await caches.open(name)).keys()))).flat().map(({ url }) => url))",
    );
    const own = [...pageFiles().keys()].filter((name) => !["index.html", "offline.js", "models.json"].includes(name));
    assert.equal(kept.sort(), ["", `${sha256Of(A)}.pulmo`, ...own].map((name) => `${host.origin}/a/${name}`).sort());
  });
});

inChromium("replaces an older pulmo's service worker", async () => {
  await withHost(async (host, browser) => {
    await leaveOldWorker(host, browser, "/a/");
    host.put("/a/", pageFiles());
    host.setModel("/a/", B);
    assert.is(await visit(browser, `${host.origin}/a/`), SHOWN_B);
    await until(browser, "caches.has('pulmo').then((there) => !there)");
    assert.is(await visit(browser, `${host.origin}/a/`), SHOWN_B);
  });
});

inChromium("view leaves nothing in the browser, and removes what an older pulmo left", async () => {
  await withHost(async (host, browser) => {
    await leaveOldWorker(host, browser, "/");
    const port = Number(new URL(host.origin).port);
    await host.stop();
    for (const [model, name] of [
      [A, SHOWN_A],
      [B, SHOWN_B],
    ] as const) {
      const { server, url, sha256 } = await serve(model, port);
      try {
        assert.is(sha256, sha256Of(model));
        assert.is(await visit(browser, url), name);
        await until(browser, "caches.has('pulmo').then((there) => !there)");
        assert.equal(await scopes(browser), []);
        assert.equal(await caches(browser), []);
        assert.ok(await browser.evaluate("document.getElementById('offline').hidden"), "says that it works offline");
      } finally {
        await ended(server);
      }
    }
  });
});

const PICTURES = "sample/test/NORMAL";
const images = readdirSync(PICTURES)
  .sort()
  .slice(0, 2)
  .map((name) => resolve(PICTURES, name));

/** In the page: drops files, given by name with their bytes in base64. */
const DROP = (files: [name: string, content: Uint8Array][]) => `(() => {
  const dataTransfer = new DataTransfer();
  for (const [name, text] of ${JSON.stringify(files.map(([name, content]) => [name, Buffer.from(content).toString("base64")]))}) {
    dataTransfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
  }
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
})()`;

inChromium("view ended: the open page works on, and asks nothing of the port's next owner", async () => {
  const { server, url } = await serve(A, 0);
  const host = new Host();
  const browser = await Browser.open();
  try {
    assert.is(await visit(browser, url), SHOWN_A);
    await ended(server);
    await host.start(Number(new URL(url).port));
    await browser.evaluate(DROP([["b.pulmo", B]]));
    await until(browser, `document.getElementById("model").textContent === ${JSON.stringify(SHOWN_B)}`);
    await setFiles(browser, "#files", images);
    await until(browser, "/ in .* s/.test(document.getElementById('said').textContent)");
    await browser.evaluate("document.getElementById('to-train').click()");
    for (const i of [0, 1]) {
      await setFiles(browser, `#box-files-${i}`, [images[i]]);
      await until(browser, `/1/.test(document.getElementById("box-count-${i}").textContent)`);
    }
    await browser.evaluate("document.getElementById('epochs').value = 1; document.getElementById('start').click()");
    await until(browser, "/Training finished/.test(document.getElementById('said').textContent)");
    assert.equal(host.asked, []);
  } finally {
    await browser.close();
    await host.stop();
    server.close();
  }
});

async function setFiles(browser: Browser, selector: string, files: string[]): Promise<void> {
  const { root } = await browser.send("DOM.getDocument");
  const { nodeId } = await browser.send("DOM.querySelector", { nodeId: root.nodeId, selector });
  await browser.send("DOM.setFileInputFiles", { files, nodeId });
}

inChromium("another model on the page: no image, box or answer of the model before", async () => {
  const { server, url } = await serve(A, 0);
  const browser = await Browser.open();
  const text = (id: string) => browser.evaluate<string>(`document.getElementById("${id}").textContent`);
  try {
    assert.is(await visit(browser, url), SHOWN_A);
    await browser.evaluate("document.getElementById('to-train').click()");
    await setFiles(browser, "#box-files-0", images);
    await until(browser, "/2/.test(document.getElementById('box-count-0').textContent)");
    // The same classes: the images stay. The other way round: they would have the other label.
    await browser.evaluate(DROP([["b.pulmo", B]]));
    await until(browser, `document.getElementById("model").textContent === ${JSON.stringify(SHOWN_B)}`);
    assert.is(await text("box-count-0"), "2 images");
    const swapped = untrained("recipe-c", 3, ["ill", "clear"]);
    await browser.evaluate(DROP([["c.pulmo", swapped]]));
    await until(browser, `document.getElementById("model").textContent === ${JSON.stringify(shown("recipe-c", swapped))}`);
    assert.equal([await text("box-name-0"), await text("box-count-0")], ["ill", "0 images"]);

    // A model, images, a damaged model and two more: the last usable one is open, and the list is empty.
    await browser.evaluate("document.getElementById('to-score').click()");
    await setFiles(browser, "#files", images);
    await browser.evaluate(DROP([["damaged.pulmo", A.subarray(0, 1000)]]));
    await browser.evaluate(DROP([["b.pulmo", B]]));
    await browser.evaluate(DROP([["a.pulmo", A]]));
    await until(browser, `document.getElementById("model").textContent === ${JSON.stringify(SHOWN_A)}`);
    assert.ok(await browser.evaluate("document.getElementById('results').hidden && document.getElementById('progress').hidden"));
    await setFiles(browser, "#files", [images[0]]);
    await until(browser, "/^1 images in .* s/.test(document.getElementById('said').textContent)");
    assert.is(await browser.evaluate("document.querySelectorAll('#table tbody tr').length"), 1);
    // A damaged model leaves the open one, with its images.
    await browser.evaluate(DROP([["damaged.pulmo", A.subarray(0, 1000)]]));
    await until(browser, "/^Error/.test(document.getElementById('said').textContent)");
    await setFiles(browser, "#files", [images[1]]);
    await until(browser, "/^1 images in .* s/.test(document.getElementById('said').textContent)");
    assert.is(await browser.evaluate("document.querySelectorAll('#table tbody tr').length"), 2);
    assert.is(await text("model"), SHOWN_A);
  } finally {
    await browser.close();
    await ended(server);
  }
});

test.run();
