// Runs the built program: in this process, or as a user does in one of its own; its exit code, what it printed.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import { makeSyntheticDataset } from "#pulmo/data/synthetic.js";
import { temporaryFolder } from "../data/places.js";

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CallOptions {
  env?: Record<string, string>;
  /** On stdin; else nothing is. */
  input?: string;
  /** Called with everything on stderr so far, each time there is more. */
  onStderr?: (text: string, child: ChildProcess) => void;
}

/** Compiled to build/test/commands. */
const CLI_URL = new URL("../../../dist/cli.js", import.meta.url);
export const CLI = fileURLToPath(CLI_URL);
/** One pixel cache for all calls of a test file; also the working directory, where `runs` would appear. */
export const place = temporaryFolder();
const OWN = { PULMO_CACHE: join(place, "cache"), PULMO_WASM: "" };

/** yargs ends the process after these. */
const EXITING = ["--help", "--version"];

/** In this process, which saves the start of another; in one of its own where the options need that. */
export function pulmo(args: string[], options: CallOptions = {}): Promise<Outcome> {
  const { env = {}, input, onStderr } = options;
  const exits = args.some((word) => EXITING.includes(word));
  if (exits || input !== undefined || onStderr || "NODE_OPTIONS" in env) return pulmoProcess(args, options);
  return oneByOne(() => inThisProcess(args, { ...OWN, ...env }));
}

export function pulmoProcess(args: string[], { env = {}, input, onStderr }: CallOptions = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: place,
    env: { ...process.env, ...OWN, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(input);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
    onStderr?.(stderr, child);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

let last: Promise<unknown> = Promise.resolve();
/** A process has one working directory and one stdout: calls side by side wait for each other. */
function oneByOne<T>(work: () => Promise<T>): Promise<T> {
  const next = last.then(work);
  last = next.catch(() => {});
  return next;
}

let calls = 0;
/** Imports cli.js anew, whose modules stay loaded. */
async function inThisProcess(args: string[], env: Record<string, string>): Promise<Outcome> {
  const { argv, exitCode } = process;
  const environment = Object.keys(env).map((name) => [name, process.env[name]] as const);
  const here = process.cwd();
  const stdout = captured(process.stdout);
  const stderr = captured(process.stderr);
  const listening = SIGNALS.map((signal) => process.listeners(signal));
  try {
    process.argv = [process.execPath, CLI, ...args];
    process.exitCode = undefined;
    Object.assign(process.env, env);
    process.chdir(place);
    await import(`${CLI_URL}?call=${++calls}`);
    return { code: Number(process.exitCode ?? 0), stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    stdout.end();
    stderr.end();
    process.chdir(here);
    for (const [name, value] of environment) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    process.argv = argv;
    process.exitCode = exitCode;
    SIGNALS.forEach((signal, i) => {
      for (const one of process.listeners(signal)) if (!listening[i].includes(one)) process.off(signal, one);
    });
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"] as const;

/** What is written to a stream until `end`. */
function captured(stream: NodeJS.WriteStream): { text(): string; end(): void } {
  const { write } = stream;
  const errors = stream.listeners("error");
  let text = "";
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    const done = rest.at(-1);
    if (typeof done === "function") process.nextTick(done as () => void);
    return true;
  };
  return {
    text: () => text,
    end() {
      stream.write = write;
      for (const one of stream.listeners("error")) if (!errors.includes(one)) stream.off("error", one as () => void);
    },
  };
}

/** A complaint: exit code 2, nothing on stdout, one sentence that matches, no stack trace; and nothing is left behind. */
export async function assertRefused(args: string[], message: RegExp, options: CallOptions = {}): Promise<void> {
  await assertComplains(args, message, options);
  assertNoRuns();
}

export const assertNoRuns = (): void => assert.not.ok(existsSync(join(place, "runs")), "the folder runs is left");

/** The complaint alone. Calls side by side share the working directory: one may hold the folder `runs` for a moment. */
export async function assertComplains(args: string[], message: RegExp, options: CallOptions = {}): Promise<void> {
  const { code, stdout, stderr } = await pulmo(args, options);
  const said = `pulmo ${args.join(" ")} said: ${stderr}`;
  assert.is(code, 2, said);
  assert.is(stdout, "", said);
  const complaints = stderr.split("\n").filter((line) => line.startsWith("pulmo: "));
  assert.is(complaints.length, 1, said);
  assert.match(complaints[0], message, said);
  assert.ok(stderr.trimEnd().endsWith(complaints[0]), said);
  assert.not.match(stderr, /^\s+at /m);
}

/** A small dataset in a folder of its own. */
export async function dataset(perClass = { train: 3, val: 1, test: 2 }, seed = 1): Promise<string> {
  const root = join(temporaryFolder(), "xrays");
  await makeSyntheticDataset(root, { perClass, seed, size: 64 });
  return root;
}

/** All files below a folder, relative to it, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Runs `work` on every item, two at a time. */
export async function inPairs<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const drain = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all([drain(), drain()]);
}
