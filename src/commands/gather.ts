import { InputError } from "../core/errors.js";
import { CLASSES, type ClassNames } from "../data/types.js";
import { evaluationText } from "../report/evaluation-text.js";
import { refuseOverwriting } from "../run/exports/export.js";
import { gatherScores } from "../run/scoring/gather-scores.js";

interface GatherArguments {
  csv: string[];
  out: string;
  labels: string | undefined;
  classes: ClassNames | undefined;
}

/** `gather`: the shards of `predict --shard` as one CSV; with labels, the evaluation too. */
export async function gather({ csv, out, labels, classes = CLASSES }: GatherArguments): Promise<void> {
  refuseOverwriting(out);
  if (new Set(csv).size < csv.length) throw new InputError("A file is named twice: leave one out.");
  const { images, evaluation } = await gatherScores(csv, out, labels, classes);
  process.stderr.write(`${images} images, each once: ${out}\n`);
  if (!evaluation) return;
  const { metrics, groups } = evaluation;
  process.stderr.write(`${metrics.n} of them have a label and a score.\n`);
  process.stdout.write(evaluationText(metrics, groups, classes));
}
