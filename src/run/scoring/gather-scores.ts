// `gather`: merges shards into one file, and evaluates the scores if labels are given.
import { InputError } from "../../core/errors.js";
import { parseLabels, readText } from "../../data/labels.js";
import type { ClassNames } from "../../data/types.js";
import { type GroupMetrics, groupMetrics } from "../../eval/groups.js";
import { splitMetrics } from "../../eval/metrics.js";
import type { SplitMetrics } from "../../results/metrics.js";
import { gatherShards } from "./shards.js";

export interface Gathered {
  images: number;
  /** Of the images that have a label and a score. */
  evaluation?: { metrics: SplitMetrics; groups: GroupMetrics[] };
}

export async function gatherScores(
  csvs: string[],
  out: string,
  labels: string | undefined,
  classes: ClassNames,
): Promise<Gathered> {
  const truth = labels === undefined ? undefined : await truthOf(labels, classes);
  const found: { label: number; logit: number; group: string | undefined }[] = [];
  const images = await gatherShards(csvs, out, ([file, , , logit]) => {
    const known =
      truth &&
      endsOf(file)
        .map((name) => truth.get(name))
        .find(Boolean);
    if (known && logit !== "") found.push({ ...known, logit: Number(logit) });
  });
  if (!truth) return { images };
  if (found.length === 0) {
    throw new InputError(`${labels} matches none of the scored images: use the paths given to predict, or their last parts.`);
  }
  const [given, scored] = [found.map(({ label }) => label), found.map(({ logit }) => logit)];
  const groups = groupMetrics(
    given,
    scored,
    found.map(({ group }) => group),
  );
  return { images, evaluation: { metrics: splitMetrics(given, scored), groups } };
}

/** A path and all its shorter endings, without leading folders. A CSV of labels may use any of them. */
function endsOf(path: string): string[] {
  const parts = path.split(/[\\/]/);
  return parts.map((_, i) => parts.slice(i).join("/"));
}

/** Labels by the file names in the CSV. */
async function truthOf(labels: string, classes: ClassNames) {
  const records = parseLabels(await readText(labels), labels, classes);
  return new Map(records.map(({ file, label, group }) => [file, { label, group }]));
}
