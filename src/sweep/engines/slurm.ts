// A job array, and a job after it that gathers.
import { basename, join } from "node:path";
import { shellWords } from "../../settings/shell.js";
import { type Engine, jobsOf, type Submission } from "./engine.js";
import { ask } from "./tool.js";

const ARRAY = "slurm/array.sbatch";
const GATHER = "slurm/gather.sbatch";
/** Seconds before the time limit for saving a checkpoint: a DNN's has 900 MB. */
const NOTICE = 120;
const RETRIES = 3;

const directives = (lines: Record<string, string | number | undefined>): string =>
  Object.entries(lines)
    .map(([name, value]) => `#SBATCH --${name}${value === undefined ? "" : `=${value}`}`)
    .join("\n");

function array(submission: Submission): string {
  const { dir, pack, threads, memory, minutes, atOnce, command } = submission;
  const head = directives({
    "job-name": jobName(dir),
    array: `0-${jobsOf(submission) - 1}%${atOnce}`,
    "cpus-per-task": threads,
    mem: `${Math.ceil(memory * 1024)}M`,
    time: minutes,
    requeue: undefined,
    signal: `B:TERM@${NOTICE}`,
    "open-mode": "append",
    chdir: dir,
    output: join(dir, "slurm/%A_%a.log"),
  });
  const work = shellWords([...command, "sweep", "work", dir, "--pack", String(pack), "--quiet"]);
  return `#!/bin/bash
# Each element of the array runs one task, or --pack tasks. Finished tasks are skipped; interrupted ones continue.
${head}

${work} --threads "$SLURM_CPUS_PER_TASK" &
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
  const head = directives({ "job-name": `${jobName(dir)}-gather`, time: 60, chdir: dir, output: join(dir, "slurm/gather.log") });
  return `#!/bin/bash
# Runs after the array in any case, and names missing tasks.
${head}

exec ${shellWords([...command, "sweep", "gather", dir])}
`;
}

const jobName = (dir: string): string => `pulmo-${basename(dir).replace(/[^\w.-]/g, "-")}`;

export const slurm: Engine = {
  files: (submission) => ({ [ARRAY]: array(submission), [GATHER]: gather(submission) }),
  async submit({ dir }) {
    const id = (await ask("sbatch", ["--parsable", join(dir, ARRAY)])).split(";")[0];
    const behind = await ask("sbatch", ["--parsable", `--dependency=afterany:${id}`, join(dir, GATHER)]);
    return `Job array ${id}, and job ${behind.split(";")[0]} that gathers. squeue shows them, scancel cancels them.`;
  },
};
