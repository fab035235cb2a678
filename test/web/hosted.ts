// A web server with several copies of the page in folders, models for it, and what it was asked.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { encodeModel, inferenceProgram } from "#pulmo/core/model-file.js";
import { findModel } from "#pulmo/core/models/index.js";
import { initialize } from "#pulmo/core/values.js";
import { CRC32, createCrc } from "#pulmo/formats/crc.js";
import { plainShapes } from "#pulmo/node/variant.js";
import type { Browser } from "../report/chromium.js";

/** An untrained logistic regression; the page shows its recipe's name. */
export function untrained(recipe: string, seed: number, classes = ["clear", "ill"]): Buffer {
  const { program, layout } = inferenceProgram(findModel("logistic")!, plainShapes(), 224, undefined);
  initialize(program, seed, 0);
  const metadata = { model: "logistic", classes, recipe };
  return Buffer.concat(encodeModel(program, layout, { threshold: 0.5, metadata, dtype: "f32" }, createCrc(CRC32)));
}

export const sha256Of = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

/** The files of the page, by name. */
export const pageFiles = (): Map<string, string | Buffer> =>
  new Map(readdirSync("dist/web").map((name) => [name, readFileSync(join("dist/web", name))]));

export class Host {
  /** By path. */
  readonly files = new Map<string, string | Uint8Array | RequestListener>();
  readonly asked: string[] = [];
  private server: Server | undefined;
  private port = 0;

  /** Listens, on the same port each time. */
  async start(port = this.port): Promise<void> {
    this.server = createServer((request, response) => {
      const path = decodeURIComponent(request.url!.split("?")[0]);
      this.asked.push(`${request.method} ${path}`);
      const found = this.files.get(path.endsWith("/") ? `${path}index.html` : path);
      if (found === undefined) response.writeHead(404).end();
      else if (typeof found === "function") found(request, response);
      else response.writeHead(200, { "content-type": TYPES[extname(path) || ".html"] ?? "application/octet-stream" }).end(found);
    });
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (!this.server) return;
    await ended(this.server);
    this.server = undefined;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Replaces the folder, such as /a/. */
  put(folder: string, files: Map<string, string | Uint8Array>): void {
    for (const path of this.files.keys()) if (path.startsWith(folder)) this.files.delete(path);
    for (const [name, content] of files) this.files.set(folder + name, content);
  }

  /** Gives the page in the folder a model; `stated`: the hash in models.json, if there is one. */
  setModel(folder: string, model: Uint8Array, stated: string | undefined = sha256Of(model)): void {
    this.files.set(`${folder}model.pulmo`, model);
    this.files.set(`${folder}models.json`, JSON.stringify({ models: [{ file: "model.pulmo", sha256: stated }] }));
  }
}

export async function ended(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

/** Waits for what the expression comes to in the page to be true. */
export async function until(browser: Browser, condition: string): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await browser.evaluate<boolean>(condition)) return;
    await new Promise((later) => setTimeout(later, 50));
  }
  const said = await browser.evaluate<string>("document.getElementById('said')?.textContent ?? ''");
  throw new Error(`not within half a minute: ${condition}; the page says: ${said}`);
}

const MODEL = "document.getElementById('model').textContent";
const SAID = "document.getElementById('said').textContent";

/** Visits a page: the model that it shows, or what it says in place of one. */
export async function visit(browser: Browser, url: string): Promise<string> {
  await browser.goto("about:blank");
  await browser.goto(url);
  await until(browser, `${MODEL} !== "" || /Error|No network/.test(${SAID}) || !document.getElementById("choose-model").hidden`);
  return (await browser.evaluate<string>(MODEL)) || (await browser.evaluate<string>(SAID));
}

/** Waits for the page to be kept for use without a network. */
export const untilKept = (browser: Browser): Promise<void> => until(browser, "!document.getElementById('offline').hidden");

/** The page's next version, which tells so in `data-version` of its root: another page's script, and so all that states its hash. */
export function nextVersion(files: Map<string, string | Buffer>, version: string): Map<string, string | Buffer> {
  const next = new Map(files);
  const integrity = (content: string | Buffer) => `sha256-${createHash("sha256").update(content).digest("base64")}`;
  const page = [...files.keys()].find((name) => name.startsWith("page-"))!;
  const [script, html, worker] = [page, "index.html", "offline.js"].map((name) => String(files.get(name)));
  const name = `page-${version}.js`;
  const newScript = `${script}\ndocument.documentElement.dataset.version = "${version}";`;
  const newHtml = html.replace(page, name).replace(integrity(script), integrity(newScript));
  const kept = worker.replace(page, name).replace(integrity(script), integrity(newScript));
  next.delete(page);
  next.set(name, newScript).set("index.html", newHtml);
  const versioned = kept.replace(/ [0-9a-f]{16}`/, ` ${version}\``);
  if (versioned === kept) throw new Error("offline.js names no version");
  next.set("offline.js", versioned.replace(integrity(html), integrity(newHtml)));
  return next;
}
