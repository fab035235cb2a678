// `gather`: merges shards into one file, and evaluates the scores if labels are given.
import { InputError } from "../../core/errors.js";
import { parseLabels, readText, withoutRepeats } from "../../data/labels.js";
import { canonical } from "../../data/same-name.js";
import type { ClassNames } from "../../data/types.js";
import { type GroupMetrics, groupMetrics } from "../../eval/groups.js";
import { splitMetrics } from "../../eval/metrics.js";
import type { SplitMetrics } from "../../results/metrics.js";
import { gatherShards } from "./shards.js";

export interface Gathered {
  images: number;
  /** What was assumed in reading the labels, and what they lack, one sentence each. */
  notes: string[];
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
  const used = new Set<object>();
  let unlabelled = 0;
  const found: { label: number; logit: number; group: string | undefined }[] = [];
  const images = await gatherShards(csvs, out, ([file, , , logit]) => {
    if (!truth) return;
    const known = endsOf(file)
      .map((name) => truth.records.get(name))
      .find((record) => record !== undefined);
    if (!known) unlabelled++;
    else {
      used.add(known);
      if (logit !== "") found.push({ ...known, logit: Number(logit) });
    }
  });
  if (!truth) return { images, notes: [] };
  if (found.length === 0) {
    throw new InputError(`${labels} matches none of the scored images: use the paths given to predict, or their last parts.`);
  }
  const [given, scored] = [found.map(({ label }) => label), found.map(({ logit }) => logit)];
  const groups = groupMetrics(
    given,
    scored,
    found.map(({ group }) => group),
  );
  const unscored = truth.records.size - used.size;
  const notes = [
    ...truth.notes,
    ...(unlabelled > 0 ? [`${unlabelled} of the scored images have no record in ${labels}.`] : []),
    ...(unscored > 0 ? [`${unscored} of the records in ${labels} match no scored image.`] : []),
  ];
  return { images, notes, evaluation: { metrics: splitMetrics(given, scored), groups } };
}

/** A path and all its shorter endings, without leading folders. A CSV of labels may use any of them. */
function endsOf(path: string): string[] {
  const parts = canonical(path).split(/[\\/]/);
  return parts.map((_, i) => parts.slice(i).join("/"));
}

/** Labels by the file names in the CSV, and notes on reading it. */
async function truthOf(labels: string, classes: ClassNames) {
  const text = await readText(labels);
  const parsed = parseLabels(text.text, labels, classes);
  const nameOf = (file: string) => canonical(file.replaceAll("\\", "/").replace(/^(\.\/)+/, ""));
  const once = withoutRepeats(
    labels,
    parsed.records.map((record) => ({ ...record, file: nameOf(record.file) })),
  );
  const records = new Map(once.records.map(({ file, label, group }) => [file, { label, group }]));
  return { records, notes: [...text.notes, ...parsed.notes, ...once.notes] };
}
