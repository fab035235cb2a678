// Lies told to the program, by the thousand, from a seed: each must end with a result or with a sentence.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { createRng, type Rng } from "#pulmo/core/rng.js";
import { CLI, dataset, filesBelow, pulmoProcess } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";
import { MOST_MILLISECONDS, timed } from "../quick.js";
import type { Area } from "./areas.js";

export interface Outcome {
  area: string;
  tried: number;
  held: number;
  /** What did not hold, a line each. */
  failed: string[];
  /** Milliseconds of the longest case. */
  slowest: number;
}

/** One to four bytes changed, a piece moved, the end cut off, or a piece repeated. */
export function mutated(bytes: Uint8Array, rng: Rng): Uint8Array {
  const out = bytes.slice();
  // Headers are where lengths stand.
  const place = () => rng.below(rng.below(2) ? Math.min(bytes.length, 2048) : bytes.length);
  const kind = rng.below(8);
  if (kind === 0) return out.subarray(0, place());
  if (kind === 1) return Buffer.concat([out.subarray(0, place()), out.subarray(place())]);
  if (kind === 2) out.copyWithin(place(), place(), place());
  else for (let i = 0; i <= rng.below(4); i++) out[place()] = [0, 0xff, 0x80, rng.below(256)][rng.below(4)];
  return out;
}

/** A sentence: an Error that somebody has worded, on one line. */
const isSentence = (error: Error): boolean =>
  ["InputError", "FormatError", "Error"].includes(error.name) && !/\n|undefined|NaN/.test(error.message);

export async function attack({ name, corpus, read }: Area, count: number, seed: number): Promise<Outcome> {
  const rng = createRng(seed);
  const outcome: Outcome = { area: name, tried: 0, held: 0, failed: [], slowest: 0 };
  for (; outcome.tried < count; outcome.tried++) {
    const bytes = mutated(corpus[outcome.tried % corpus.length], rng);
    const before = mostMemory();
    const { outcome: found, milliseconds } = await timed(() => read(bytes));
    const mebibytes = mostMemory() - before;
    let fault: string | undefined;
    if (found instanceof Error && !isSentence(found)) fault = found.stack?.split("\n").slice(0, 2).join(" ") ?? String(found);
    outcome.slowest = Math.max(outcome.slowest, milliseconds);
    if (milliseconds > MOST_MILLISECONDS) fault ??= `took ${Math.round(milliseconds)} ms`;
    if (mebibytes > MOST_MEBIBYTES) fault ??= `took ${mebibytes} MiB of memory`;
    if (fault === undefined) outcome.held++;
    else outcome.failed.push(`${name}, case ${outcome.tried} of seed ${seed}: ${fault}`);
  }
  return outcome;
}

/** MiB that the process has held at most. */
export const mostMemory = (): number => Math.round(process.resourceUsage().maxRSS / 1024);
/** More than that no file may take, whatever it says of itself. */
const MOST_MEBIBYTES = 500;

/** Long enough to be hit in every phase, with saves in between. */
const EPOCHS = { logistic: 30, dnn: 2, resnet18: 3 };
type Model = keyof typeof EPOCHS;

interface Whole {
  out: string;
  milliseconds: number;
}

/** kill -9 at random moments of a whole run of each model in turn, then on with it: the same bits, and nothing left over. */
export async function attackByKills(count: number, seed: number, models = Object.keys(EPOCHS) as Model[]): Promise<Outcome> {
  const rng = createRng(seed);
  const outcome: Outcome = { area: "kill -9", tried: 0, held: 0, failed: [], slowest: 0 };
  const root = await dataset({ train: 8, val: 2, test: 4 });
  const started = (out: string, model: Model) => {
    const what = ["--data", root, "--models", model, "--epochs", String(EPOCHS[model]), "--batch-size", "4", "--weights", "none"];
    return [
      "run",
      ...what.slice(0, model === "resnet18" ? undefined : -2),
      "--threads",
      "2",
      "--save-every",
      "1",
      "--out",
      out,
      "--quiet",
    ];
  };
  const wholes = new Map<Model, Whole>();
  const wholeOf = async (model: Model): Promise<Whole> => {
    const out = join(temporaryFolder(), "whole");
    const begin = performance.now();
    const { code, stderr } = await pulmoProcess(started(out, model));
    if (code !== 0) throw new Error(stderr);
    return { out, milliseconds: performance.now() - begin };
  };
  for (; outcome.tried < count; outcome.tried++) {
    const model = models[outcome.tried % models.length];
    const whole = wholes.get(model) ?? (await wholeOf(model));
    wholes.set(model, whole);
    const moment = Math.round(rng.uniform() * whole.milliseconds);
    const fault = await killAndGoOn((out) => started(out, model), moment, model, whole.out);
    if (fault) outcome.failed.push(`${model} killed after ${moment} ms of ${Math.round(whole.milliseconds)}: ${fault}`);
    else outcome.held++;
  }
  return outcome;
}

/** What did not hold; undefined: everything did. */
async function killAndGoOn(
  started: (out: string) => string[],
  moment: number,
  model: Model,
  whole: string,
): Promise<string | undefined> {
  const folder = temporaryFolder();
  const out = join(folder, "out");
  const child = spawn(process.execPath, [CLI, ...started(out)], { stdio: "ignore", detached: true });
  await setTimeout(moment);
  await killed(child);
  const goOn = existsSync(join(out, "run.json")) ? ["run", "--resume", out, "--threads", "1", "--quiet"] : started(out);
  const { code, stderr } = await pulmoProcess(goOn);
  if (code !== 0) return stderr.trim();
  const kept = ["model.safetensors", "predictions-test.csv", "predictions-val.csv"].map((name) => join(model, name));
  const differ = kept.filter((name) => !readFileSync(join(out, name)).equals(readFileSync(join(whole, name))));
  const files = filesBelow(out);
  const left = JSON.stringify(files) !== JSON.stringify(filesBelow(whole));
  // A DNN's model takes 300 MB.
  rmSync(folder, { recursive: true });
  return differ.length > 0 ? `other bits in ${differ}` : left ? `other files: ${files}` : undefined;
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  // With its decoding process.
  process.kill(-child.pid!, "SIGKILL");
  await gone;
}
