// What may make the results of a dataset better than on new images, or wrong: copies of a picture, patients in several splits.
import { printable } from "../core/printable.js";
import type { ClassNames } from "../data/types.js";
import type { DatasetFacts } from "../results/metrics.js";
import { LANGUAGES, type LanguageWords } from "./text/index.js";

type Facts = Pick<DatasetFacts, "duplicates" | "patients"> & { copies?: DatasetFacts["copies"] };

/** A sentence for each. */
export function dataProblems({ duplicates, copies, patients }: Facts, { glance, splits, summary }: LanguageWords): string[] {
  const shared = (patients?.shared ?? []).filter((pair) => pair.patients > 0);
  const [first] = duplicates ?? [];
  return [
    ...(copies && copies.classes > 0 ? [glance.copiesAcrossClasses(copies.classes)] : []),
    ...(copies && copies.splits > 0 ? [glance.copiesAcrossSplits(copies.splits)] : []),
    ...(copies && copies.groups > 0 && first ? [glance.copies(copies.files, copies.groups, `${first[0]} = ${first[1]}`)] : []),
    ...shared.map(({ splits: [a, b], patients: n }) =>
      a === "train" && b === "test" ? summary.sharedPatients(n) : glance.shared(n, splits[a], splits[b]),
    ),
  ];
}

/** The others are in the JSON output. */
const GROUPS_SHOWN = 40;

/** The output of `data check`: the sentences, and the groups of identical files. */
export function problemLines(facts: Facts, classes: ClassNames): string[] {
  const groups = facts.duplicates ?? [];
  const others = groups.length - GROUPS_SHOWN;
  return [
    ...dataProblems(facts, LANGUAGES.en(classes)),
    ...groups.slice(0, GROUPS_SHOWN).map((files) => `  ${files.map(printable).join(" = ")}`),
    ...(others > 0 ? [`  and ${others} further groups: use --json for all`] : []),
  ];
}
