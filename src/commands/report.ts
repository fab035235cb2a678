import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../lib/errors.js";
import type { RunResults } from "../report/results.js";
import { writeReport } from "../report/write.js";
import { readPredictions } from "./runFolder.js";

/** `report DIR`: report.html, report.md and plots again, from metrics.json and the predictions. */
export async function report({ dir }: { dir: string }): Promise<void> {
  const path = join(dir, "metrics.json");
  const text = await readFile(path, "utf8").catch((error) => {
    throw new InputError(`${path} cannot be read (${error.code ?? error.message}): name the folder of a finished run.`);
  });
  const results = parse(text, path);
  await writeReport(dir, results, await readPredictions(dir, Object.keys(results.models)));
  process.stdout.write(`${join(dir, "report.html")}\n`);
}

function parse(text: string, path: string): RunResults {
  try {
    const results = JSON.parse(text) as RunResults;
    const { schema, dataset, environment, settings, models } = results;
    const complete = Object.entries(models).every(([name, { epochs, val, test }]) =>
      /^[a-z0-9-]+$/.test(name) && Array.isArray(epochs) && Array.isArray(val.roc) && Array.isArray(test.roc));
    if (schema === 1 && complete && [dataset.counts, environment, settings].every((part) => typeof part === "object")) return results;
  } catch {
    // Falls through: the same answer for every kind of damage.
  }
  throw new InputError(`${path} is not a metrics.json of this version of pulmo (schema 1): name the folder of a finished run.`);
}
