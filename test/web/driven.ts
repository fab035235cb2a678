// A page that a script of ours drives from within, and that tells by a POST how it went: the same in every browser.
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname } from "node:path";
import { serving } from "../node/server.js";
import { Browser } from "../report/chromium.js";

const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};
const LIMIT_MS = 120_000;

/** Opens a page; the function returned ends the browser. */
export type Open = (url: string) => Promise<() => Promise<void>>;

export const inChromium: Open = async (url) => {
  const browser = await Browser.open();
  await browser.goto(url);
  return () => browser.close();
};

/**
 * What the script's `tell(text)` told, or `fault(text)`'s as an Error. `file` gives index.html, to which the script is added, and what
 * it asks for; undefined: not there. `headers` are sent with all of it.
 */
export async function driven(
  open: Open,
  script: string,
  file: (name: string) => string | Uint8Array | undefined,
  headers: Record<string, string> = {},
): Promise<string> {
  let tell: (told: { path: string; text: string }) => void;
  const told = new Promise<{ path: string; text: string }>((resolve) => (tell = resolve));
  const drive = `
    const post = (path) => (text) => fetch(path, { method: "POST", body: String(text) });
    const [tell, fault] = ["told", "fault"].map(post);
    addEventListener("error", ({ message }) => fault(message));
    addEventListener("unhandledrejection", ({ reason }) => fault(reason));
    console.error = (...words) => fault(words.join(" "));
    try { ${script} } catch (error) { await fault(error); }`;
  const content = (name: string) => {
    if (name === "drive.js") return drive;
    const found = file(name);
    return name === "index.html" ? `${found}<script type="module" src="drive.js"></script>` : found;
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const name = decodeURIComponent(request.url!.slice(1)) || "index.html";
    if (request.method === "POST") {
      let text = "";
      request.setEncoding("utf8").on("data", (part) => (text += part));
      request.on("end", () => {
        response.end();
        tell({ path: name, text });
      });
      return;
    }
    const found = content(name);
    if (found === undefined) response.writeHead(404).end();
    else response.writeHead(200, { ...headers, "content-type": TYPES[extname(name)] ?? "application/octet-stream" }).end(found);
  };
  let answer = { path: "", text: "" };
  const work = async ({ href }: URL) => {
    const limit = setTimeout(() => tell({ path: "fault", text: `nothing told within ${LIMIT_MS / 1000} s` }), LIMIT_MS);
    const close = await open(href);
    answer = await told;
    clearTimeout(limit);
    await close();
  };
  await serving(listener, work, "index.html");
  if (answer.path !== "told") throw new Error(answer.text);
  return answer.text;
}
