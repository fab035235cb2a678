// The package as others get it: packed, installed into a folder of its own, used with types and from CommonJS.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { dataset, pulmo } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";
import { absent, unless } from "../skip.js";
import { app, ifInstalled, npm, packagedModel, packed, SCORE, tarball } from "./app.js";

const test = suite("package");

const bin = (name: string) => resolve("node_modules/.bin", name);
const usable = ifInstalled(undefined, test);

const root = await dataset({ train: 6, val: 1, test: 3 });
const trained = join(temporaryFolder(), "trained");
test.before(async () => {
  const run = ["--models", "logistic", "--epochs", "1", "--quiet"];
  assert.is((await pulmo(["train", "--data", root, "--out", trained, ...run])).code, 0);
});

// publint misses the file that pulmo/model.pulmo names.
unless(absent("model/resnet18.pulmo", "docs/make-model.mjs"), test)("publint and arethetypeswrong find nothing", () => {
  const lint = spawnSync(bin("publint"), ["--strict", tarball], { encoding: "utf8" });
  assert.is(lint.status, 0, lint.stdout + lint.stderr);
  const types = spawnSync(
    bin("attw"),
    ["--profile", "esm-only", "--exclude-entrypoints", "pulmo-infer.wasm", "model.pulmo", "wasm/*.wasm", "--", tarball],
    { encoding: "utf8" },
  );
  assert.is(types.status, 0, types.stdout);
});

const files = new Set<string>(
  packed.status === 0 ? JSON.parse(packed.stdout)[0].files.map(({ path }: { path: string }) => path) : [],
);

test("it holds the build, the sample, docs and examples, and nothing that only development needs", () => {
  assert.is(packed.status, 0, packed.stderr);
  const folders = new Set([...files].filter((path) => path.includes("/")).map((path) => path.split("/")[0]));
  assert.equal([...folders].sort(), ["bench", "dist", "docs", "examples", "model", "sample"]);
  const others = [...files].filter((path) => !path.includes("/") && !path.endsWith(".md"));
  assert.equal(others.sort(), ["LICENSE", "package.json"]);
  assert.ok(files.has("dist/core/pulmo-infer.wasm") && files.has("THIRD_PARTY.md"));
  assert.equal(
    [...files].filter((path) => /tsbuildinfo|node_modules|\/site\/|^docs\/.*\.mjs$/.test(path)),
    [],
  );
});

test("it is smaller than 20 MB", () => {
  assert.ok(JSON.parse(packed.stdout)[0].size < 20e6);
});

test("the README links to files that the package holds", () => {
  const links = [...readFileSync("README.md", "utf8").matchAll(/\]\((?!\w+:|#)([^)#\s]+)|src="(?!\w+:)([^"]+)"/g)];
  const missing = links
    .map(([, link, source]) => (link ?? source).replace(/^\.\/|\/$/g, ""))
    .filter((path) => ![...files].some((file) => file === path || file.startsWith(`${path}/`)));
  assert.equal(missing, []);
});

function runs(file: string, code: string): string {
  writeFileSync(join(app, file), code);
  return execFileSync(process.execPath, [file], { cwd: app, encoding: "utf8" });
}

usable("ES modules and CommonJS, bytes or a path, and the entry for browsers: the same score", () => {
  const from = (
    specifier: string,
    file: string,
  ) => `import { readFileSync } from "node:fs"; import { loadModel } from "${specifier}";
const model = await loadModel(${file});\n${SCORE}\nconsole.log(score);`;
  const bytes = 'readFileSync("model.pulmo")';
  const expected = runs("bytes.mjs", from("pulmo", bytes));
  assert.match(expected, /^\{"logOdds":-?\d/);
  assert.is(runs("path.mjs", from("pulmo", '"model.pulmo"')), expected);
  assert.is(runs("inline.mjs", from("pulmo/inline", bytes)), expected);
  const common = `import("pulmo").then(async ({ loadModel }) => { const model = await loadModel("model.pulmo");
${SCORE}\nconsole.log(score); });`;
  assert.is(runs("common.cjs", common), expected);
});

usable("image files, by worker threads", () => {
  const images = ["NORMAL", "PNEUMONIA"].map((name) => join(root, "test", name, "synthetic-0000.jpeg"));
  const code = `import { predictFiles } from "pulmo";
console.log(JSON.stringify(await predictFiles(${JSON.stringify([...images, "nowhere.png"])}, { checkpoint: ${JSON.stringify(join(trained, "logistic"))}, threads: 2 })));`;
  const [one, two, none] = JSON.parse(runs("files.mjs", code));
  assert.equal([one.file, two.file], images);
  assert.ok(Number.isFinite(one.logit) && typeof two.label === "string");
  assert.equal(none, { file: "nowhere.png", error: "no such file (ENOENT)" });
});

for (const [module, resolution] of [
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
]) {
  usable(`TypeScript, moduleResolution ${resolution}`, () => {
    const code = `import { loadModel, type Model } from "pulmo"; import { loadModel as inline } from "pulmo/inline";
const model: Model = await loadModel(new Uint8Array()); await inline(new Uint8Array(), { worker: true });
const image = { data: new Uint8Array(64 * 80), width: 64, height: 80, channels: 1 as const };
export const score: number = model.predict(image).logOdds;`;
    writeFileSync(join(app, "typed.ts"), code);
    const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--types", "", "--module", module];
    const { status, stdout } = spawnSync(bin("tsc"), [...options, "--moduleResolution", resolution, "typed.ts"], {
      cwd: app,
      encoding: "utf8",
    });
    assert.is(status, 0, stdout);
  });
}

const xray = join(root, "test/NORMAL/synthetic-0000.jpeg");
const npx = (...args: string[]) => npm(app, "exec", "--no", "--", "pulmo", ...args);

usable("npx pulmo predict answers with the model in the package, and says so; so do loadModel() and predictFiles()", () => {
  const { status, stdout, stderr } = npx("predict", xray);
  assert.is(status, 0, stderr);
  assert.match(stdout, /^[01]\.\d{4} +\w+ +.*synthetic-0000\.jpeg\n$/);
  assert.match(stderr, /^No model given: using the ResNet-18 that comes with pulmo .*Not for clinical use\.$/m);
  const quiet = npx("predict", xray, "--quiet", "--portable", "--json");
  assert.not.match(quiet.stderr, /No model given/);
  const [{ logOdds, modelNotes }] = JSON.parse(quiet.stdout);
  const code = `import { loadModel, predictFiles } from "pulmo";
const xray = ${JSON.stringify(xray)};
const model = await loadModel();
const byUrl = await loadModel(new URL(import.meta.resolve("pulmo/model.pulmo")));
const [{ label, modelNotes }] = await predictFiles([xray], { threads: 1 });
const [one, two] = [await model.predict(xray), await byUrl.predict(xray)];
console.log(JSON.stringify([one.logOdds, two.logOdds, one.label === label, model.notes, modelNotes]));`;
  assert.equal(JSON.parse(runs("packaged.mjs", code)), [logOdds, logOdds, true, modelNotes, modelNotes]);
  assert.match(modelNotes.join(), /^is the ResNet-18 that comes with pulmo .*; not for clinical use$/);
});

usable("npx pulmo names itself so in help", () => {
  assert.match(npx("--help").stdout, /^pulmo <command> \[options\]\n/);
});

usable("a damaged model in the package is no model", () => {
  const good = readFileSync(packagedModel);
  try {
    writeFileSync(packagedModel, good.subarray(0, -1));
    const { status, stdout, stderr } = npx("predict", xray);
    assert.equal([status, stdout], [2, ""]);
    assert.match(
      stderr,
      /^pulmo: .*resnet18\.pulmo is damaged or replaced: .* To go on, install pulmo again, or name another model\.$/m,
    );
  } finally {
    writeFileSync(packagedModel, good);
  }
});

usable("what is not exported is closed; the core's files are open", () => {
  const code = `const code = await import("pulmo/dist/cli.js").then(() => "open", (error) => error.code);
const files = ["pulmo/pulmo-infer.wasm", "pulmo/wasm/simd.wasm"].map((name) => import.meta.resolve(name).split("/").at(-1));
console.log([code, ...files].join());`;
  assert.is(runs("closed.mjs", code), "ERR_PACKAGE_PATH_NOT_EXPORTED,pulmo-infer.wasm,simd.wasm\n");
});

test.run();
