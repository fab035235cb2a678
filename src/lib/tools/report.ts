// Reports from the metrics.json of finished runs.
import { beginsAs, checkOutputFile } from "../../run/outputs.js";

export { writeComparison } from "../../report/comparison-page.js";
export { evaluationText } from "../../report/evaluation-text.js";
export { requireFont } from "../../report/plots/png.js";
export { terminalSummary } from "../../report/terminal-summary.js";
export { terminalWords } from "../../report/text/terminal.js";
export { writeReport } from "../../report/write.js";
export { foreignFiles } from "../../run/own-files.js";
export { readResults } from "../../run/read-results.js";

/** The beginning of render/html's pages. */
const PAGE =
  /^<!doctype html>\n<html lang="[\w-]+">\n<head>\n(?:<meta .*\n)*<meta http-equiv="Content-Security-Policy" content="default-src .{1,8}none/;

/** Refuses to replace files that pulmo did not write. Markdown has no mark: it is pulmo's if the page beside it is. */
export async function checkPage(option: string, { html, markdown }: { html: string; markdown: string }): Promise<void> {
  await checkOutputFile({ option, path: html, replaces: PAGE });
  const ours = await beginsAs(html, PAGE);
  await checkOutputFile({ option, path: markdown, ...(ours && { replaces: /^# / }) });
}
