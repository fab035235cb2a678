// A Slurm cluster of two nodes on this machine, without systemd and cgroups, in its own folder.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const there = (program: string) => spawnSync("which", [program]).status === 0;
/** The reason why Slurm is not available; undefined if it is. */
export const withoutSlurm = !["slurmctld", "slurmd", "munged", "sbatch"].every(there)
  ? "no Slurm here (apt-get install slurm-wlm munge)"
  : process.getuid?.() !== 0
    ? "Slurm's daemons need root here"
    : undefined;

const NODES = ["n1", "n2"];

/** Of a process of this machine; of one that has gone, nothing. */
export function environmentOf(pid: number): Map<string, string> {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
    return new Map(entries.map((entry) => entry.split(/=(.*)/s, 2) as [string, string]));
  } catch {
    return new Map();
  }
}

/** The processes of a node's jobs. */
export const processesOn = (node: string): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => environmentOf(pid).get("SLURMD_NODENAME") === node);

/** Its parent, by what /proc says: the fourth field, counted behind the name. */
export function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

const killProcess = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL");
  } catch {}
};

/** Slurm's guards of a node's jobs, which do not bear its name, and then the jobs. */
function killJobs(node: string): void {
  const jobs = processesOn(node);
  const guards = jobs.map(parentOf).filter((pid) => pid > 1 && !jobs.includes(pid));
  for (const pid of [...guards, ...jobs]) killProcess(pid);
}

export interface Cluster {
  env: NodeJS.ProcessEnv;
  /** The stdout of a Slurm command. */
  ask(program: string, ...args: string[]): string;
  /** Kills a node's daemon and all its jobs, like a failing machine. */
  kill(node: string): void;
  start(node: string): void;
  end(): Promise<void>;
}

/** `more`: further lines of slurm.conf. */
export async function startSlurm(folder: string, cores: number, more = ""): Promise<Cluster> {
  const at = (name: string) => join(folder, name);
  for (const name of ["state", ...NODES]) mkdirSync(at(name), { recursive: true });
  writeFileSync(at("munge.key"), randomBytes(128), { mode: 0o400 });
  const base = 20_000 + (process.pid % 20_000);
  const conf = `ClusterName=test
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmctldPort=${base}
AuthType=auth/munge
AuthInfo=socket=${at("munge.sock")},cred_expire=5
CryptoType=crypto/munge
SlurmUser=root
StateSaveLocation=${at("state")}
SlurmdSpoolDir=${at("%n")}/spool
SlurmctldPidFile=${at("slurmctld.pid")}
SlurmdPidFile=${at("%n")}/slurmd.pid
SlurmctldLogFile=${at("slurmctld.log")}
SlurmdLogFile=${at("%n")}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
ReturnToService=2
MpiDefault=none
SlurmdTimeout=6
KillWait=5
BatchStartTimeout=5
MinJobAge=600
RebootProgram=/bin/true
NodeName=${NODES.join(",")} NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=[${base + 1}-${base + 2}] CPUs=${cores} RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
${more}
`;
  writeFileSync(at("slurm.conf"), conf);
  const env = { ...process.env, SLURM_CONF: at("slurm.conf") };
  const children = new Map<string, ChildProcess>();
  const run = (name: string, program: string, args: string[]) =>
    children.set(name, spawn(program, args, { env, stdio: "ignore", detached: true }));
  const start = (node: string) => run(node, "slurmd", ["-D", "-N", node]);
  const kill = (name: string) => {
    const { pid } = children.get(name)!;
    try {
      process.kill(-pid!, "SIGKILL");
    } catch {}
  };
  const die = (node: string) => {
    kill(node);
    killJobs(node);
  };
  const munge = ["--foreground", "--force", "--key-file", at("munge.key"), "--socket", at("munge.sock")];
  run("munged", "munged", [
    ...munge,
    "--pid-file",
    at("munge.pid"),
    "--seed-file",
    at("munge.seed"),
    "--log-file",
    at("munge.log"),
  ]);
  await sleep(500);
  run("slurmctld", "slurmctld", ["-D"]);
  NODES.forEach(start);
  const ask = (program: string, ...args: string[]) => execFileSync(program, args, { env, encoding: "utf8" }).trim();
  const end = async () => {
    for (const name of children.keys()) kill(name);
    await sleep(200);
  };
  for (let i = 0; i < 300; i++) {
    const { stdout } = spawnSync("sinfo", ["-h", "-N", "-o", "%N %T"], { env, encoding: "utf8" });
    if (NODES.every((node) => stdout.includes(`${node} idle`))) {
      return { env, ask, start, end, kill: die };
    }
    await sleep(100);
  }
  await end();
  throw new Error("Slurm's nodes did not come up within 30 s");
}
