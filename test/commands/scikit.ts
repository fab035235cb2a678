// metrics.json and the report of a run against scikit-learn on the run's own predictions.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import type { ClassMetrics, RunResults } from "#pulmo/results/metrics.js";
import { temporaryFolder } from "../data/places.js";
import { PYTHON, withoutPython } from "../skip.js";
import { pulmo } from "./cli.js";

const SCRIPT = fileURLToPath(new URL("../../../test/fixtures/make-sklearn-reference.py", import.meta.url));

export const withoutSklearn = withoutPython("sklearn", "python3-sklearn");

/** Runs the logistic regression on `data`, the arguments that name a dataset. Every figure is scikit-learn's, its report to the byte. */
export async function assertLikeScikit(...data: string[]): Promise<void> {
  const out = join(temporaryFolder(), "out");
  const training = ["--models", "logistic", "--epochs", "2", "--no-stress", "--no-pictures", "--quiet"];
  const { code, stderr } = await pulmo(["run", ...data, ...training, "--out", out]);
  assert.is(code, 0, stderr);
  const splits = ["val", "test"] as const;
  const paths = splits.map((split) => join(out, `logistic/predictions-${split}.csv`));
  const python = spawnSync(PYTHON, [SCRIPT, ...paths], { encoding: "utf8" });
  assert.is(python.status, 0, python.stderr);
  const results: RunResults = JSON.parse(readFileSync(join(out, "metrics.json"), "utf8"));
  const reports = ["report.md", "report.html"].map((name) => readFileSync(join(out, name), "utf8"));
  (JSON.parse(python.stdout) as Record<string, any>[]).forEach((wanted, i) => {
    const found = results.models.logistic[splits[i]];
    const close = (a: number, b: number, what: string) =>
      assert.ok(Math.abs(a - b) < 1e-12, `${splits[i]} ${what}: ${a} instead of ${b}`);
    assert.is(found.n, wanted.labels.length);
    assert.equal(found.confusion, wanted.confusion);
    assert.is(found.accuracy, wanted.accuracy);
    for (const key of ["precision", "recall", "f1", "support"] as const) {
      assert.equal([found.perClass.NORMAL[key], found.perClass.PNEUMONIA[key]], wanted.perClass[key], key);
    }
    const average = ({ precision, recall, f1 }: ClassMetrics) => [precision, recall, f1];
    assert.equal([average(found.macro), average(found.weighted)], [wanted.macro, wanted.weighted]);
    close(found.auc!, wanted.auc, "AUC");
    close(found.averagePrecision!, wanted.averagePrecision, "average precision");
    close(found.brier!, wanted.brier, "Brier score");
    close(found.ece!, wanted.calibration.ece, "ECE");
    assert.equal(
      found.roc.map((point) => point.tpr),
      wanted.tpr,
    );
    assert.equal(
      found.precisionRecall!.map((point) => point.precision),
      wanted.precisionRecall.precision,
    );
    assert.equal(
      found.calibration!.map((bin) => bin.n),
      wanted.calibration.n,
    );
    assert.equal([found.histogram!.NORMAL, found.histogram!.PNEUMONIA], wanted.calibration.histogram);
    for (const text of reports)
      assert.ok(text.includes(wanted.report), `${splits[i]}: the classification report is not in the report`);
  });
}
