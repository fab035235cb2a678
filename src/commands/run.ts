import { join } from "node:path";
import type { Language } from "../report/text/languages.js";
import { runAll } from "../run/run.js";
import { createTerminal } from "../run/terminal.js";
import { requestOf, type TrainingArguments } from "./request.js";

/** `run`: trains each model, evaluates it, writes everything down, reports. */
export async function run(typed: TrainingArguments & { lang: Language | undefined }): Promise<void> {
  const terminal = createTerminal(typed.quiet);
  const request = await requestOf("run", typed);
  const results = await runAll(request, typed.lang, terminal);
  const { out } = request;
  if (typed.json) process.stdout.write(`${JSON.stringify({ out, ...results })}\n`);
  const { terminalSummary } = await import("../report/terminal-summary.js");
  terminal.say(`\n${terminalSummary(results)}\nReport: ${join(out, "report.html")}`);
}
