import { InputError } from "../core/errors.js";
import { path } from "../settings/kinds.js";
import { pick, SETTINGS } from "../settings/table.js";
import { LABELS } from "./common.js";
import { defineCommand } from "./define.js";
import { needed, option } from "./rows.js";

/** The shards of `predict --shard` as one CSV; with labels, the evaluation too. */
export const gather = defineCommand({
  command: "gather <csv..>",
  describe: "Merge the CSV files of predict --shard",
  positionals: { csv: { describe: "The files of all shards, in any order", example: "shard-*.csv", many: true } },
  options: {
    out: needed(path(), "CSV file to write", "CSV file to write, for example ward.csv"),
    labels: option(path(), `${LABELS}: also print the evaluation`),
    ...pick(SETTINGS, "classes"),
  },
  examples: ["gather scores-*.csv --out scores.csv"],
  async run({ out, labels, classes: given }, cli, { csv }) {
    const { evaluationText, gatherScores, refuseOverwriting } = await import("../lib/tools/gather.js");
    await refuseOverwriting(out, [...csv, ...(labels === undefined ? [] : [labels])]);
    if (new Set(csv).size < csv.length) throw new InputError("A file is given twice: remove one of them.");
    const { images, notes, evaluation, classes } = await gatherScores(csv, out, labels, given);
    cli.screen.say(`${images} images, each once: ${out}`);
    for (const note of notes) cli.screen.say(`Note: ${note}`);
    if (!evaluation) return;
    cli.screen.say(`${evaluation.n} of them have a label and a score.`);
    cli.stdout.write(evaluationText(evaluation, classes));
  },
});
