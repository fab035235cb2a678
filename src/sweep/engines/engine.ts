// What a scheduler needs to know. Each engine writes it as files, and submits them.

export interface Submission {
  /** Absolute. */
  dir: string;
  /** Number of tasks, and of tasks per job. */
  tasks: number;
  pack: number;
  /** Cores, GiB and minutes per job; jobs at the same time. */
  threads: number;
  memory: number;
  minutes: number;
  atOnce: number;
  /** The command that runs this program. */
  command: string[];
  /** Container image, claim of the volume that holds the sweep, and where pods mount it. */
  image: string;
  claim: string;
  mount: string;
}

export interface Engine {
  /** By their paths within the sweep's folder. */
  files(submission: Submission): Record<string, string> | Promise<Record<string, string>>;
  /** Submits the files, whose paths `files` has given, in their order. Returns a message for the user. */
  submit(submission: Submission, files: string[]): Promise<string>;
}

export const jobsOf = ({ tasks, pack }: Submission): number => Math.ceil(tasks / pack);
