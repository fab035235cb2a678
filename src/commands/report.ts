import { basename, join, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import { path } from "../settings/kinds.js";
import { pick, SETTINGS } from "../settings/table.js";
import { defineCommand } from "./define.js";
import { option } from "./rows.js";

/** One folder: report.html, report.md and plots again, from metrics.json. Several: the runs side by side. */
export const report = defineCommand({
  command: "report <dir..>",
  describe: "Write the report of a run again, or compare runs",
  positionals: { dir: { describe: "Folders of runs; several: write comparison.html", example: "runs/first", many: true } },
  options: {
    ...pick(SETTINGS, "lang", "plots"),
    out: option(path(), "Folder for the comparison of several runs (default: comparison-<names of the runs>)"),
  },
  examples: ["report runs/first --lang ko", "report runs/first runs/second --out runs"],
  async run({ lang, plots, out }, { stdout, stderr }, { dir: dirs }) {
    if (dirs.length === 1 && out !== undefined) {
      throw new InputError("--out is for several runs, and a single run's report goes into its own folder: remove --out.");
    }
    const { readResults, requireFont } = await import("../lib/tools/report.js");
    if (plots?.includes("png")) await requireFont(lang);
    const runs = await Promise.all(dirs.map(async (dir) => ({ name: dir, results: await readResults(dir) })));
    const { foreignFiles } = await import("../lib/tools/report.js");
    for (const { name, results } of runs) {
      for (const path of await foreignFiles(name, results)) {
        stderr.write(`Warning: ${path} does not belong to the results in metrics.json, so the report leaves it out.\n`);
      }
    }
    if (runs.length === 1) {
      const { writeReport } = await import("../lib/tools/report.js");
      await writeReport(dirs[0], runs[0].results, lang, undefined, plots);
      stdout.write(`${join(dirs[0], "report.html")}\n`);
      return;
    }
    const at = (name: string) => join(out ?? comparisonFolder(dirs), name);
    const { checkPage, writeComparison } = await import("../lib/tools/report.js");
    const paths = { html: at("comparison.html"), markdown: at("comparison.md"), plots: at("comparison-plots"), formats: plots };
    await checkPage("--out", paths);
    await writeComparison(paths, runs, lang);
    stdout.write(`${at("comparison.html")}\n`);
  },
});

const LONGEST_NAME = 100;

/** "comparison-first-second" */
function comparisonFolder(dirs: string[]): string {
  const names = dirs.map((dir) => basename(resolve(dir)).replace(/[^\w.-]/g, "_"));
  return ["comparison", ...names].join("-").slice(0, LONGEST_NAME);
}
