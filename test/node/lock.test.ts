// Locks on the folder of a run.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { makeFolderAtomic, writeFileAtomic } from "#pulmo/node/files.js";
import { type Holder, holderOfFolder, lockAgain, lockFolder, lockName } from "#pulmo/node/lock.js";
import { HOST, SPACE, startOf } from "#pulmo/node/process-identity.js";
import { dataset, filesBelow, pulmo, pulmoProcess } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";
import { unless } from "../skip.js";

const test = suite("lock");

const LOCK = new URL("../../../dist/node/lock.js", import.meta.url).href;
const HOLD = `const { lockFolder } = await import(${JSON.stringify(LOCK)});
lockFolder(process.argv[1]).then(() => { console.log("held"); setInterval(() => {}, 1000); }, (error) => console.log(error.message));`;

/** The name of a lock of this process, except for what is given. */
const lock = (given: Partial<Holder> = {}): string =>
  lockName({ host: HOST, space: SPACE, start: startOf(process.pid), pid: process.pid, id: "0".repeat(32), ...given });
const ELSEWHERE = { host: "elsewhere", space: "0".repeat(12), start: "1", pid: 5 };

/** A process that locks the folder and waits. Resolves with its first output. `within`: a command that starts it. */
async function holder(
  folder: string,
  within: readonly string[] = [],
  preload: readonly string[] = [],
): Promise<{ child: ChildProcess; said: string }> {
  const [command, ...args] = [...within, process.execPath, ...preload, "--input-type=module", "-e", HOLD, folder];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const said = await new Promise<string>((resolve) => child.stdout!.once("data", (text) => resolve(String(text).trim())));
  return { child, said };
}

async function killed(child: ChildProcess): Promise<void> {
  // A refused process has already exited.
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

test("a second process is refused; a killed process and a reused pid hold no lock", async () => {
  const folder = temporaryFolder();
  const first = await holder(folder);
  assert.is(first.said, "held");
  const second = await holder(folder);
  assert.match(second.said, new RegExp(`^Process ${first.child.pid} is writing into ${folder}: wait`));
  await killed(second.child);
  await killed(first.child);
  assert.is(readdirSync(folder).length, 1);
  writeFileSync(join(folder, lock({ start: "1" })), "");
  const third = await holder(folder);
  assert.is(third.said, "held");
  const [left, ...others] = readdirSync(folder);
  assert.match(left, new RegExp(`^\\.lock-${HOST}-${SPACE}-\\d+-${third.child.pid}-[0-9a-f]{32}$`));
  assert.equal(others, []);
  await killed(third.child);
});

test("of several processes that find a dead holder's lock, one gets it; another can get it later", async () => {
  for (let round = 0; round < 3; round++) {
    const folder = temporaryFolder();
    writeFileSync(join(folder, lock({ pid: 999999999 })), "");
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
  const elsewhere = join(folder, lock(ELSEWHERE));
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

/** In a pid namespace of its own, as in a container with the same host name. */
const CONTAINER = ["unshare", "--pid", "--fork", "--kill-child"];
const withoutNamespaces =
  spawnSync(CONTAINER[0], [...CONTAINER.slice(1), "true"]).status === 0 ? undefined : "unshare cannot make a pid namespace here";

for (const [what, proc] of [
  ["its own /proc", ["--mount-proc"]],
  ["the /proc of another one", []],
] as const) {
  unless(withoutNamespaces, test)(
    `a process in another pid namespace with the same host name holds the folder; ${what}`,
    async () => {
      const folder = temporaryFolder();
      const within = [...CONTAINER, ...proc];
      const first = await holder(folder, within);
      assert.is(first.said, "held");
      for (const second of [await holder(folder), await holder(folder, within)]) {
        assert.match(
          second.said,
          new RegExp(`^Process 1 on ${HOST} is writing into ${folder}: wait until it finishes\\. If it was killed`),
        );
      }
      assert.is(await holderOfFolder(folder), `process 1 on ${HOST}`);
      assert.is(readdirSync(folder).length, 1);
      await killed(first.child);
    },
  );
}

/** Preloaded: a clock that is five minutes off. */
const clock = (minutes: number): string[] => {
  const code = `const D = Date; const now = () => D.now() + ${60_000 * minutes};
globalThis.Date = class extends D { constructor(...a) { super(...(a.length > 0 ? a : [now()])); } static now() { return now(); } }`;
  return [`--import=data:text/javascript,${encodeURIComponent(code)}`];
};

unless(withoutNamespaces, test)("clocks that are five minutes off do not count", async () => {
  for (const [first, second, here] of [
    [clock(-5), [], 5],
    [[], clock(5), -5],
  ] as const) {
    const folder = temporaryFolder();
    const holding = await holder(folder, CONTAINER, first);
    assert.is(holding.said, "held");
    const other = await holder(folder, [], second);
    assert.match(other.said, /^Process 1 on \S+ is writing into/);
    const { now } = Date;
    Date.now = () => now() + 60_000 * here;
    assert.is(await holderOfFolder(folder), `process 1 on ${HOST}`);
    Date.now = now;
    const [name] = readdirSync(folder);
    utimesSync(join(folder, name), 1, 1);
    assert.is(await holderOfFolder(folder), undefined);
    await killed(holding.child);
  }
});

test("a holder whose lock was taken writes nothing more, below the folder or as the folder", async () => {
  const folder = temporaryFolder();
  const held = await lockFolder(folder);
  const file = join(folder, "logistic/run.json");
  await writeFileAtomic(file, "before");
  const [name] = readdirSync(folder).filter((one) => one.startsWith(".lock-"));
  // Hours later: the other process has removed the lock.
  utimesSync(join(folder, name), 1, 1);
  await held.check();
  assert.ok(Date.now() - statSync(join(folder, name)).mtimeMs < 60_000);
  rmSync(join(folder, name));
  const other = await holder(folder);
  assert.is(other.said, "held");
  for (const write of [
    () => writeFileAtomic(file, "after"),
    () => writeFileAtomic(join(folder, "new/file"), "after"),
    () => makeFolderAtomic(join(folder, "more"), 0o700, async () => {}),
    () => held.check(),
  ]) {
    const error = await write().then(
      () => undefined,
      (caught: Error) => caught,
    );
    assert.instance(error, InputError);
    assert.match((error as Error).message, /^The lock on \S+ is gone: .*another one went on.*Nothing more was written/);
  }
  assert.is(readFileSync(file, "utf8"), "before");
  assert.equal(
    filesBelow(folder).filter((path) => !path.startsWith(".lock-")),
    ["logistic/run.json"],
  );
  await held.release();
  assert.is(readdirSync(folder).filter((one) => one.startsWith(".lock-")).length, 1);
  await killed(other.child);
  await writeFileAtomic(file, "later");
});

test("links, folders and other files with a lock's name are no locks, and are left alone", async () => {
  const folder = temporaryFolder();
  const victim = join(temporaryFolder(), "victim");
  writeFileSync(victim, "mine");
  const planted = [lock({ ...ELSEWHERE, id: "1".repeat(32) }), lock({ ...ELSEWHERE, id: "2".repeat(32) }), ".lock-elsewhere-1-5"];
  symlinkSync(victim, join(folder, planted[0]));
  mkdirSync(join(folder, planted[1]));
  symlinkSync(victim, join(folder, planted[2]));
  const held = await lockFolder(folder);
  const own = readdirSync(folder).filter((name) => !planted.includes(name));
  assert.is(own.length, 1);
  assert.is(await holderOfFolder(folder), `process ${process.pid} on ${HOST}`);
  // Another file in the place of the own one: not touched, and the lock counts as lost.
  for (const plant of [symlinkSync, linkSync]) {
    rmSync(join(folder, own[0]));
    plant(victim, join(folder, own[0]));
    const { mtimeMs } = statSync(victim);
    assert.match(await held.check().then(() => "", String), /The lock on \S+ is gone/);
    assert.equal([readFileSync(victim, "utf8"), statSync(victim).mtimeMs], ["mine", mtimeMs]);
  }
  await held.release();
  assert.is(readFileSync(victim, "utf8"), "mine");
  assert.equal(readdirSync(folder).sort(), planted.sort());
});

test("a run that continues waits for the end of a lock whose process may be dead, and no longer than for a sign of life", async () => {
  const folder = temporaryFolder();
  const elsewhere = join(folder, lock(ELSEWHERE));
  const lines: string[] = [];
  const touchedBefore = (seconds: number) => {
    writeFileSync(elsewhere, "\n");
    utimesSync(elsewhere, Date.now() / 1000 - seconds, Date.now() / 1000 - seconds);
  };
  touchedBefore(119);
  await (await lockAgain(folder, (line) => lines.push(line))).release();
  assert.equal(readdirSync(folder), []);
  assert.is(lines.length, 1);
  assert.match(lines[0], /^Waiting for a sign of life/);
  touchedBefore(60);
  const refused = lockAgain(folder, () => touchedBefore(0)).then(() => "", String);
  assert.match(await refused, /Process 5 on elsewhere is writing into/);
  assert.equal(readdirSync(folder), [basename(elsewhere)]);
});

test("a folder in which a run was killed at the start is free, and its files are removed", async () => {
  const root = await dataset({ train: 6, val: 1, test: 3 });
  const out = temporaryFolder();
  const dead = `${SPACE}-999999999`;
  for (const name of [lock({ pid: 999999999 }), `.pulmo.${dead}.tmp`, `run.json.${dead}.tmp`])
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

test("two runs into one folder: one finishes, the other is refused, and no lock remains", async () => {
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
