import { join, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import { writeFileAtomic } from "../node/files.js";
import type { Language } from "../report/text/languages.js";
import { advise } from "../run/interrupt.js";
import { PROGRAM, quoted } from "../run/program.js";
import { createTerminal, type Terminal } from "../run/terminal.js";
import type { Effort } from "../run/training/job.js";
import { EFFORT } from "../settings/table.js";
import { sweepCsv } from "../sweep/csv.js";
import { ENGINES } from "../sweep/engines/index.js";
import { gatherSweep } from "../sweep/gather.js";
import { readManifestOf, type SweepManifest } from "../sweep/manifest.js";
import { planSweep } from "../sweep/plan.js";
import { readSpec } from "../sweep/spec.js";
import { statusOf, type TaskState } from "../sweep/status.js";
import { workOn } from "../sweep/work.js";
import { effortOf } from "./request.js";
import { givenOf } from "./table-options.js";

interface PlanArguments {
  spec: string;
  out: string;
  quiet: boolean;
}

/** `sweep plan`: the tasks of a spec, into a new folder. */
export async function plan({ spec, out, quiet }: PlanArguments): Promise<void> {
  const { tasks } = await planSweep(await readSpec(spec), out, createTerminal(quiet));
  process.stdout.write(`${tasks.length} tasks: ${join(out, "sweep.json")}\n`);
}

interface WorkArguments {
  dir: string;
  task: number | undefined;
  pack: number;
  quiet: boolean;
}

/** What a scheduler calls the task of this process: a Slurm array's, a Kubernetes Indexed Job's. */
const NUMBERS = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"];

function taskNumber(given: number | undefined): number {
  if (given !== undefined) return given;
  const name = NUMBERS.find((variable) => process.env[variable]);
  if (name === undefined) throw new InputError(`Which task? Give --task, or set one of ${NUMBERS.join(" and ")}.`);
  const number = Number(process.env[name]);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new InputError(`${name} is ${JSON.stringify(process.env[name])}: it has to be a task's number, from 0.`);
}

/** `sweep work`: one task, or so many from its number times --pack on. */
export async function work({ dir, task, pack, quiet, ...typed }: WorkArguments): Promise<void> {
  const manifest = await readManifestOf(dir);
  const first = taskNumber(task) * pack;
  const { length } = manifest.tasks;
  if (first >= length) throw new InputError(`${dir} has ${length} tasks: the last one is ${Math.ceil(length / pack) - 1}.`);
  const terminal = createTerminal(quiet);
  for (let i = first; i < Math.min(first + pack, length); i++)
    await workAndSay(resolve(dir), manifest, i, effortOf(givenOf(typed, EFFORT)), terminal);
}

async function workAndSay(dir: string, manifest: SweepManifest, i: number, effort: Effort, terminal: Terminal): Promise<void> {
  const task = manifest.tasks[i];
  terminal.say(`Task ${i} of ${manifest.tasks.length} (${task.name})`);
  const worked = await workOn(dir, manifest, task, effort, terminal);
  process.stdout.write(`task ${i} (${task.name}) ${worked ? "is done" : "was done already"}\n`);
}

/** `sweep run`: all tasks here, one after the other, then the report. */
export async function run(typed: GatherArguments): Promise<void> {
  const { dir, quiet } = typed;
  const manifest = await readManifestOf(dir);
  const terminal = createTerminal(quiet);
  advise(() => `Continue with: ${PROGRAM} sweep run ${quoted(dir)}`);
  const effort = effortOf(givenOf({ ...typed }, EFFORT));
  for (const i of manifest.tasks.keys()) await workAndSay(resolve(dir), manifest, i, effort, terminal);
  await gather(typed);
}

interface SubmitArguments {
  dir: string;
  engine: keyof typeof ENGINES | "local";
  threads: number;
  pack: number;
  "at-once": number;
  memory: number;
  minutes: number;
  image: string | undefined;
  claim: string | undefined;
  mount: string | undefined;
  "dry-run": boolean;
  quiet: boolean;
}

const IMAGE = "pulmo:latest";
const CLAIM = "pulmo";
const MOUNT = "/work";

/** `sweep submit`: the files that a scheduler needs, written into the sweep's folder and handed over. */
export async function submit(typed: SubmitArguments): Promise<void> {
  const { engine, threads, pack, "at-once": atOnce, memory, minutes, quiet } = typed;
  const dir = resolve(typed.dir);
  const { tasks } = await readManifestOf(dir);
  if (engine === "local") {
    if (typed["dry-run"]) return void process.stdout.write(`${PROGRAM} sweep run ${quoted(dir)} --threads ${threads}\n`);
    const local = { dir, threads, partial: false, lang: undefined, quiet, json: false };
    return run(local);
  }
  const { image = IMAGE, claim = CLAIM, mount = MOUNT } = typed;
  const command = [process.execPath, resolve(process.argv[1])];
  const submission = { dir, tasks: tasks.length, pack, threads, memory, minutes, atOnce, command, image, claim, mount };
  const { files, submit: handOver } = ENGINES[engine];
  for (const [name, text] of Object.entries(files(submission))) {
    await writeFileAtomic(join(dir, name), text);
    process.stderr.write(`Written: ${join(dir, name)}\n`);
  }
  if (!typed["dry-run"]) process.stdout.write(`${await handOver(submission)}\n`);
}

interface StatusArguments {
  dir: string;
  json: boolean;
}

/** `sweep status`: how many tasks are done; and which are not. */
export async function status({ dir, json }: StatusArguments): Promise<void> {
  const found = await statusOf(dir, await readManifestOf(dir));
  if (json) {
    const lines = found.map(({ task: { name, values, settings }, ...rest }, i) => ({
      task: i,
      name,
      values,
      seed: settings.seed,
      ...rest,
    }));
    process.stdout.write(`${JSON.stringify(lines)}\n`);
    return;
  }
  const count = (state: TaskState) => found.filter((one) => one.state === state).length;
  const states = (["done", "running", "interrupted", "waiting"] as const).map((state) => `${count(state)} ${state}`);
  process.stdout.write(`${found.length} tasks: ${states.join(", ")}\n`);
  found.forEach(({ task: { name, settings }, state, epochs, by }, i) => {
    if (state !== "running" && state !== "interrupted") return;
    process.stdout.write(
      `  task ${i} (${name}): ${state} in epoch ${Math.min(epochs + 1, settings.epochs)} of ${settings.epochs}${by ? `, ${by}` : ""}\n`,
    );
  });
}

/** How many of them are named. */
const MOST_FAULTS = 10;

interface GatherArguments {
  dir: string;
  partial: boolean;
  lang: Language | undefined;
  quiet: boolean;
  json: boolean;
}

/** `sweep gather`: sweep.csv and sweep.html of what the tasks have left. */
export async function gather({ dir, partial, lang, json }: GatherArguments): Promise<void> {
  const { results, faults } = await gatherSweep(dir, await readManifestOf(dir), partial);
  for (const fault of faults.slice(0, MOST_FAULTS)) process.stderr.write(`Left out: ${fault}\n`);
  if (faults.length > MOST_FAULTS) process.stderr.write(`and ${faults.length - MOST_FAULTS} more\n`);
  const at = (name: string) => join(dir, name);
  await writeFileAtomic(at("sweep.csv"), sweepCsv(results));
  // Imported here: the plotting library takes half a second to load.
  const { writeSweep } = await import("../report/sweep-page.js");
  await writeSweep({ html: at("sweep.html"), markdown: at("sweep.md"), plots: at("plots") }, results, faults, lang);
  process.stdout.write(json ? `${JSON.stringify(results)}\n` : `${at("sweep.html")}\n`);
}
