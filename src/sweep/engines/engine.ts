// What a scheduler needs to be told; each engine makes files of it, and says how they are handed over.

export interface Submission {
  /** Absolute. */
  dir: string;
  /** How many tasks there are, and how many one job does. */
  tasks: number;
  pack: number;
  /** Cores, GiB and minutes of a job; how many run at once. */
  threads: number;
  memory: number;
  minutes: number;
  atOnce: number;
  /** What runs this program, as words of a shell. */
  command: string[];
  /** Of a container, and the claim of the volume that holds the sweep. */
  image: string;
  claim: string;
  mount: string;
}

export interface Engine {
  /** By their names within the sweep's folder. */
  files(submission: Submission): Record<string, string>;
  /** Hands the files over. Returns what is to be said. */
  submit(submission: Submission): Promise<string>;
}

export const jobsOf = ({ tasks, pack }: Submission): number => Math.ceil(tasks / pack);
