// The code of the documentation runs as it stands, and prints what its comments say.
import { execFile, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { dataset, pulmo } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";
import { chromium } from "../report/chromium.js";
import { absent, unless } from "../skip.js";
import { driven, inChromium } from "../web/driven.js";
import { type Block, blocksOf, PAGES } from "./blocks.js";

const test = suite("docs: examples");

/** The folder in which a reader runs the examples, with the files that they name. */
const work = temporaryFolder();
// uvu sets FORCE_COLOR.
const env = { ...process.env, PULMO_CACHE: join(work, "cache"), PULMO_WASM: "", NO_COLOR: "1", FORCE_COLOR: undefined };

test.before(async () => {
  renameSync(await dataset({ train: 10, val: 1, test: 2 }), join(work, "chest_xray"));
  mkdirSync(join(work, "ward"));
  copyFileSync(join(work, "chest_xray/test/NORMAL/synthetic-0000.jpeg"), join(work, "ward/a.jpeg"));
  const records = ["NORMAL", "PNEUMONIA"].flatMap((label) =>
    readdirSync(join(work, "chest_xray/train", label)).map(
      (name, i) => `chest_xray/train/${label}/${name},${label},train,${label} ${i}`,
    ),
  );
  writeFileSync(join(work, "ward.csv"), ["file,label,split,patient", ...records].join("\n"));
  const out = join(work, "runs/first");
  const training = ["--models", "logistic", "--epochs", "1", "--data", join(work, "chest_xray"), "--out", out, "--quiet"];
  assert.is((await pulmo(["train", ...training])).code, 0);
  // Smaller than the model that the examples name, and read in the same way.
  const exporting = ["--checkpoint", join(out, "logistic"), "--format", "pulmo", "--out", join(work, "resnet18.pulmo")];
  assert.is((await pulmo(["export", ...exporting])).code, 0);
});

const blocks = PAGES.flatMap(blocksOf);
const ofRuntime = (runtime: string) => blocks.filter((block) => block.runtime === runtime);

/** Every `console.log(...); // text` prints the text. */
function assertPrinted({ where, code }: Block, printed: string): void {
  const lines = printed.split("\n");
  for (const [, promised] of code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm))
    assert.ok(lines.includes(promised), `${where} prints ${JSON.stringify(printed)}, not ${promised}`);
}

// Below the repository, "pulmo" is the package itself; beside dist, ../dist is what was built.
const nodeBlocks = blocks.filter(({ language, runtime }) => language === "js" && runtime === undefined);
nodeBlocks.forEach((block, i) => {
  test(block.where, async () => {
    const file = resolve(`build/example-${i}.mjs`);
    writeFileSync(file, block.code);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: work, env });
    assert.is(stderr, "", block.where);
    assertPrinted(block, stdout);
  });
});

test("README and the API's reference have examples for Node, browsers and Deno, ten lines of code or so", () => {
  assert.ok(nodeBlocks.filter(({ where }) => where.startsWith("README.md")).length >= 2);
  const ofApi = [...nodeBlocks, ...ofRuntime("browser"), ...ofRuntime("deno")].filter(({ where }) =>
    where.startsWith("docs/api.md"),
  );
  assert.ok(ofApi.length >= 5);
  for (const { where, code } of ofApi) assert.ok(code.split("\n").filter(Boolean).length <= 16, where);
});

const deno = resolve("examples/node_modules/.bin/deno");
unless(absent(deno, "npm --prefix examples ci"), test)("Deno", () => {
  const app = join(work, "deno");
  mkdirSync(join(app, "node_modules"), { recursive: true });
  symlinkSync(resolve("."), join(app, "node_modules/pulmo"));
  writeFileSync(join(app, "package.json"), JSON.stringify({ type: "module", dependencies: { pulmo: "*" } }));
  copyFileSync(join(work, "resnet18.pulmo"), join(app, "resnet18.pulmo"));
  const denoBlocks = ofRuntime("deno");
  assert.is(denoBlocks.length, 1);
  for (const block of denoBlocks) {
    writeFileSync(join(app, "predict.ts"), block.code);
    const command = ["run", "--allow-read", "predict.ts"];
    const { status, stdout, stderr } = spawnSync(deno, command, { cwd: app, encoding: "utf8", env });
    assert.is(status, 0, stderr);
    assert.match(stdout, /^(NORMAL|PNEUMONIA) \d/, JSON.stringify(stdout));
    assertPrinted(block, stdout);
  }
});

unless(chromium === undefined ? "no Chromium here (PULMO_CHROMIUM names one)" : undefined, test)("browser", async () => {
  const [block, ...others] = ofRuntime("browser");
  assert.is(others.length, 0);
  writeFileSync(resolve("build/example-browser.mjs"), block.code);
  const { outputFiles } = await build({
    entryPoints: ["build/example-browser.mjs"],
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "silent",
  });
  const files = new Map<string, string | Uint8Array>([
    ["index.html", '<!doctype html><input type="file"><output></output><script type="module" src="page.js"></script>'],
    ["page.js", outputFiles[0].text],
    ["resnet18.pulmo", readFileSync(join(work, "resnet18.pulmo"))],
    ["a.jpeg", readFileSync(join(work, "ward/a.jpeg"))],
  ]);
  // A person chooses a file as soon as the page listens.
  const choose = `
    const later = () => new Promise((resolve) => setTimeout(resolve, 20));
    const input = document.querySelector("input");
    while (!input.onchange) await later();
    const chosen = new DataTransfer();
    chosen.items.add(new File([await (await fetch("a.jpeg")).blob()], "a.jpeg"));
    input.files = chosen.files;
    input.dispatchEvent(new Event("change"));
    const output = document.querySelector("output");
    while (output.textContent === "") await later();
    await tell(output.textContent);`;
  const told = await driven(inChromium, choose, (name) => files.get(name));
  assert.match(told, /^(NORMAL|PNEUMONIA) [01]\.\d{3}$/);
});

test.run();
