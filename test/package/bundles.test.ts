// `import { loadModel } from "pulmo"`, bundled by those that people use: each bundle runs, and holds no native code.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { type BuildOptions, build as esbuild } from "esbuild";
import { type OutputOptions, rollup } from "rollup";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type InlineConfig, build as vite } from "vite";
import webpack, { type Configuration } from "webpack";
import { chromium } from "../report/chromium.js";
import { driven, inChromium } from "../web/driven.js";
import { app, ifInstalled, model, packagedModel, SCORE } from "./app.js";

const test = suite("bundles");

/** What a bundle prints or tells: unbundled Node's. */
let expected: string;
const LOAD = `import { loadModel } from "pulmo";
const scoreOf = async (file) => {
  const model = await loadModel(file);
  ${SCORE}
  return score;
};`;
/** Without a top-level await, so that it can be CommonJS. */
const ON_NODE = `import { readFileSync } from "node:fs";
${LOAD}
scoreOf(readFileSync("model.pulmo")).then((score) => process.stdout.write(score));`;
const IN_BROWSER = `${LOAD}
globalThis.scoreOf = scoreOf;`;

test.before(() => {
  writeFileSync(join(app, "on-node.mjs"), ON_NODE);
  writeFileSync(join(app, "in-browser.mjs"), IN_BROWSER);
  expected = execFileSync(process.execPath, ["on-node.mjs"], { cwd: app, encoding: "utf8" });
  assert.match(expected, /^\{"logOdds":-?\d/);
});

/** A folder of its own for a bundle; its files are read as CommonJS unless they end in .mjs. */
function outputFolder(name: string): string {
  const to = join(app, name.replaceAll(/\W+/g, "-"));
  mkdirSync(to);
  writeFileSync(join(to, "package.json"), "{}");
  return to;
}

/** What runs under Node alone, and what a page never needs. */
const HEAVY = /sharp|piscina|dicom-?parser|worker_threads/i;
/** Not minified. A third is the core, in Base64, and a fifth the worker. */
const MAX_BYTES = 220_000;

function assertSmall(folder: string): void {
  const files = (readdirSync(folder, { recursive: true, encoding: "utf8" }) as string[]).filter((name) =>
    /\.[cm]?js$/.test(name),
  );
  const code = files.map((name) => readFileSync(join(folder, name), "utf8")).join("");
  assert.ok(code.length > 0 && code.length < MAX_BYTES, `${code.length} bytes`);
  assert.not.match(code, HEAVY);
  // Bundled: nothing is left to resolve, but what loads the rest of pulmo where it is installed.
  assert.not.match(code, /^(?!\s*\/\/).*(?:from|require\()\s*["']pulmo["']/m);
}

type Bundle = (folder: string) => Promise<unknown>;

/** In the app's folder, where the model is. */
function assertRuns(folder: string, file: string): void {
  assertSmall(folder);
  const printed = execFileSync(process.execPath, [join(folder, file)], { cwd: app, encoding: "utf8" });
  assert.is(printed, expected);
}

async function assertRunsInPage(folder: string, tag: string): Promise<void> {
  assertSmall(folder);
  const script = `
    while (!window.scoreOf) await new Promise((later) => setTimeout(later, 20));
    await tell(await scoreOf(new Uint8Array(await (await fetch("model.pulmo")).arrayBuffer())));`;
  const told = await driven(inChromium, script, (name) => {
    if (name === "model.pulmo") return model;
    if (name === "index.html" && !existsSync(join(folder, name))) return `<!doctype html>${tag}`;
    return existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : undefined;
  });
  assert.is(told, expected);
}

const usable = ifInstalled(undefined, test);
const inPage = ifInstalled(chromium === undefined ? "no Chromium here (PULMO_CHROMIUM names one)" : undefined, test);

function onNode(name: string, file: string, bundle: Bundle): void {
  const title = `${name}, on Node`;
  usable(title, async () => {
    const folder = outputFolder(title);
    await bundle(folder);
    assertRuns(folder, file);
  });
}
function inBrowser(name: string, bundle: Bundle, tag = '<script src="bundle.js"></script>'): void {
  const title = `${name}, in Chromium`;
  inPage(title, async () => {
    const folder = outputFolder(title);
    await bundle(folder);
    await assertRunsInPage(folder, tag);
  });
}
const MODULE_TAG = '<script type="module" src="bundle.js"></script>';

const withEsbuild =
  (entry: string, outfile: string, options: BuildOptions): Bundle =>
  (folder) =>
    esbuild({ ...options, entryPoints: [join(app, entry)], outfile: join(folder, outfile), bundle: true, logLevel: "error" });
for (const format of ["cjs", "esm"] as const) {
  const file = format === "cjs" ? "bundle.cjs" : "bundle.mjs";
  onNode(`esbuild ${format}`, file, withEsbuild("on-node.mjs", file, { format, platform: "node" }));
  onNode(`esbuild ${format} minified`, file, withEsbuild("on-node.mjs", file, { format, platform: "node", minify: true }));
  const neutral: BuildOptions = { format, platform: "neutral", external: ["node:fs"] };
  onNode(`esbuild ${format} neutral`, file, withEsbuild("on-node.mjs", file, neutral));
}
inBrowser("esbuild iife", withEsbuild("in-browser.mjs", "bundle.js", { format: "iife", platform: "browser" }));
inBrowser("esbuild esm", withEsbuild("in-browser.mjs", "bundle.js", { format: "esm", platform: "browser" }), MODULE_TAG);

const withWebpack =
  (entry: string, filename: string, options: Configuration): Bundle =>
  async (folder) => {
    const compiler = webpack({
      mode: "production",
      context: app,
      entry: `./${entry}`,
      output: { path: folder, filename },
      ...options,
    })!;
    const stats = await new Promise<webpack.Stats>((resolve, reject) =>
      compiler.run((error, done) => (error || !done ? reject(error) : resolve(done))),
    );
    await new Promise((closed) => compiler.close(closed));
    assert.not(stats.hasErrors() || stats.hasWarnings(), stats.toString());
  };
// Next.js bundles its server for this target.
onNode("webpack node", "bundle.cjs", withWebpack("on-node.mjs", "bundle.cjs", { target: "node" }));
onNode(
  "webpack node development",
  "bundle.cjs",
  withWebpack("on-node.mjs", "bundle.cjs", { target: "node", mode: "development" }),
);
inBrowser("webpack web", withWebpack("in-browser.mjs", "bundle.js", { target: "web" }));

const withRollup =
  (entry: string, output: OutputOptions, exportConditions?: string[]): Bundle =>
  async (folder) => {
    const onwarn = ({ message }: { message: string }) => {
      throw new Error(message);
    };
    const plugins = [nodeResolve(exportConditions && { exportConditions })];
    const bundle = await rollup({ input: join(app, entry), external: /^node:/, plugins, onwarn });
    await bundle.write({ ...output, file: join(folder, output.file!) });
    await bundle.close();
  };
for (const conditions of [undefined, ["node"]]) {
  const named = conditions ? ", node's condition" : "";
  onNode(`rollup esm${named}`, "bundle.mjs", withRollup("on-node.mjs", { file: "bundle.mjs", format: "es" }, conditions));
  onNode(`rollup cjs${named}`, "bundle.cjs", withRollup("on-node.mjs", { file: "bundle.cjs", format: "cjs" }, conditions));
}
inBrowser("rollup iife", withRollup("in-browser.mjs", { file: "bundle.js", format: "iife", name: "bundle" }));

const withVite =
  (options: InlineConfig["build"], more: InlineConfig = {}): Bundle =>
  async (folder) => {
    const build = { target: "es2022", ...options, outDir: folder, emptyOutDir: false };
    await vite({ root: app, configFile: false, logLevel: "error", ...more, build });
  };
const entry = resolve(app, "on-node.mjs");
for (const format of ["es", "cjs"] as const) {
  const file = format === "cjs" ? "bundle.cjs" : "bundle.mjs";
  const lib = { entry, formats: [format], fileName: () => file };
  onNode(`Vite library ${format}`, file, withVite({ lib, rollupOptions: { external: /^node:/ } }));
}
onNode(
  "Vite SSR",
  "on-node.mjs",
  withVite({ ssr: entry, rollupOptions: { output: { entryFileNames: "on-node.mjs" } } }, { ssr: { noExternal: true } }),
);
inBrowser("Vite page", async (folder) => {
  writeFileSync(join(app, "index.html"), '<!doctype html><script type="module" src="/in-browser.mjs"></script>');
  await withVite({})(folder);
});

/** The model of the package, as a file that the bundler puts beside the page. */
const WITH_MODEL = `import { loadModel } from "pulmo";
globalThis.classes = async () => (await loadModel(new URL("pulmo/model.pulmo", import.meta.url))).classes;`;

function emittedModel(folder: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }) as string[];
  const found = names.filter((name) => name.endsWith(".pulmo"));
  assert.is(found.length, 1, names.join());
  assert.is(Buffer.compare(readFileSync(join(folder, found[0])), readFileSync(packagedModel)), 0);
  return found[0];
}

inPage('new URL("pulmo/model.pulmo", import.meta.url) by Vite and webpack', async () => {
  writeFileSync(join(app, "with-model.mjs"), WITH_MODEL);
  writeFileSync(join(app, "index.html"), '<!doctype html><script type="module" src="/with-model.mjs"></script>');
  const [vite, packed] = [outputFolder("model-vite"), outputFolder("model-webpack")];
  await withVite({})(vite);
  emittedModel(vite);
  await withWebpack("with-model.mjs", "bundle.js", { target: "web", performance: false })(packed);
  const asset = emittedModel(packed);
  const told = await driven(
    inChromium,
    "while (!window.classes) await new Promise((later) => setTimeout(later, 20)); await tell(await classes());",
    (asked) => {
      if (asked === "index.html") return '<!doctype html><script src="bundle.js"></script>';
      return asked === asset || asked === "bundle.js" ? readFileSync(join(packed, asked)) : undefined;
    },
  );
  assert.match(told, /^\w+,\w+$/);
});

// With the codecs' WebAssembly inside, and nothing of Node.
inPage("pulmo/decode by webpack and esbuild, in Chromium", async () => {
  writeFileSync(join(app, "decode.mjs"), 'import { decodeImage } from "pulmo/decode";\nglobalThis.decodeImage = decodeImage;');
  const dicom = readFileSync("test/fixtures/dicom/jpeg-ls.dcm");
  const bundles = {
    webpack: withWebpack("decode.mjs", "bundle.js", { target: "web", performance: false }),
    esbuild: withEsbuild("decode.mjs", "bundle.js", { format: "iife", platform: "browser" }),
  };
  for (const [name, bundle] of Object.entries(bundles)) {
    const folder = outputFolder(`decode-${name}`);
    await bundle(folder);
    const script = `
      const { width, height, channels } = await decodeImage(await (await fetch("image.dcm")).blob());
      await tell([width > 1, height > 1, channels]);`;
    const told = await driven(inChromium, script, (asked) => {
      if (asked === "image.dcm") return dicom;
      if (asked === "index.html") return '<!doctype html><script src="bundle.js"></script>';
      return existsSync(join(folder, asked)) ? readFileSync(join(folder, asked)) : undefined;
    });
    assert.is(told, "true,true,1", name);
  }
});

test.run();
