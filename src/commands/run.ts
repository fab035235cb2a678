import { join } from "node:path";
import { path } from "../settings/kinds.js";
import { omit, SETTINGS } from "../settings/table.js";
import { STOP_AND_RESUME } from "./common.js";
import { callerOf } from "./context.js";
import { defineCommand } from "./define.js";
import { option } from "./rows.js";

/** --revectorize is an option of all commands. */
export const TRAINING = {
  ...omit(SETTINGS, "revectorize"),
  resume: option(path(), "Folder of an interrupted run: continue it with its settings"),
};

/** Trains each model, evaluates it, saves everything, writes the report. */
export const run = defineCommand({
  command: "run",
  describe: "Train models, evaluate them and write the report",
  options: TRAINING,
  examples: ["run", "run --data chest_xray --models dnn --out runs/first", "run --resume runs/first"],
  notes: [STOP_AND_RESUME],
  async run({ resume, ...given }, cli) {
    const { requestOf } = await import("./request.js");
    const { runAll } = await import("../run/run.js");
    const caller = callerOf(cli, given.quiet);
    const request = await requestOf("run", given, resume, cli);
    const results = await runAll(request, given.lang, caller);
    const { out } = request;
    if (given.json) cli.stdout.write(`${JSON.stringify({ out, ...results })}\n`);
    const { terminalSummary } = await import("../report/terminal-summary.js");
    caller.info(`\n${terminalSummary(results)}\nReport: ${join(out, "report.html")}`);
  },
});
