import { join } from "node:path";
import { flag } from "../settings/kinds.js";
import { pick, SETTINGS } from "../settings/table.js";
import type { Cli } from "./context.js";
import { defineCommand } from "./define.js";
import { type Arguments, option } from "./rows.js";

export const SWEEP_FOLDER = { describe: "Folder written by sweep plan", example: "sweeps/lr" };

export const GATHERING = {
  partial: option(flag, "Gather even if tasks are missing or were changed, without those"),
  ...pick(SETTINGS, "lang", "quiet", "json"),
};

/** How many left-out tasks are listed. */
const MOST_FAULTS = 10;

/** sweep.csv and sweep.html from the results of the tasks. */
export async function gather(dir: string, { partial = false, lang, json }: Arguments<typeof GATHERING>, cli: Cli): Promise<void> {
  const { gatherSweep } = await import("../lib/tools/sweep.js");
  const { results, faults } = await gatherSweep(dir, { partial, lang });
  for (const fault of faults.slice(0, MOST_FAULTS)) cli.screen.say(`Left out: ${fault}`);
  if (faults.length > MOST_FAULTS) cli.screen.say(`and ${faults.length - MOST_FAULTS} more`);
  cli.stdout.write(json ? `${JSON.stringify(results)}\n` : `${join(dir, "sweep.html")}\n`);
}

export const gatherCommand = defineCommand({
  command: "gather <dir>",
  describe: "Check the files of all tasks, write sweep.csv and sweep.html",
  positionals: { dir: SWEEP_FOLDER },
  options: GATHERING,
  run: (given, cli, { dir }) => gather(dir, given, cli),
});
