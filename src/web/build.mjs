// Bundles the page into dist/web: files that any web server gives out. `npm run build:web`, after the other builds.
// Names contain a hash of the content, and each file states the hashes of those it loads: files of two versions never run together.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { build } from "esbuild";

const FROM = "src/web";
const TO = "dist/web";

rmSync(TO, { recursive: true, force: true });
mkdirSync(TO, { recursive: true });

const sha256 = (content, encoding) => createHash("sha256").update(content).digest(encoding);
/** As Subresource Integrity states a hash. */
const integrityOf = (content) => `sha256-${sha256(content, "base64")}`;

async function bundled(name, format, define = {}) {
  const options = { bundle: true, minify: true, target: "es2023", logLevel: "warning", write: false };
  const defined = Object.fromEntries(Object.entries(define).map(([key, value]) => [key, JSON.stringify(value)]));
  const { outputFiles } = await build({ ...options, entryPoints: [join(FROM, name)], format, define: defined });
  return outputFiles[0].contents;
}

/** The files that the service worker keeps. */
const files = [];
function write(path, content) {
  writeFileSync(join(TO, path === "./" ? "index.html" : path), content);
  files.push({ path, integrity: integrityOf(content) });
  return files.at(-1);
}
function writeHashed(name, content) {
  const [extension, hash] = [extname(name), sha256(content, "hex").slice(0, 16)];
  return write(`${basename(name, extension)}-${hash}${extension}`, content);
}

const WORKERS = {};
for (const name of ["worker", "train/trainer"]) {
  WORKERS[basename(name)] = writeHashed(`${name}.js`, await bundled(`${name}.ts`, "iife"));
}
/** The card is that of the model in the package, if there is one. */
const [CARD, FACTS] = ["docs/model-card.md", "model/model.json"];
const MODEL_CARD = existsSync(FACTS)
  ? { path: writeHashed("model-card.txt", readFileSync(CARD)).path, sha256: JSON.parse(readFileSync(FACTS, "utf8")).sha256 }
  : null;
const linked = {
  "style.css": writeHashed("style.css", readFileSync(join(FROM, "style.css"))),
  "page.js": writeHashed("page.js", await bundled("page.ts", "esm", { WORKERS, MODEL_CARD })),
};
let html = readFileSync(join(FROM, "index.html"), "utf8");
for (const [name, { path, integrity }] of Object.entries(linked)) {
  html = html.replace(`="${name}"`, `="${path}" integrity="${integrity}"`);
  if (!html.includes(path)) throw new Error(`${FROM}/index.html does not load ${name}`);
}
write("./", html);

const version = sha256(JSON.stringify(files), "hex").slice(0, 16);
writeFileSync(join(TO, "offline.js"), await bundled("offline.ts", "iife", { FILES: files, VERSION: version }));
writeFileSync(join(TO, "models.json"), '{ "models": [] }\n');
