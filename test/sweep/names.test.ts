// Folders with unusual names, and more tasks than one array holds, in the files for schedulers.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import type { Submission } from "#pulmo/sweep/engines/engine.js";
import { ENGINES } from "#pulmo/sweep/engines/index.js";
import { checkSweepFolder } from "#pulmo/sweep/folder-name.js";
import { assertRefused } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";

const test = suite("sweep names");

const submission = (dir: string, tasks = 3): Submission => ({
  ...{ dir, tasks, pack: 1, threads: 2, memory: 4, minutes: 10, atOnce: 16, command: ["/usr/bin/node", "/opt/pul mo/cli.js"] },
  ...{ image: "pulmo:latest", claim: "pulmo", mount: "/" },
});

/** Without a cluster, whatever this machine has. */
process.env.PATH = "/nonexistent";
const slurmFiles = async (dir: string, tasks?: number) =>
  ENGINES.slurm.files(submission(dir, tasks)) as Promise<Record<string, string>>;
const directive = (script: string, name: string) => new RegExp(`^#SBATCH --${name}=(.*)$`, "m").exec(script)?.[1];

test("Slurm's directives are quoted, and per cent signs stand for themselves in the log's path", async () => {
  for (const [dir, quoted] of [
    ["/sweeps/lr", "/sweeps/lr"],
    ["/my sweeps/100%A%j", '"/my sweeps/100%A%j"'],
    ['/sweeps/it\'s "$HOME" `id`', '"/sweeps/it\'s \\"$HOME\\" `id`"'],
    ["/스윕/가", '"/스윕/가"'],
  ]) {
    for (const script of Object.values(await slurmFiles(dir))) {
      assert.is(directive(script, "chdir"), quoted);
      const log = directive(script, "output")!.replace(/^"|"$/g, "");
      assert.ok(log.startsWith(quoted.replace(/^"|"$/g, "").replaceAll("%", "%%")), log);
      assert.match(directive(script, "job-name")!, /^[\w.-]+$/);
    }
  }
});

test("more jobs than an array may have become several arrays, whose tasks continue", async () => {
  const files = await slurmFiles("/sweeps/lr", 2100);
  assert.equal(
    Object.keys(files),
    ["array", "array-2", "array-3", "gather"].map((name) => `slurm/${name}.sbatch`),
  );
  const arrays = Object.values(files).map((script) => directive(script, "array"));
  assert.equal(arrays, ["0-999%16", "0-999%16", "0-99%16", undefined]);
  assert.not.match(files["slurm/array.sbatch"], /--task/);
  assert.match(files["slurm/array-3.sbatch"], / --task "\$\(\(2000 \+ SLURM_ARRAY_TASK_ID\)\)" --threads/);
});

test("what no scheduler can express is refused when the sweep is planned and submitted", async () => {
  for (const [name, fault] of [
    ["a\nb", /has a line break or another control character, which schedulers do not accept: choose another name/],
    ["a\tb", /control character/],
    ["a\\b", /has a backslash/],
    ["a ", /has a space at its end/],
  ] as const) {
    const dir = join(temporaryFolder(), name);
    assert.throws(() => checkSweepFolder(dir), fault);
    await assertRefused(["sweep", "submit", dir, "--engine", "slurm", "--dry-run"], fault);
    assert.not.ok(existsSync(dir));
  }
  for (const name of ["my sweep", "100%A", "it's", "$x", " a", "가"]) checkSweepFolder(join("/sweeps", name));
});

test("Kubernetes' jobs have valid and different names, and their arguments expand nothing", async () => {
  const jobOf = async (dir: string) => parse((await ENGINES.kubernetes.files(submission(dir)))["kubernetes/work.yaml"]);
  assert.is((await jobOf("/work/lr")).metadata.name, "pulmo-lr");
  const dirs = ["/work/my sweep", "/work/my-sweep", "/work/my_sweep", "/work/가", "/work/나", `/work/${"x".repeat(60)}`];
  const names = await Promise.all(dirs.map(async (dir) => (await jobOf(dir)).metadata.name as string));
  assert.is(new Set(names).size, names.length);
  // RFC 1123 labels; "-gather" and a pod's index fit behind them.
  for (const name of names) assert.match(name, /^[a-z0-9][a-z0-9-]{0,43}[a-z0-9]$/);
  const [container] = (await jobOf("/work/$(PULMO_CACHE)")).spec.template.spec.containers;
  assert.is(container.args[2], "/work/$$(PULMO_CACHE)");
});

test.run();
