import { join, resolve } from "node:path";
import type { Engine } from "../lib/tools/sweep.js";
import { flag, oneOf, text, wholeNumber } from "../settings/kinds.js";
import { typedWord } from "../settings/shell.js";
import { pick, SETTINGS } from "../settings/table.js";
import { defaultThreads } from "./context.js";
import { defineCommand } from "./define.js";
import { needed, option, withDefault } from "./rows.js";
import { SWEEP_FOLDER } from "./sweep-gather.js";
import { MAX_PACK, run } from "./sweep-work.js";

/** The files that a scheduler needs, written into the sweep's folder and submitted. */
export const submit = defineCommand({
  command: "submit <dir>",
  describe: "Write the files for a scheduler and submit them",
  positionals: { dir: SWEEP_FOLDER },
  options: {
    engine: needed(oneOf(["slurm", "kubernetes", "snakemake", "local"]), "Scheduler", "slurm, kubernetes, snakemake or local"),
    threads: { ...SETTINGS.threads, help: "Cores per job (default: one per physical core of this machine)" },
    pack: withDefault(wholeNumber(1, MAX_PACK), "Tasks per job; more than one for short tasks", 1),
    atOnce: withDefault(wholeNumber(1, 100_000), "Jobs that run at the same time", 16),
    memory: withDefault(wholeNumber(1, 4096), "Memory per job in GiB", 4),
    minutes: withDefault(wholeNumber(1, 1_000_000), "Time limit per job in minutes", 240),
    image: withDefault(text, "Kubernetes: container image", "pulmo:latest"),
    claim: withDefault(text, "Kubernetes: PersistentVolumeClaim that holds the sweep", "pulmo"),
    mount: withDefault(text, "Kubernetes: where pods mount it", "/work"),
    dryRun: option(flag, "Write the files without submitting them"),
    ...pick(SETTINGS, "quiet"),
  },
  examples: ["sweep submit sweeps/lr --engine slurm --threads 24"],
  async run({ engine, dryRun, quiet, threads = defaultThreads(), ...given }, cli, positionals) {
    const { checkSweepFolder, ENGINES } = await import("../lib/tools/sweep.js");
    const { readManifestOf } = await import("../lib/tools/sweep.js");
    const { writeFileAtomic } = await import("../lib/tools/sweep.js");
    const dir = resolve(positionals.dir);
    checkSweepFolder(dir);
    const { tasks } = await readManifestOf(dir);
    if (engine === "local") {
      if (!dryRun) return run(dir, { threads, quiet } as Parameters<typeof run>[1], cli);
      cli.stdout.write(`${cli.program} sweep run ${typedWord(dir)} --threads ${threads}\n`);
      return;
    }
    const command = [process.execPath, resolve(process.argv[1])];
    const submission = { ...given, dir, tasks: tasks.length, threads, command };
    const { files, submit: handOver } = ENGINES[engine] as Engine;
    const written = await files(submission);
    for (const [name, content] of Object.entries(written)) {
      await writeFileAtomic(join(dir, name), content);
      cli.screen.say(`Written: ${join(dir, name)}`);
    }
    if (!dryRun) cli.stdout.write(`${await handOver(submission, Object.keys(written))}\n`);
  },
});
