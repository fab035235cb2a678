import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { readBounded } from "../node/files.js";
import type { NamedRun } from "../report/compare.js";
import { parseResults } from "../report/schema.js";
import type { Language } from "../report/text/index.js";

/** metrics.json of pulmo's own runs is below 1 MiB. */
const MAX_BYTES = 256 * 2 ** 20;

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
  const runs = await Promise.all(dirs.map(readRun));
  if (runs.length === 1) {
    const { writeReport } = await import("../report/write.js");
    await writeReport(dirs[0], runs[0].results, lang);
    process.stdout.write(`${join(dirs[0], "report.html")}\n`);
    return;
  }
  const at = (name: string) => join(out ?? ".", name);
  const { writeComparison } = await import("../report/compare.js");
  await writeComparison({ html: at("comparison.html"), markdown: at("comparison.md"), plots: at("comparison-plots") }, runs, lang);
  process.stdout.write(`${at("comparison.html")}\n`);
}

async function readRun(dir: string): Promise<NamedRun> {
  const path = join(dir, "metrics.json");
  const bytes = await readBounded(path, MAX_BYTES).catch((error) => {
    throw new InputError(`${path} cannot be read (${error.code ?? error.message}): name the folder of a finished run.`);
  });
  const parsed = parseResults(bytes.toString("utf8"));
  if ("results" in parsed) return { name: dir, results: parsed.results };
  throw new InputError(`${path} is not a metrics.json of this version of pulmo (${parsed.fault}): name the folder of a finished run.`);
}
