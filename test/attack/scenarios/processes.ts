// Two processes that want the same run.
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as assert from "uvu/assert";
import { createRng } from "#pulmo/core/rng.js";
import { lockFolder } from "#pulmo/node/lock.js";
import { type Caller, SILENT } from "#pulmo/run/caller.js";
import { runAll } from "#pulmo/run/run.js";
import { readRunFile } from "#pulmo/run/run-file.js";
import type { Request } from "#pulmo/run/training/job.js";
import { resolveSettings } from "#pulmo/settings/resolve.js";
import { readManifestOf } from "#pulmo/sweep/manifest.js";
import { workOn } from "#pulmo/sweep/work.js";
import { dataset, filesBelow, type Outcome, pulmo, pulmoProcess } from "../../commands/cli.js";
import { temporaryFolder } from "../../data/places.js";
import type { Scenario } from "../scenarios.js";

const EPOCHS = 3;
const settingsOf = (data: string) =>
  resolveSettings(
    { data, models: ["logistic"], epochs: EPOCHS, pictures: false, stress: false },
    { fetchedData: undefined, absolute: (path) => path },
  );

/** Stops a training after its first epoch. */
function stopping(): Caller {
  const controller = new AbortController();
  const stop = new Error("stopped");
  const info = (line: string) => (/epoch 1\//.test(line) ? controller.abort(stop) : undefined);
  return { ...SILENT, info, signal: controller.signal };
}

const begun = async (request: Request): Promise<void> => {
  const error = await runAll(request, undefined, stopping()).then(
    () => undefined,
    (reason: Error) => reason,
  );
  assert.is(error?.message, "stopped");
};

/** The call, which waits before it creates a lock, while `meanwhile` goes on. */
async function delayed(args: string[], meanwhile: () => Promise<unknown>): Promise<Outcome> {
  const paused = join(temporaryFolder(), "paused");
  const preload = `--import=${new URL("../pause-at-lock.js", import.meta.url)}`;
  const later = pulmoProcess(args, { env: { PAUSED: paused, NODE_OPTIONS: preload } });
  let ended = false;
  void later.then(() => (ended = true));
  while (!existsSync(paused) && !ended) await setTimeout(20);
  assert.ok(existsSync(paused), "the call ended before it created a lock");
  await meanwhile();
  rmSync(paused);
  return later;
}

async function assertFinished(out: string): Promise<void> {
  const { models, finished } = await readRunFile(out);
  assert.equal([Object.keys(models), finished !== undefined], [["logistic"], true]);
  const again = await pulmo(["run", "--resume", out, "--quiet"]);
  assert.is(again.code, 0, again.stderr);
}

/** Every value of a JSON text, replaced by each of these or left out. */
function damages(text: string): string[] {
  const found: string[] = [];
  const visit = (path: string[], value: unknown) => {
    for (const other of [undefined, null, {}, [], "", "x", -1, 0.5, 1e9, true]) {
      if (path.length === 0 || JSON.stringify(other) === JSON.stringify(value)) continue;
      const copy = JSON.parse(text);
      const holder = path.slice(0, -1).reduce((inner, key) => inner[key], copy);
      holder[path.at(-1)!] = other;
      found.push(JSON.stringify(copy));
    }
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) visit([...path, key], inner);
  };
  visit([], JSON.parse(text));
  return found;
}

/** Resuming gives a result, or a sentence. */
async function resumeDamaged(count: number): Promise<void> {
  const data = await dataset({ train: 3, val: 1, test: 2 });
  const whole = join(temporaryFolder(), "whole");
  await runAll({ command: "run", out: whole, begin: { settings: settingsOf(data) }, threads: 1 }, undefined, SILENT);
  const text = readFileSync(join(whole, "run.json"), "utf8");
  const rng = createRng(1);
  const all = damages(text);
  const chosen = all.filter(() => rng.uniform() < count / all.length);
  // The stale file of a process that began before the other one finished.
  const stale = JSON.parse(text);
  chosen.push(JSON.stringify({ ...stale, models: {} }), JSON.stringify({ ...stale, models: {}, finished: undefined }));
  for (const [i, damaged] of chosen.entries()) {
    const out = join(temporaryFolder(), "out");
    cpSync(whole, out, { recursive: true });
    writeFileSync(join(out, "run.json"), damaged);
    const error = await runAll({ command: "run", out, begin: undefined, threads: 1 }, undefined, SILENT).then(
      () => undefined,
      (reason: Error) => reason,
    );
    assert.ok(error === undefined || error.name === "InputError", `${error?.stack}\n${damaged}`);
    if (i >= chosen.length - 2)
      assert.match(error!.message, /the training "logistic" is missing, but has results\): start a new run/);
    assert.ok(!filesBelow(out).some((name) => name.includes(".lock-")));
  }
}

export const scenarios: Scenario[] = [
  {
    name: "sweep work waits for its lock while another process does the task: it sees that the task is done",
    slow: true,
    async run() {
      const folder = temporaryFolder();
      const [spec, dir] = [join(folder, "spec.yaml"), join(folder, "sweep")];
      writeFileSync(spec, `data: ${await dataset()}\nmodels: [logistic]\nepochs: ${EPOCHS}\n`);
      assert.is((await pulmo(["sweep", "plan", spec, "--out", dir, "--quiet"])).code, 0);
      const manifest = await readManifestOf(dir);
      const [task] = manifest.tasks;
      const out = join(dir, "tasks", task.name);
      const stopped = await workOn(dir, manifest, task, { threads: 1 }, stopping()).catch((error: Error) => error.message);
      assert.is(stopped, "stopped");
      const { code, stdout, stderr } = await delayed(["sweep", "work", dir, "--task", "0", "--quiet"], () =>
        workOn(dir, manifest, task, { threads: 1 }, SILENT),
      );
      assert.is(code, 0, stderr);
      assert.match(stdout, /was done already/);
      await assertFinished(out);
      const gathered = await pulmo(["sweep", "gather", dir, "--quiet"]);
      assert.is(gathered.code, 0, gathered.stderr);
    },
  },
  {
    name: "run --resume waits for its lock while another process finishes the run: both end well",
    slow: true,
    async run() {
      const out = join(temporaryFolder(), "out");
      const request = { command: "run" as const, out, threads: 1 };
      await begun({ ...request, begin: { settings: settingsOf(await dataset()) } });
      const { code, stderr } = await delayed(["run", "--resume", out, "--quiet"], () =>
        runAll({ ...request, begin: undefined }, undefined, SILENT),
      );
      assert.is(code, 0, stderr);
      await assertFinished(out);
    },
  },
  {
    name: "a machine that was suspended wakes when its run has gone on elsewhere: it writes nothing more",
    async run() {
      const out = join(temporaryFolder(), "out");
      let taken: string[] = [];
      let bytes = "";
      const caller: Caller = {
        ...SILENT,
        info(line) {
          if (!/epoch 1\//.test(line)) return;
          // The other process removes the silent lock, and writes.
          for (const name of filesBelow(out).filter((file) => file.startsWith(".lock-"))) rmSync(join(out, name));
          bytes = readFileSync(join(out, "run.json"), "utf8").replace("logistic", "dnn");
          writeFileSync(join(out, "run.json"), bytes);
          taken = filesBelow(out);
        },
      };
      const begin = { settings: settingsOf(await dataset()) };
      const error = await runAll({ command: "run", out, begin, threads: 1 }, undefined, caller).catch((reason: Error) => reason);
      assert.match(String(error), /^InputError: The lock on \S+ is gone: .* Nothing more was written/);
      assert.equal(filesBelow(out), taken);
      assert.is(readFileSync(join(out, "run.json"), "utf8"), bytes);
      await (await lockFolder(out)).release();
    },
  },
  { name: "run.json is damaged at a few places: a result or a sentence", run: () => resumeDamaged(4) },
  { name: "run.json is damaged at a hundred places: a result or a sentence", slow: true, run: () => resumeDamaged(100) },
];
