// `view`: serves the page in dist/web over HTTP, to this machine only.
import { readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "../../core/errors.js";
import type { Reporter } from "../caller.js";
import { readPulmoBytes } from "../pulmo-file.js";
import type { CheckpointOptions } from "../scoring/open-checkpoint.js";
import { modelFile } from "./export-model-file.js";

const WEB = new URL("../../web/", import.meta.url);
const MODEL = "model.pulmo";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".pulmo": "application/octet-stream",
};

/** No requests to other hosts. Cross-origin isolation gives the page shared memory and precise clocks. */
const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-cache",
};

/** A .pulmo file is served unchanged, any other checkpoint is converted. Undefined: the page asks for a model. */
export async function readModel(options: CheckpointOptions | undefined, reporter: Reporter): Promise<Uint8Array | undefined> {
  if (!options) return undefined;
  const { checkpoint } = options;
  if (extname(checkpoint) !== ".pulmo") return Buffer.concat((await modelFile(options, reporter)).parts);
  return readPulmoBytes(checkpoint);
}

/** Serves until the process ends. Throws an InputError if the port is not available. `port` 0: any free port. */
export async function serve(model: Uint8Array | undefined, port: number): Promise<{ server: Server; url: string }> {
  const files = new Map<string, Uint8Array>();
  for (const name of await readdir(WEB)) files.set(`/${name}`, await readFile(fileURLToPath(new URL(name, WEB))));
  files.set("/", files.get("/index.html")!);
  if (model) {
    files.set(`/${MODEL}`, model);
    files.set("/models.json", Buffer.from(JSON.stringify({ models: [MODEL] })));
  }
  const server = createServer((request, response) => answer(files, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve).once("error", ({ code }: NodeJS.ErrnoException) => {
      reject(new InputError(`Port ${port} is not available (${code}): choose another with --port.`));
    });
    server.listen(port, "127.0.0.1");
  });
  return { server, url: `http://localhost:${(server.address() as AddressInfo).port}/` };
}

function answer(files: Map<string, Uint8Array>, { method, headers, url }: IncomingMessage, response: ServerResponse): void {
  // Rejects other host names: a foreign page could reach this server by DNS rebinding.
  const ours = /^(?:localhost|127\.0\.0\.1)(?::\d+)?$/.test(headers.host ?? "");
  const path = (url ?? "/").split("?")[0];
  const file = files.get(path);
  const status = !ours ? 403 : method !== "GET" && method !== "HEAD" ? 405 : file ? 200 : 404;
  if (status !== 200) {
    response.writeHead(status, { ...HEADERS, "Content-Type": "text/plain" }).end(`${status}\n`);
    return;
  }
  const type = TYPES[path === "/" ? ".html" : extname(path)] ?? "application/octet-stream";
  response.writeHead(200, { ...HEADERS, "Content-Type": type, "Content-Length": file!.length });
  response.end(method === "HEAD" ? undefined : file);
}
