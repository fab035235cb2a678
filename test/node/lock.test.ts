// Who may write into a run's folder.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { HOST } from "#pulmo/node/writers.js";
import { dataset, pulmo, pulmoProcess } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";

const test = suite("lock");

const LOCK = new URL("../../../dist/node/lock.js", import.meta.url).href;
const HOLD = `const { lockFolder } = await import(${JSON.stringify(LOCK)});
lockFolder(process.argv[1]).then(() => { console.log("held"); setInterval(() => {}, 1000); }, (error) => console.log(error.message));`;

/** A process that takes the folder and waits; what it said first. */
async function holder(folder: string): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", HOLD, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const said = await new Promise<string>((resolve) => child.stdout!.once("data", (text) => resolve(String(text).trim())));
  return { child, said };
}

async function killed(child: ChildProcess): Promise<void> {
  // One that was refused has ended by itself.
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

test("the second is refused; one that was killed holds nothing; a pid that is used again neither", async () => {
  const folder = temporaryFolder();
  const first = await holder(folder);
  assert.is(first.said, "held");
  const second = await holder(folder);
  assert.match(second.said, new RegExp(`^Process ${first.child.pid} is writing into ${folder}: wait`));
  await killed(second.child);
  await killed(first.child);
  assert.is(readdirSync(folder).length, 1);
  writeFileSync(join(folder, `.lock-${HOST}-1-${process.pid}`), "");
  const third = await holder(folder);
  assert.is(third.said, "held");
  const [left, ...others] = readdirSync(folder);
  assert.match(left, new RegExp(`^\\.lock-${HOST}-\\d+-${third.child.pid}$`));
  assert.equal(others, []);
  await killed(third.child);
});

test("of several that find a dead holder's lock one has it, and somebody else can have it later", async () => {
  for (let round = 0; round < 3; round++) {
    const folder = temporaryFolder();
    writeFileSync(join(folder, `.lock-${HOST}-1-999999999`), "");
    const all = await Promise.all(Array.from({ length: 4 }, () => holder(folder)));
    assert.is(all.filter(({ said }) => said === "held").length, 1, all.map(({ said }) => said).join("; "));
    await Promise.all(all.map(({ child }) => killed(child)));
    const later = await holder(folder);
    assert.is(later.said, "held");
    await killed(later.child);
  }
});

test("a process on another machine holds the folder as long as it touches its file", async () => {
  const folder = temporaryFolder();
  const elsewhere = join(folder, ".lock-elsewhere-1-5");
  writeFileSync(elsewhere, "");
  const first = await holder(folder);
  assert.match(first.said, new RegExp(`^Process 5 on elsewhere is writing into ${folder}: wait`));
  await killed(first.child);
  utimesSync(elsewhere, 1, 1);
  const second = await holder(folder);
  assert.is(second.said, "held");
  assert.not.ok(existsSync(elsewhere));
  await killed(second.child);
});

test("a folder in which a run was killed at its very beginning is free, and nothing of it stays", async () => {
  const root = await dataset({ train: 6, val: 1, test: 3 });
  const out = temporaryFolder();
  const dead = `${HOST}-999999999`;
  for (const name of [`.lock-${HOST}-1-999999999`, `.pulmo.${dead}.tmp`, `run.json.${dead}.tmp`])
    writeFileSync(join(out, name), "{");
  const { code, stderr } = await pulmo([
    "train",
    "--data",
    root,
    "--out",
    out,
    "--models",
    "logistic",
    "--epochs",
    "1",
    "--quiet",
  ]);
  assert.is(code, 0, stderr);
  assert.equal(readdirSync(out).sort(), ["logistic", "run.json"]);
});

test("two runs into one folder: one is done, the other refused, and no lock is left", async () => {
  const root = await dataset({ train: 6, val: 1, test: 3 });
  for (let round = 0; round < 3; round++) {
    const out = join(temporaryFolder(), "out");
    const train = ["train", "--data", root, "--out", out, "--models", "logistic", "--epochs", "3", "--threads", "1"];
    const seeds = ["0", "1"];
    const outcomes = await Promise.all(seeds.map((seed) => pulmoProcess([...train, "--seed", seed, "--quiet"])));
    assert.equal(outcomes.map(({ code }) => code).sort(), [0, 2], outcomes.map(({ stderr }) => stderr).join());
    const refused = outcomes.find(({ code }) => code === 2)!;
    assert.match(refused.stderr, /is writing into|already holds a run|is not empty/);
    const { seed } = JSON.parse(readFileSync(join(out, "run.json"), "utf8")).options;
    assert.is(outcomes[seeds.indexOf(String(seed))].code, 0);
    assert.not.ok(readdirSync(out).some((name) => name.startsWith(".lock-")));
  }
});

test.run();
