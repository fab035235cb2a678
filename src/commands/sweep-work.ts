import { resolve } from "node:path";
import { InputError } from "../core/errors.js";
import type { effortOf as EffortOf, SweepManifest } from "../lib/tools/sweep.js";
import { wholeNumber } from "../settings/kinds.js";
import { typedWord } from "../settings/shell.js";
import { EFFORT, pick, SETTINGS } from "../settings/table.js";
import { type Cli, callerOf } from "./context.js";
import { defineCommand } from "./define.js";
import { type Arguments, option, withDefault } from "./rows.js";
import { GATHERING, gather, SWEEP_FOLDER } from "./sweep-gather.js";

export const MAX_PACK = 1_000_000;

/** The variables in which schedulers pass a task's number: a Slurm array's, a Kubernetes Indexed Job's. */
const NUMBERS = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"];

function taskNumber(given: number | undefined): number {
  if (given !== undefined) return given;
  const name = NUMBERS.find((variable) => process.env[variable]);
  if (name === undefined) throw new InputError(`The task's number is missing: give --task, or set ${NUMBERS.join(" or ")}.`);
  const number = Number(process.env[name]);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new InputError(`${name} is ${JSON.stringify(process.env[name])}: give a task's number, from 0.`);
}

/** One task, or several neighbouring ones with --pack. */
export const work = defineCommand({
  command: "work <dir>",
  describe: "Run one task, unless it is done",
  positionals: { dir: SWEEP_FOLDER },
  options: {
    task: option(wholeNumber(0, 1_000_000), `Number of the task, from 0 (default: ${NUMBERS.join(" or ")})`),
    pack: withDefault(wholeNumber(1, MAX_PACK), "Run this many tasks: those from number times pack", 1),
    ...EFFORT,
    ...pick(SETTINGS, "quiet"),
  },
  notes: ["An interrupted task continues to the same bits."],
  async run({ task, pack, quiet, ...effort }, cli, { dir }) {
    const { effortOf, readManifestOf } = await import("../lib/tools/sweep.js");
    const manifest = await readManifestOf(dir);
    const first = taskNumber(task) * pack;
    const { length } = manifest.tasks;
    if (first >= length) throw new InputError(`${dir} has ${length} tasks: the last one is ${Math.ceil(length / pack) - 1}.`);
    for (let i = first; i < Math.min(first + pack, length); i++)
      await workAndSay(resolve(dir), manifest, i, effortOf(effort, cli.wasm), cli, quiet);
  },
});

async function workAndSay(
  dir: string,
  manifest: SweepManifest,
  i: number,
  effort: ReturnType<typeof EffortOf>,
  cli: Cli,
  quiet: boolean | undefined,
): Promise<void> {
  const { workOn } = await import("../lib/tools/sweep.js");
  const caller = callerOf(cli, quiet);
  const task = manifest.tasks[i];
  caller.info(`Task ${i} of ${manifest.tasks.length} (${task.name})`);
  const worked = await workOn(dir, manifest, task, effort, caller);
  cli.stdout.write(`task ${i} (${task.name}) ${worked ? "is done" : "was done already"}\n`);
}

const RUN = { ...EFFORT, ...GATHERING };

/** All tasks here, one after the other, then the report. */
export async function run(dir: string, given: Arguments<typeof RUN>, cli: Cli): Promise<void> {
  const { effortOf, readManifestOf } = await import("../lib/tools/sweep.js");
  const manifest = await readManifestOf(dir);
  cli.advise(() => `Continue with: ${cli.program} sweep run ${typedWord(dir)}`);
  const effort = effortOf(pick(given, "threads", "saveEvery", "spare", "metricsFile", "tensorboard"), cli.wasm);
  for (const i of manifest.tasks.keys()) await workAndSay(resolve(dir), manifest, i, effort, cli, given.quiet);
  await gather(dir, given, cli);
}

export const runCommand = defineCommand({
  command: "run <dir>",
  describe: "Run all tasks here and gather",
  positionals: { dir: SWEEP_FOLDER },
  options: RUN,
  notes: ["Ctrl-C saves and stops; the same command continues."],
  run: (given, cli, { dir }) => run(dir, given, cli),
});
