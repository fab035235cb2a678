// Sweeps on real engines: Slurm and Snakemake run here. For Kubernetes, the files are checked, and the command line runs with a
// pod's environment.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Job } from "kubernetes-models/batch/v1";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse as parseYaml } from "yaml";
import type { SweepManifest } from "#pulmo/sweep/manifest.js";
import { assertRefused, CLI, dataset, place, pulmo } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";
import { unless } from "../skip.js";
import { environmentOf, parentOf, processesOn, startSlurm, withoutSlurm } from "./slurm.js";

const test = suite("engines");

const root = await dataset({ train: 12, val: 2, test: 6 });
/** Eight tasks; the long ones take a few seconds, so that they can be disturbed. */
const SPEC = (epochs: number) =>
  `data: ${root}\nmodels: [logistic]\nlr: [0.001, 0.01]\nepochs: ${epochs}\nseeds: [0, 1]\nfolds: 2\n`;

async function planned(epochs: number): Promise<{ dir: string; manifest: SweepManifest }> {
  const folder = temporaryFolder();
  const [path, dir] = [join(folder, "spec.yaml"), join(folder, "sweep")];
  writeFileSync(path, SPEC(epochs));
  assert.is((await pulmo(["sweep", "plan", path, "--out", dir])).code, 0);
  return { dir, manifest: JSON.parse(readFileSync(join(dir, "sweep.json"), "utf8")) };
}

/** All columns except the seconds, which come last. */
const table = (dir: string) =>
  readFileSync(join(dir, "sweep.csv"), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(",").slice(0, -2).join());

function assertSameBits(dir: string, local: string, { tasks }: SweepManifest): void {
  for (const { name } of tasks) {
    for (const file of ["model.safetensors", "predictions-val.csv", "predictions-test.csv"]) {
      const [a, b] = [dir, local].map((where) => readFileSync(join(where, "tasks", name, "logistic", file)));
      assert.ok(a.equals(b), `${name}: ${file}`);
    }
  }
  assert.equal(table(dir), table(local));
}

const isProgram = (pid: number): boolean => /cli\.js\0sweep\0work/.test(readFileSync(`/proc/${pid}/cmdline`, "latin1"));

/** A node's tasks: the programs, not the jobs' shells, nor a child that is still a copy of its program before it becomes another. */
const tasksOn = (node: string): number[] =>
  processesOn(node).filter((pid) => {
    try {
      return isProgram(pid) && !isProgram(parentOf(pid));
    } catch {
      return false;
    }
  });

async function until(what: string, condition: () => boolean, seconds = 240): Promise<void> {
  const end = performance.now() + 1000 * seconds;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(200);
  }
}

unless(withoutSlurm, test)("Slurm: a node and a task die on the way; the bits are those of --engine local", async () => {
  const epochs = 300;
  const { dir, manifest } = await planned(epochs);
  const here = await planned(epochs);
  const local = await pulmo(["sweep", "submit", here.dir, "--engine", "local", "--threads", "1", "--quiet"]);
  assert.is(local.code, 0, local.stderr);
  const folder = temporaryFolder();
  const cluster = await startSlurm(folder, 2);
  try {
    const env = { SLURM_CONF: cluster.env.SLURM_CONF! };
    const options = ["--threads", "1", "--at-once", "4", "--memory", "1", "--minutes", "10"];
    const submitted = await pulmo(["sweep", "submit", dir, "--engine", "slurm", ...options], { env });
    assert.is(submitted.code, 0, submitted.stderr);
    assert.match(submitted.stdout, /^Job array \d+, and job \d+ that gathers/);
    const trains = (pid: number) => {
      const task = manifest.tasks[Number(environmentOf(pid).get("SLURM_ARRAY_TASK_ID"))];
      return task !== undefined && existsSync(join(dir, "tasks", task.name, "logistic/history.jsonl"));
    };
    await until("trainings on both nodes", () => tasksOn("n1").some(trains) && tasksOn("n2").filter(trains).length === 2);
    const [first, second] = tasksOn("n2");
    // One task is killed. One is preempted: its shell gets Slurm's signal. One machine fails with all its jobs.
    process.kill(first, "SIGKILL");
    process.kill(parentOf(second), "SIGTERM");
    cluster.kill("n1");
    // Slurm requeues the jobs of a node that is down or that has booted; a daemon that returns at once without its jobs fails them.
    await until("a node down", () => /down/.test(cluster.ask("sinfo", "-h", "-n", "n1", "-o", "%T")));
    cluster.start("n1");
    await until("gathering", () => existsSync(join(dir, "sweep.html")) || /\S/.test(gatherLog(dir)));
    await until("the end", () => cluster.ask("squeue", "-h") === "");
  } finally {
    await cluster.end();
  }
  const status = (await pulmo(["sweep", "status", dir])).stdout;
  const log = readFileSync(join(folder, "slurmctld.log"), "utf8");
  assert.match(status, /^8 tasks: 8 done/, status + gatherLog(dir) + log.slice(-20_000));
  assert.match(arrayLogs(dir), /Killed/);
  assert.match(arrayLogs(dir), /Interrupted in epoch \d+ of \d+; the training is saved/);
  assertSameBits(dir, here.dir, manifest);
});

const arrayLogs = (dir: string): string =>
  readdirSync(join(dir, "slurm"))
    .filter((name) => /^\d+_\d+\.log$/.test(name))
    .map((name) => readFileSync(join(dir, "slurm", name), "utf8"))
    .join("");

const gatherLog = (dir: string): string => {
  try {
    return readFileSync(join(dir, "slurm/gather.log"), "utf8");
  } catch {
    return "";
  }
};

const withoutSnakemake =
  spawnSync("snakemake", ["--version"]).status === 0 ? undefined : "no Snakemake here (apt-get install snakemake)";
unless(withoutSnakemake, test)("Snakemake does all tasks and gathers", async () => {
  const { dir, manifest } = await planned(2);
  const here = await planned(2);
  assert.is((await pulmo(["sweep", "run", here.dir, "--quiet"])).code, 0);
  const done = await pulmo(["sweep", "submit", dir, "--engine", "snakemake", "--threads", "1", "--at-once", "2"], {
    env: { HOME: temporaryFolder() },
  });
  assert.is(done.code, 0, done.stderr);
  assertSameBits(dir, here.dir, manifest);
});

test("Kubernetes: an Indexed Job by exit codes; its command line works with the environment that it sets", async () => {
  const { dir, manifest } = await planned(2);
  const submit = ["sweep", "submit", dir, "--engine", "kubernetes", "--dry-run", "--threads", "2", "--at-once", "5"];
  await assertRefused(submit, /is not in the volume that pods mount at \/work/);
  assert.is((await pulmo([...submit, "--mount", join(dir, "..")])).code, 0);
  const [job, gather] = ["work", "gather"].map((name) => parseYaml(readFileSync(join(dir, `kubernetes/${name}.yaml`), "utf8")));
  // By the schema that Kubernetes publishes; it throws. Names that it does not have are refused by the types.
  for (const one of [job, gather]) new Job(one).validate();
  const { completions, ...rest } = job.spec;
  assert.throws(() => new Job({ ...job, spec: { ...rest, completions: String(completions) } }).validate(), /must be integer/);
  const { spec, metadata } = job;
  assert.match(metadata.name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
  assert.equal([spec.completionMode, spec.completions, spec.parallelism], ["Indexed", 8, 5]);
  const actions = spec.podFailurePolicy.rules.map(
    ({ action, onExitCodes }: { action: string; onExitCodes?: { values: number[] } }) => [action, onExitCodes?.values],
  );
  assert.equal(actions, [
    ["FailIndex", [2]],
    ["Ignore", [130]],
    ["Ignore", undefined],
  ]);
  const [container] = spec.template.spec.containers;
  assert.is(container.securityContext.readOnlyRootFilesystem, true);
  // The folders where the pod may write: the volume and /tmp.
  const env = Object.fromEntries(container.env.map(({ name, value }: { name: string; value: string }) => [name, value]));
  const child = spawn(process.execPath, [CLI, ...container.args], {
    ...{ cwd: "/", stdio: "ignore" },
    env: { PATH: process.env.PATH, ...env, JOB_COMPLETION_INDEX: "7" },
  });
  assert.is(await new Promise((resolve) => child.once("exit", resolve)), 0);
  assert.ok(existsSync(join(dir, "tasks", manifest.tasks[7].name, "done.json")));
});

test("a missing scheduler is named", async () => {
  const { dir } = await planned(1);
  await assertRefused(
    ["sweep", "submit", dir, "--engine", "slurm"],
    /sbatch is not installed here: write the files with --dry-run/,
    { env: { PATH: place } },
  );
});

test.run();
