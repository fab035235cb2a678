// The examples that train: the same figures in every runtime.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { build } from "vite";
import { decodeImage, train } from "#pulmo/lib/train-node.js";
import { temporaryFolder } from "../data/places.js";
import { chromium } from "../report/chromium.js";
import { absent, unless } from "../skip.js";
import { driven, inChromium } from "../web/driven.js";

const test = suite("examples that train");

/** A project that has pulmo installed. */
const app = temporaryFolder();
mkdirSync(join(app, "node_modules"));
symlinkSync(resolve("."), join(app, "node_modules/pulmo"));
writeFileSync(join(app, "package.json"), '{ "type": "module" }');
for (const name of readdirSync("examples/train-browser")) copyFileSync(join("examples/train-browser", name), join(app, name));
copyFileSync("examples/train-node/train.mjs", join(app, "train.mjs"));

const trains = (command: string, ...args: string[]): string =>
  execFileSync(command, [...args, "train.mjs", resolve("sample")], { cwd: app, encoding: "utf8" });
/** Node's output: the other runtimes print the same. */
let printed = "";

test(`Node ${process.versions.node}`, () => {
  printed = trains(process.execPath);
  assert.match(printed, /^epoch 1: loss \d\.\d{4}\n(?:epoch.*\n){2}test: accuracy 0\.\d{3}, AUC 0\.\d{3}\n$/);
  assert.ok(existsSync(join(app, "logistic.pulmo")));
});

const ofExamples = (name: string) => resolve("examples/node_modules/.bin", name);
const installed = (name: string) => absent(ofExamples(name), "npm --prefix examples ci");
unless(installed("deno"), test)("Deno", () => assert.is(trains(ofExamples("deno"), "run", "--allow-all"), printed));
unless(installed("bun"), test)("Bun", () => assert.is(trains(ofExamples("bun")), printed));

const files = ["NORMAL", "PNEUMONIA"].map((kind) => {
  const folder = join("sample/train", kind);
  return readdirSync(folder)
    .sort()
    .slice(0, 5)
    .map((name) => join(folder, name));
});

unless(chromium === undefined ? "no Chromium here (PULMO_CHROMIUM names one)" : undefined, test)(
  "Chromium, built by Vite: the figures of Node",
  async () => {
    await build({ root: app, configFile: false, logLevel: "error", build: { target: "es2022" } });
    const script = `
      for (const [i, id] of ["normal", "pneumonia"].entries()) {
        const data = new DataTransfer();
        for (const name of ${JSON.stringify(files)}[i]) data.items.add(new File([await (await fetch(name)).blob()], name));
        document.getElementById(id).files = data.files;
      }
      document.getElementById("start").click();
      const lines = () => document.getElementById("log").textContent.split("\\n").filter(Boolean);
      while (lines().length < 3 + 10) await new Promise((later) => setTimeout(later, 50));
      await tell(JSON.stringify(lines()));`;
    const told = await driven(inChromium, script, (name) => {
      const path = name.startsWith("sample/") ? name : join(app, "dist", name);
      return existsSync(path) ? readFileSync(path) : undefined;
    });
    const images = await Promise.all(
      files.flatMap((paths, label) => paths.map(async (path) => ({ pixels: await decodeImage(path), label }))),
    );
    const training = train({ model: "logistic", data: { images }, recipe: "paper", epochs: 3, seed: 0, wasm: "simd" });
    const lines: string[] = [];
    for await (const { epoch, step, loss } of training) lines.push(`epoch ${epoch}, step ${step}: loss ${loss.toFixed(4)}`);
    const model = await training.result;
    for (const { pixels } of images) lines.push(`probability ${model.predict(pixels).probability.toFixed(4)}`);
    assert.equal(JSON.parse(told), lines);
    assert.ok(readdirSync(join(app, "dist/assets")).some((name) => basename(name).startsWith("train-browser")));
  },
);

test.run();
