// A training that is killed and resumed.
import { spawn } from "node:child_process";
import { once as onceEvent } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as assert from "uvu/assert";
import { readSafetensors } from "#pulmo/formats/safetensors-file.js";
import { SPACE } from "#pulmo/node/process-identity.js";
import { temporaryFolder } from "../data/places.js";
import { CLI, place, pulmo } from "./cli.js";

interface Training {
  data: string;
  model: string;
  /** Training images, one per step. */
  images: number;
  /** Of the killed process. */
  env?: Record<string, string>;
}

/** Kills a training at its first checkpoint, in the middle of its epoch, and resumes it: the weights of an uninterrupted one. */
export async function assertKilledAndResumed({ data, model, images, env }: Training): Promise<void> {
  const common = ["train", "--data", data, "--models", model, "--epochs", "1", "--batch-size", "1", "--quiet"];
  if (model === "resnet18") common.push("--weights", "none");
  const [once, twice] = [join(temporaryFolder(), "once"), join(temporaryFolder(), "twice")];
  assert.is((await pulmo([...common, "--out", once])).code, 0);
  const args = [CLI, ...common, "--out", twice, "--save-every", "1"];
  const PULMO_CACHE = join(place, "cache");
  const child = spawn(process.execPath, args, { stdio: "ignore", env: { ...process.env, PULMO_CACHE, ...env } });
  const gone = onceEvent(child, "exit");
  const checkpoint = join(twice, model, "checkpoint.safetensors");
  while (!existsSync(checkpoint) && child.exitCode === null) await setTimeout(10);
  child.kill("SIGKILL");
  await gone;
  const { step, history } = JSON.parse((await readSafetensors(checkpoint)).metadata.training).state;
  assert.ok(history.length === 0 && step > 0 && step < images, `saved after step ${step} of ${images}`);
  // The temporary files of saves that were killed, here and on another machine.
  const left = [SPACE, "elsewhere"].map((space) => `${checkpoint}.${space}-999999999.0a1b2c3d4e5f6071.tmp`);
  for (const path of left) writeFileSync(path, "half");
  const resumed = await pulmo(["train", "--resume", twice, "--quiet"]);
  assert.is(resumed.code, 0, resumed.stderr);
  assert.equal(left.filter(existsSync), []);
  const [a, b] = [once, twice].map((out) => readFileSync(join(out, model, "model.safetensors")));
  assert.ok(a.equals(b));
}
