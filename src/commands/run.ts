import { join } from "node:path";
import { runAll } from "../run/run.js";
import { createTerminal } from "../run/terminal.js";
import { adviseToResume, requestOf, type TrainingArguments, trainingOf } from "./request.js";

/** `run`: trains each model, evaluates it, writes everything down, reports. */
export async function run(argv: TrainingArguments): Promise<void> {
  const given = trainingOf(argv);
  const terminal = createTerminal(given.quiet === true);
  const request = await requestOf("run", given, argv.resume as string | undefined);
  adviseToResume(request);
  const results = await runAll(request, given.lang, terminal);
  const { out } = request;
  if (given.json) process.stdout.write(`${JSON.stringify({ out, ...results })}\n`);
  const { terminalSummary } = await import("../report/terminal-summary.js");
  terminal.say(`\n${terminalSummary(results)}\nReport: ${join(out, "report.html")}`);
}
