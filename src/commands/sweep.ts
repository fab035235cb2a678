import { join } from "node:path";
import type { TaskState } from "../lib/tools/sweep.js";
import { path } from "../settings/kinds.js";
import { pick, SETTINGS } from "../settings/table.js";
import { callerOf } from "./context.js";
import { defineCommand, defineGroup } from "./define.js";
import { needed } from "./rows.js";
import { gatherCommand, SWEEP_FOLDER } from "./sweep-gather.js";
import { submit } from "./sweep-submit.js";
import { runCommand, work } from "./sweep-work.js";

/** The tasks of a specification, into a new folder. */
const plan = defineCommand({
  command: "plan <spec>",
  describe: "Plan the tasks of a YAML or JSON specification",
  positionals: { spec: { describe: "File of settings with values, lists or ranges; seeds; folds", example: "lr.yaml" } },
  options: {
    out: needed(path(), "Folder of the sweep, new or empty", "folder to write, for example sweeps/lr"),
    ...pick(SETTINGS, "quiet"),
  },
  examples: ["sweep plan lr.yaml --out sweeps/lr"],
  notes: ["docs/clusters.md describes the specification."],
  async run({ out, quiet }, cli, { spec }) {
    const { planSweep } = await import("../lib/tools/sweep.js");
    const { readSpec } = await import("../lib/tools/sweep.js");
    const { tasks } = await planSweep(await readSpec(spec), out, callerOf(cli, quiet), cli.wasm);
    cli.stdout.write(`${tasks.length} tasks: ${join(out, "sweep.json")}\n`);
  },
});

/** How many tasks are in which state, and which ones are unfinished. */
const status = defineCommand({
  command: "status <dir>",
  describe: "Show which tasks are done, running, interrupted or waiting",
  positionals: { dir: SWEEP_FOLDER },
  options: pick(SETTINGS, "json"),
  async run({ json }, { stdout }, { dir }) {
    const { readManifestOf } = await import("../lib/tools/sweep.js");
    const { statusOf } = await import("../lib/tools/sweep.js");
    const found = await statusOf(dir, await readManifestOf(dir));
    if (json) {
      const lines = found.map(({ task: { name, values, settings }, ...rest }, i) => ({
        task: i,
        name,
        values,
        seed: settings.seed,
        ...rest,
      }));
      stdout.write(`${JSON.stringify(lines)}\n`);
      return;
    }
    const count = (state: TaskState) => found.filter((one) => one.state === state).length;
    const states = (["done", "running", "interrupted", "waiting"] as const).map((state) => `${count(state)} ${state}`);
    stdout.write(`${found.length} tasks: ${states.join(", ")}\n`);
    found.forEach(({ task: { name, settings }, state, epochs, by }, i) => {
      if (state !== "running" && state !== "interrupted") return;
      stdout.write(
        `  task ${i} (${name}): ${state} in epoch ${Math.min(epochs + 1, settings.epochs)} of ${settings.epochs}${by ? `, ${by}` : ""}\n`,
      );
    });
  },
});

export const sweep = defineGroup("sweep", "Plan many trainings, run them here or on a cluster, gather", [
  plan,
  work,
  runCommand,
  status,
  gatherCommand,
  submit,
]);
