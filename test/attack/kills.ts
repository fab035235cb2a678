// Runs that are killed at random moments: they go on to the same bits, and leave nothing over.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { createRng } from "#pulmo/core/rng.js";
import { CLI, dataset, filesBelow, pulmoProcess } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";
import type { Outcome } from "./attack.js";

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
