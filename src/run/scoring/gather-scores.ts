// `gather`: merges shards into one file, and evaluates the scores if labels are given.
import { counted } from "../../core/counted.js";
import { InputError } from "../../core/errors.js";
import { matchNames, type Names, plain } from "../../data/label-names.js";
import { parseLabels, readText, repeatedNote, withoutRepeats } from "../../data/labels.js";
import { CLASSES, type ClassNames } from "../../data/types.js";
import { type Evaluation, evaluationOf } from "../../eval/evaluation.js";
import { THRESHOLD } from "../model-facts.js";
import type { ScoringFacts } from "./scoring-facts.js";
import { gatherShards } from "./shards.js";

export interface Gathered {
  images: number;
  /** What was assumed in reading the labels, and what they lack, one sentence each. */
  notes: string[];
  classes: ClassNames;
  /** Of the images that have a label and a score, at the threshold of the shards. */
  evaluation?: Evaluation;
}

export async function gatherScores(
  csvs: string[],
  out: string,
  labels: string | undefined,
  classes: ClassNames | undefined,
): Promise<Gathered> {
  if (labels === undefined) {
    const { images } = await gatherShards(csvs, out);
    return { images, notes: [], classes: classes ?? CLASSES };
  }
  const read = await readText(labels);
  const notes = [...read.notes];
  let names: Names<number | undefined>;
  let threshold = THRESHOLD;
  let named = classes ?? CLASSES;
  let found: ReturnType<typeof names.finish>;
  const { images } = await gatherShards(csvs, out, {
    async onFacts({ scoring }) {
      named = classesOf(scoring, classes);
      threshold = scoring?.threshold ?? THRESHOLD;
      const parsed = await parseLabels(read.text, labels, named);
      const once = withoutRepeats(labels, parsed.records, ({ file }) => plain(file));
      notes.push(...parsed.notes, ...repeatedNote(labels, parsed.records.length - once.length));
      names = matchNames(labels, once);
    },
    onRow: ([file, , , logit]) => names.add(file, logit === "" ? undefined : Number(logit)),
    check() {
      found = names.finish();
      if (found.matches.length === 0) {
        throw new InputError(`${labels} matches none of the scored images: use the paths given to predict, or their last parts.`);
      }
    },
  });
  const { matches, unlabelled, unused } = found!;
  const scored = matches.flatMap(({ record, image }) => (image === undefined ? [] : [{ ...record, logit: image }]));
  if (scored.length === 0) throw new InputError(`None of the images in ${labels} could be read, so that none has a score.`);
  if (unlabelled > 0) notes.push(`${counted(unlabelled, "scored image has", "scored images have")} no record in ${labels}.`);
  if (unused > 0) notes.push(`${counted(unused, "record", "records")} in ${labels} match no scored image.`);
  const logits = scored.map(({ logit }) => logit);
  return { images, notes, classes: named, evaluation: evaluationOf(scored, logits, { threshold }) };
}

/** If the model names its classes, only these names are allowed. */
function classesOf(scoring: ScoringFacts | undefined, given: ClassNames | undefined): ClassNames {
  if (!scoring) return given ?? CLASSES;
  const own = scoring.classes;
  const isNamed = own.join() !== CLASSES.join();
  if (isNamed && given && own.join().normalize() !== given.join().normalize())
    throw new InputError(`The shards' classes are ${own.join(" and ")}: remove --classes, or give these names.`);
  return isNamed ? own : (given ?? CLASSES);
}
