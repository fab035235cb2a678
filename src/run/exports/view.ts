// `view`: serves the page in dist/web over HTTP, to this machine only, below a path that nobody can guess.
import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "../../core/errors.js";
import { hasPackagedModel, packagedModel } from "../../node/packaged-model.js";
import type { Reporter } from "../caller.js";
import { readPulmoBytes } from "../pulmo-file.js";
import { type CheckpointOptions, tellPackaged } from "../scoring/open-checkpoint.js";
import { modelFile } from "./export-model-file.js";

const WEB = new URL("../../web/", import.meta.url);
const MODEL = "model.pulmo";
const ADDRESS = "127.0.0.1";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".txt": "text/plain; charset=utf-8",
  ".pulmo": "application/octet-stream",
};

/** No requests to other hosts, no frames. Cross-origin isolation gives the page shared memory and precise clocks. */
const HEADERS = {
  "Content-Security-Policy": [
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; style-src 'self'; img-src 'self' data:",
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ].join("; "),
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
};

/**
 * A .pulmo file is served unchanged, any other checkpoint is converted. Undefined if no checkpoint is given and this copy of pulmo has no
 * model: the page asks for one.
 */
export async function readModel(options: CheckpointOptions, reporter: Reporter): Promise<Uint8Array | undefined> {
  const { checkpoint } = options;
  if (checkpoint === undefined) {
    if (!hasPackagedModel()) return undefined;
    const bytes = await packagedModel();
    tellPackaged(reporter);
    return bytes;
  }
  if (extname(checkpoint) !== ".pulmo") return Buffer.concat((await modelFile(options, reporter)).parts);
  return readPulmoBytes(checkpoint);
}

/** 128 random bits. */
const secret = () => randomBytes(16).toString("base64url");

export interface Serving {
  server: Server;
  /** The page's address. Its path is secret: other users of the machine can reach the port too. */
  url: string;
  /** Leads to `url` once. For a browser's command line, which other users can read. */
  onceUrl: string;
  /** Hexadecimal SHA-256 of the model. */
  sha256?: string;
}

/** Serves until the process ends. Throws an InputError if the port is not available. `port` 0: any free port. */
export async function serve(model: Uint8Array | undefined, port: number): Promise<Serving> {
  const home = `/${secret()}/`;
  const sha256 = model && createHash("sha256").update(model).digest("hex");
  const files = new Map<string, Uint8Array>();
  for (const name of await readdir(WEB)) files.set(`${home}${name}`, await readFile(fileURLToPath(new URL(name, WEB))));
  files.set(home, files.get(`${home}index.html`)!);
  // The page is here only while this process is: it installs nothing in the browser.
  files.delete(`${home}offline.js`);
  if (model) files.set(`${home}${MODEL}`, model);
  const list = { models: model ? [{ file: MODEL, sha256 }] : [], offline: false };
  files.set(`${home}models.json`, Buffer.from(JSON.stringify(list)));
  const once = new Set([`/${secret()}`]);
  const [oncePath] = once;
  const server = createServer((request, response) => answer({ files, home, once }, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve).once("error", ({ code }: NodeJS.ErrnoException) => {
      reject(new InputError(`Port ${port} is not available (${code}): choose another with --port.`));
    });
    server.listen(port, ADDRESS);
  });
  const origin = `http://${ADDRESS}:${(server.address() as AddressInfo).port}`;
  return { server, url: origin + home, onceUrl: origin + oncePath, ...(sha256 && { sha256 }) };
}

interface Served {
  files: Map<string, Uint8Array>;
  home: string;
  /** Paths that lead to `home` once. */
  once: Set<string>;
}

function answer({ files, home, once }: Served, { method, headers, url }: IncomingMessage, response: ServerResponse): void {
  // Rejects other host names: a foreign page could reach this server by DNS rebinding. A tunnel may have any port.
  const ours = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(headers.host ?? "");
  const path = (url ?? "/").split("?")[0];
  const file = files.get(path);
  if (ours && method === "GET" && once.delete(path)) {
    response.writeHead(302, { ...HEADERS, Location: home }).end();
    return;
  }
  const status = !ours ? 403 : method !== "GET" && method !== "HEAD" ? 405 : file ? 200 : 404;
  if (status !== 200) {
    response.writeHead(status, { ...HEADERS, "Content-Type": "text/plain" }).end(`${status}\n`);
    return;
  }
  const type = TYPES[path === home ? ".html" : extname(path)] ?? "application/octet-stream";
  response.writeHead(200, { ...HEADERS, "Content-Type": type, "Content-Length": file!.length });
  response.end(method === "HEAD" ? undefined : file);
}
