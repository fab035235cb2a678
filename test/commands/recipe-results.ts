// What metrics.json holds after a run with the strong recipe, two seeds and --track test.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { parsePredictionsCsv } from "#pulmo/eval/predictions.js";
import { checkJson } from "#pulmo/node/check-json.js";
import { type RunResults, runResultsSchema } from "#pulmo/results/metrics.js";

export const predictionsOf = (folder: string) => parsePredictionsCsv(readFileSync(join(folder, "predictions-test.csv"), "utf8"));

function resultsOf(out: string): RunResults {
  const parsed = checkJson(runResultsSchema, readFileSync(join(out, "metrics.json"), "utf8"));
  assert.ok("value" in parsed, JSON.stringify(parsed));
  return parsed.value;
}

export function assertRecipeResults(out: string, models: string[], images: number): void {
  const { settings, models: found, dataset: facts } = resultsOf(out);
  // Two epochs instead of eight.
  assert.equal([settings.recipe, settings.valSplit], ["custom", 0.1]);
  assert.match(settings.command, / --recipe strong /);
  assert.match(facts.notes.join(), /blocks of consecutive numbers/);
  assert.equal(Object.keys(found).sort(), models);
  for (const { epochs, temperature, repeats, ensemble, uncalibrated, balancedThreshold } of Object.values(found)) {
    assert.is(epochs.length, 2);
    for (const { val, valRescaled, test: tested } of epochs) assert.ok(val && valRescaled && tested);
    assert.ok(temperature! > 0);
    assert.is(repeats!.length, 2);
    assert.ok(ensemble!.test.confusion.flat().reduce((a, b) => a + b) === images && uncalibrated && balancedThreshold);
  }
  for (const model of models) {
    assert.is(
      readFileSync(join(out, model, "history.jsonl"), "utf8")
        .trim()
        .split("\n").length,
      2,
    );
  }
}

/** An ensemble's log-odds are the mean of its members'. */
export function assertEnsemble(out: string, model: string): void {
  const [one, two] = [model, `${model}/seed-1`].map((folder) => predictionsOf(join(out, folder)));
  const right = one.filter(({ label, logit }, i) => logit + two[i].logit > 0 === (label === 1)).length;
  assert.is(resultsOf(out).models[model].ensemble!.test.accuracy, right / one.length);
}
