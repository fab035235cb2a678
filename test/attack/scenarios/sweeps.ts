// Between plan, work and gather of a sweep, something is replaced.
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { SILENT } from "#pulmo/run/caller.js";
import { predictionsPath } from "#pulmo/run/folder.js";
import { runAll } from "#pulmo/run/run.js";
import { markDone } from "#pulmo/sweep/done.js";
import { readManifestOf, type SweepManifest, type SweepTask, saveManifest, taskFolder } from "#pulmo/sweep/manifest.js";
import { assertComplains, dataset, pulmo } from "../../commands/cli.js";
import { temporaryFolder } from "../../data/places.js";
import type { Scenario } from "../scenarios.js";

async function planned(spec: string): Promise<{ dir: string; manifest: SweepManifest }> {
  const folder = temporaryFolder();
  const [path, dir] = [join(folder, "spec.yaml"), join(folder, "sweep")];
  writeFileSync(path, `data: ${await dataset()}\n${spec}`);
  const { code, stderr } = await pulmo(["sweep", "plan", path, "--out", dir, "--quiet"]);
  assert.is(code, 0, stderr);
  return { dir, manifest: await readManifestOf(dir) };
}

const TWO = "models: [logistic]\nlr: [0.001, 0.01]\nepochs: 1\n";

const work = (dir: string, i: number): string[] => ["sweep", "work", dir, "--task", String(i), "--quiet"];

/** Also through `gather`, where the task counts as a fault. */
async function assertNotGathered(dir: string, why: RegExp): Promise<void> {
  await assertComplains(["sweep", "gather", dir, "--quiet"], why);
}

/** A run in the task's folder, started by hand. */
async function byHand(dir: string, task: SweepTask, settings: Partial<SweepTask["settings"]>): Promise<void> {
  const begin = { settings: { ...task.settings, ...settings } };
  await runAll({ command: "run", out: taskFolder(dir, task), begin, threads: 1 }, undefined, SILENT);
}

export const scenarios: Scenario[] = [
  {
    name: "the weights are replaced after plan",
    async run() {
      const weights = join(temporaryFolder(), "a.pth");
      writeFileSync(weights, "those of the plan");
      const { dir, manifest } = await planned(`models: [resnet18]\nepochs: 1\nweights: ${weights}\n`);
      assert.is(manifest.tasks[0].weights?.path, weights);
      writeFileSync(weights, "those of the task");
      await assertComplains(work(dir, 0), /The weights in \S+a\.pth are not those that the sweep was planned with/);
      rmSync(weights);
      await assertComplains(work(dir, 0), /a\.pth cannot be read \(ENOENT\)/);
    },
  },
  {
    name: "sweep.json is changed after plan",
    async run() {
      const { dir, manifest } = await planned(TWO);
      const [first, second] = manifest.tasks;
      for (const task of [
        { ...first, settings: { ...first.settings, epochs: 2 } },
        { ...first, settings: second.settings },
        { ...first, name: second.name },
        { ...first, weights: { path: "/w.pth", sha256: "0".repeat(64) } },
      ]) {
        await saveManifest(dir, { ...manifest, tasks: [task, second] });
        await assertComplains(work(dir, 0), /sweep\.json was changed: the task \w+ has other settings, images or weights/);
        await assertNotGathered(dir, /sweep\.json was changed/);
      }
    },
  },
  {
    name: "the folder of a task holds another task, or a run by hand",
    slow: true,
    async run() {
      const { dir, manifest } = await planned(TWO);
      const [first, second] = manifest.tasks;
      const [a, b] = manifest.tasks.map((task) => taskFolder(dir, task));
      assert.is((await pulmo(work(dir, 0))).code, 0);
      // Copied, with and without done.json.
      cpSync(a, b, { recursive: true });
      await assertComplains(work(dir, 1), /done\.json is damaged or belongs to another task: move/);
      await assertNotGathered(dir, /task 1 \(\w+\) has a done\.json that is damaged or belongs to another task/);
      rmSync(join(b, "done.json"));
      const other = /holds a run that is not this task \(another lr\): move it/;
      await assertComplains(work(dir, 1), other);
      // Begun or finished by hand.
      rmSync(b, { recursive: true });
      await byHand(dir, second, { epochs: 2 });
      await assertComplains(work(dir, 1), /holds a run that is not this task \(another epochs\)/);
      await markDone(dir, second);
      await assertNotGathered(dir, /task 1 \(\w+\) holds another run than planned \(another epochs\)/);
      // The settings are the task's: it is the same run.
      rmSync(b, { recursive: true });
      await byHand(dir, second, {});
      const continued = await pulmo(work(dir, 1));
      assert.is(continued.code, 0, continued.stderr);
      const gathered = await pulmo(["sweep", "gather", dir, "--quiet"]);
      assert.is(gathered.code, 0, gathered.stderr);
      // Another version of pulmo finished it, or other kernels.
      const path = join(a, "run.json");
      const run = JSON.parse(readFileSync(path, "utf8"));
      for (const [facts, why] of [
        [{ pulmo: "0.0.1" }, "pulmo 0.0.1 instead of"],
        [{ wasm: manifest.bits === "plain" ? "revec" : "simd" }, "other rounding"],
      ] as const) {
        const environment = { ...run.finished.environment, ...facts };
        writeFileSync(path, JSON.stringify({ ...run, finished: { ...run.finished, environment } }));
        await markDone(dir, first);
        await assertNotGathered(dir, new RegExp(`task 0 \\(\\w+\\) holds another run than planned \\(${why}`));
      }
    },
  },
  {
    name: "an image cannot be read on one of the machines: its task is not averaged with the others",
    slow: true,
    async run() {
      const { dir, manifest } = await planned("models: [logistic]\nepochs: 1\nseeds: [0, 1]\n");
      for (const i of [0, 1]) assert.is((await pulmo(work(dir, i))).code, 0);
      const [, second] = manifest.tasks;
      const path = predictionsPath(taskFolder(dir, second), "logistic", "test");
      const lines = readFileSync(path, "utf8").split("\n");
      lines.splice(2, 1);
      writeFileSync(path, lines.join("\n"));
      await markDone(dir, second);
      await assertNotGathered(dir, /task 1 \(\w+\) has used other images than task \w+/);
    },
  },
  {
    name: "two plans into one folder: one is refused",
    async run() {
      const folder = temporaryFolder();
      const data = await dataset();
      const spec = join(folder, "spec.yaml");
      writeFileSync(spec, `data: ${data}\n${TWO}`);
      const dir = join(folder, "sweep");
      mkdirSync(dir);
      assert.is((await pulmo(["sweep", "plan", spec, "--out", dir, "--quiet"])).code, 0);
      const before = readFileSync(join(dir, "sweep.json"), "utf8");
      await assertComplains(["sweep", "plan", spec, "--out", dir, "--quiet"], /--out \S+ is not empty/);
      assert.is(readFileSync(join(dir, "sweep.json"), "utf8"), before);
      // Moved, with its images: the tasks are the same.
      renameSync(dir, `${dir}-2`);
      assert.is((await pulmo(work(`${dir}-2`, 0))).code, 0);
    },
  },
];
