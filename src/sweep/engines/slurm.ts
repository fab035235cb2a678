// Job arrays, one after the other, and a job after them that gathers.
import { basename, join } from "node:path";
import { InputError } from "../../core/errors.js";
import { shellWords } from "../../settings/shell.js";
import { type Engine, jobsOf, type Submission } from "./engine.js";
import { ask } from "./tool.js";

/** The first array is array.sbatch, the next ones are array-2.sbatch, ... */
const arrayFile = (i: number): string => `slurm/array${i === 0 ? "" : `-${i + 1}`}.sbatch`;
/** Jobs per array where the cluster does not tell its MaxArraySize; Slurm's default is 1001. */
const MOST_PER_ARRAY = 1000;
/** Milliseconds for asking it. Without a controller, Slurm's programs wait for minutes. */
const PATIENCE = 5000;
const GATHER = "slurm/gather.sbatch";
/** Seconds before the time limit for saving a checkpoint: a DNN's has 900 MB. */
const NOTICE = 120;
const RETRIES = 3;

const directives = (lines: Record<string, string | number | undefined>): string =>
  Object.entries(lines)
    .map(([name, value]) => `#SBATCH --${name}${value === undefined ? "" : `=${quoted(String(value))}`}`)
    .join("\n");

/** sbatch splits directives into words at spaces, and knows quotes and backslashes as a shell does, but expands nothing. */
const quoted = (word: string): string => (/^[\w@%+=:,./~-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, "\\$&")}"`);

/** A path in which the symbols of a "filename pattern" (%A, %j, ...) stand for themselves. */
const literally = (path: string): string => path.replaceAll("%", "%%");

/** `first`: the number of the array's first job; `count`: its jobs. */
function array(submission: Submission, first: number, count: number): string {
  const { dir, pack, threads, memory, minutes, atOnce, command } = submission;
  const head = directives({
    "job-name": jobName(dir),
    array: `0-${count - 1}%${atOnce}`,
    "cpus-per-task": threads,
    mem: `${Math.ceil(memory * 1024)}M`,
    time: minutes,
    requeue: undefined,
    signal: `B:TERM@${NOTICE}`,
    "open-mode": "append",
    chdir: dir,
    output: join(literally(dir), "slurm/%A_%a.log"),
  });
  const work = shellWords([...command, "sweep", "work", dir, "--pack", String(pack), "--quiet"]);
  const number = first === 0 ? "" : ` --task "$((${first} + SLURM_ARRAY_TASK_ID))"`;
  return `#!/bin/bash
# Each element of the array runs one task, or --pack tasks. Finished tasks are skipped; interrupted ones continue.
${head}

${work}${number} --threads "$SLURM_CPUS_PER_TASK" &
worker=$!
# On preemption or at the time limit, the training is saved and the job is requeued.
trap 'kill -TERM "$worker"' TERM
while :; do
  wait "$worker"
  code=$?
  kill -0 "$worker" 2>/dev/null || break
done
# A killed job (137: perhaps out of memory) is retried a few times.
if [ "$code" = 130 ] || { [ "$code" -gt 128 ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt ${RETRIES} ]; }; then
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
`;
}

function gather({ dir, command }: Submission): string {
  const head = directives({
    "job-name": `${jobName(dir)}-gather`,
    time: 60,
    chdir: dir,
    output: join(literally(dir), "slurm/gather.log"),
  });
  return `#!/bin/bash
# Runs after the array in any case, and names missing tasks.
${head}

exec ${shellWords([...command, "sweep", "gather", dir])}
`;
}

const jobName = (dir: string): string => `pulmo-${basename(dir).replace(/[^\w.-]/g, "-")}`;

/** Jobs that an array of this cluster may have. Indices are below MaxArraySize. */
async function mostPerArray(): Promise<number> {
  const config = await ask("scontrol", ["show", "config"], PATIENCE).catch(() => "");
  const [, most] = /^MaxArraySize\s*=\s*(\d+)/m.exec(config) ?? [];
  return Number(most ?? 0) || MOST_PER_ARRAY;
}

export const slurm: Engine = {
  async files(submission) {
    const [jobs, most] = [jobsOf(submission), await mostPerArray()];
    const arrays = Array.from({ length: Math.ceil(jobs / most) }, (_, i) => {
      return [arrayFile(i), array(submission, i * most, Math.min(most, jobs - i * most))];
    });
    return { ...Object.fromEntries(arrays), [GATHER]: gather(submission) };
  },
  async submit({ dir }, files) {
    const ids: string[] = [];
    const submitAfter = async (file: string, after: string[]) => {
      const dependency = after.length > 0 ? [`--dependency=afterany:${after.join(":")}`] : [];
      return (await ask("sbatch", ["--parsable", ...dependency, join(dir, file)])).split(";")[0];
    };
    try {
      // One after the other, so that at most --at-once jobs run at a time.
      for (const file of files.filter((file) => file !== GATHER)) ids.push(await submitAfter(file, ids.slice(-1)));
      const last = await submitAfter(GATHER, ids);
      const arrays = ids.length === 1 ? `Job array ${ids[0]}` : `Job arrays ${ids.join(", ")}, one after the other`;
      return `${arrays}, and job ${last} that gathers. squeue shows them, scancel cancels them.`;
    } catch (error) {
      if (ids.length > 0) await ask("scancel", ids).catch(() => {});
      const { message } = error as Error;
      throw /array|limit/i.test(message) ? new InputError(`${message} Put several tasks into one job with --pack.`) : error;
    }
  },
};
