import { join } from "node:path";
import { InputError } from "../core/errors.js";
import type { Language } from "../report/text/languages.js";
import { readResults } from "../run/read-results.js";

interface ReportArguments {
  dir: string[];
  lang: Language | undefined;
  out: string | undefined;
}

/** `report DIR`: report.html, report.md and plots again, from metrics.json. `report DIR DIR...`: the runs side by side. */
export async function report({ dir: dirs, lang, out }: ReportArguments): Promise<void> {
  if (dirs.length === 1 && out !== undefined) {
    throw new InputError("--out is for several runs: the report of one goes into its own folder. Leave --out away.");
  }
  const runs = await Promise.all(dirs.map(async (dir) => ({ name: dir, results: await readResults(dir) })));
  if (runs.length === 1) {
    const { writeReport } = await import("../report/write.js");
    await writeReport(dirs[0], runs[0].results, lang);
    process.stdout.write(`${join(dirs[0], "report.html")}\n`);
    return;
  }
  const at = (name: string) => join(out ?? ".", name);
  const { writeComparison } = await import("../report/comparison-page.js");
  await writeComparison(
    { html: at("comparison.html"), markdown: at("comparison.md"), plots: at("comparison-plots") },
    runs,
    lang,
  );
  process.stdout.write(`${at("comparison.html")}\n`);
}
