// The package as others get it: packed, installed into a fresh folder, used with types, from CommonJS, and bundled.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { build as buildSite } from "vite";
import { dataset, pulmo } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";
import { chromium } from "../report/chromium.js";
import { unless } from "../skip.js";
import { driven, inChromium } from "../web/driven.js";

const test = suite("package");

const NPM = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];
const npm = (cwd: string, ...args: string[]) => spawnSync(NPM[0], [...NPM.slice(1), ...args], { cwd, encoding: "utf8" });
const bin = (name: string) => resolve("node_modules/.bin", name);

const folder = temporaryFolder();
// What is built is packed: building it anew would disturb the tests beside this one.
const packed = npm(resolve("."), "pack", "--ignore-scripts", "--json", "--pack-destination", folder);
const [tarball] = readdirSync(folder);
const app = join(folder, "app");
mkdirSync(app);
writeFileSync(join(app, "package.json"), '{ "type": "module", "private": true }');
const installed = npm(app, "install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", join(folder, tarball));
const usable = unless(installed.status === 0 ? undefined : "the registry cannot be reached", test);

const root = await dataset({ train: 6, val: 1, test: 3 });
const trained = join(folder, "trained");
const model = join(app, "model.pulmo");
test.before(async () => {
  const run = ["--models", "logistic", "--epochs", "1", "--quiet"];
  assert.is((await pulmo(["train", "--data", root, "--out", trained, ...run])).code, 0);
  const checkpoint = ["--checkpoint", join(trained, "logistic")];
  assert.is((await pulmo(["export", ...checkpoint, "--format", "pulmo", "--out", model])).code, 0);
});

test("publint and arethetypeswrong find nothing", () => {
  const lint = spawnSync(bin("publint"), ["--strict", join(folder, tarball)], { encoding: "utf8" });
  assert.is(lint.status, 0, lint.stdout + lint.stderr);
  const types = spawnSync(
    bin("attw"),
    ["--profile", "esm-only", "--exclude-entrypoints", "pulmo-infer.wasm", "wasm/*.wasm", "--", join(folder, tarball)],
    { encoding: "utf8" },
  );
  assert.is(types.status, 0, types.stdout);
});

test("it holds what is built and the sample, and no tests or sources", () => {
  assert.is(packed.status, 0, packed.stderr);
  const [{ files }] = JSON.parse(packed.stdout);
  const tops = new Set(files.map(({ path }: { path: string }) => path.split("/")[0]));
  assert.equal([...tops].sort(), ["LICENSE", "README.md", "THIRD_PARTY.md", "dist", "package.json", "sample"]);
  assert.ok(files.some(({ path }: { path: string }) => path === "dist/core/pulmo-infer.wasm"));
});

const SCORE = `const image = { data: new Uint8Array(64 * 80).map((_, i) => i), width: 64, height: 80, channels: 1 as const };
const { logOdds, label } = model.predict(image);
console.log(JSON.stringify({ logOdds, label, side: model.explain(image).side }));`;
const untyped = SCORE.replace(" as const", "");

function runs(file: string, code: string): string {
  writeFileSync(join(app, file), code);
  return execFileSync(process.execPath, [file], { cwd: app, encoding: "utf8" });
}
const esm = `import { readFileSync } from "node:fs"; import { loadModel } from "pulmo";
const model = await loadModel(readFileSync("model.pulmo"));\n${untyped}`;

usable("from ES modules and CommonJS; inline, and bundled by esbuild, the same score", async () => {
  const expected = runs("esm.mjs", esm);
  assert.match(expected, /^\{"logOdds":-?\d/);
  const common = `const { readFileSync } = require("node:fs");
import("pulmo").then(async ({ loadModel }) => { const model = await loadModel(readFileSync("model.pulmo"));\n${untyped} });`;
  assert.is(runs("common.cjs", common), expected);
  const inline = esm.replace('from "pulmo"', 'from "pulmo/inline"');
  assert.is(runs("inline.mjs", inline), expected);
  await build({
    entryPoints: [join(app, "inline.mjs")],
    outfile: join(app, "bundle.mjs"),
    bundle: true,
    format: "esm",
    platform: "neutral",
    external: ["node:fs"],
    logLevel: "silent",
  });
  const bundle = readFileSync(join(app, "bundle.mjs"), "utf8");
  assert.not.match(bundle, /from "pulmo/);
  assert.is(runs("bundled.mjs", bundle), expected);
});

const inBrowser = unless(
  chromium === undefined ? "no Chromium here (PULMO_CHROMIUM names one)" : undefined,
  usable as typeof test,
);
inBrowser("bundled by Vite, with the core as an asset of its own: the same score in Chromium", async () => {
  const site = join(app, "site");
  mkdirSync(join(site, "public"), { recursive: true });
  copyFileSync(model, join(site, "public/model.pulmo"));
  writeFileSync(join(site, "index.html"), '<!doctype html><script type="module" src="/main.js"></script>');
  const print = "console.log(";
  assert.ok(untyped.includes(print));
  const code = `import { loadModel } from "pulmo";
const model = await loadModel(new Uint8Array(await (await fetch("model.pulmo")).arrayBuffer()));
${untyped.replace(print, "window.told = (")}`;
  writeFileSync(join(site, "main.js"), code);
  // Top-level await, as above.
  await buildSite({ root: site, configFile: false, logLevel: "silent", build: { target: "es2022", assetsInlineLimit: 0 } });
  const built = join(site, "dist");
  assert.ok(readdirSync(join(built, "assets")).some((name) => name.endsWith(".wasm")));
  const told = await driven(
    inChromium,
    "while (window.told === undefined) await new Promise((later) => setTimeout(later, 20)); await tell(window.told);",
    (name) => (existsSync(join(built, name)) ? readFileSync(join(built, name)) : undefined),
  );
  assert.is(told, runs("esm.mjs", esm).trim());
});

usable("files by the threaded pool, decoded", () => {
  const images = ["NORMAL", "PNEUMONIA"].map((name) => join(root, "test", name, "synthetic-0000.jpeg"));
  const code = `import { predictFiles } from "pulmo";
console.log(JSON.stringify(await predictFiles(${JSON.stringify([...images, "nowhere.png"])}, { checkpoint: ${JSON.stringify(join(trained, "logistic"))}, threads: 2 })));`;
  const [one, two, none] = JSON.parse(runs("files.mjs", code));
  assert.equal([one.file, two.file], images);
  assert.ok(Number.isFinite(one.logit) && typeof two.label === "string");
  assert.equal(none, { file: "nowhere.png", error: "ENOENT" });
});

for (const [module, resolution] of [
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
]) {
  usable(`TypeScript, moduleResolution ${resolution}`, () => {
    const code = `import { loadModel, type Model } from "pulmo"; import { loadModel as inline } from "pulmo/inline";
const model: Model = await loadModel(new Uint8Array()); await inline(new Uint8Array());\n${SCORE}`;
    writeFileSync(join(app, "typed.ts"), code);
    const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--types", "", "--module", module];
    const { status, stdout } = spawnSync(bin("tsc"), [...options, "--moduleResolution", resolution, "typed.ts"], {
      cwd: app,
      encoding: "utf8",
    });
    assert.is(status, 0, stdout);
  });
}

usable("what is not exported is closed; the core's files are open", () => {
  const code = `const code = await import("pulmo/dist/cli.js").then(() => "open", (error) => error.code);
const files = ["pulmo/pulmo-infer.wasm", "pulmo/wasm/simd.wasm"].map((name) => import.meta.resolve(name).split("/").at(-1));
console.log([code, ...files].join());`;
  assert.is(runs("closed.mjs", code), "ERR_PACKAGE_PATH_NOT_EXPORTED,pulmo-infer.wasm,simd.wasm\n");
});

test.run();
