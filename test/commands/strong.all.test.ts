// The strong recipe on ResNet-18 with two seeds, with stress tests: the ensemble and the temperature of a deep model.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { dataset, pulmo } from "./cli.js";
import { assertEnsemble, assertRecipeResults } from "./recipe-results.js";

const test = suite("the strong recipe on ResNet-18");

const MODELS = ["resnet18"];
const root = await dataset({ train: 12, val: 1, test: 4 });
const out = join(temporaryFolder(), "out");
beforeAll(test, async () => {
  const recipe = ["--recipe", "strong", "--epochs", "2", "--seeds", "0,1", "--track", "test", "--weights", "none"];
  const args = ["run", "--data", root, "--models", MODELS.join(), ...recipe, "--no-pictures", "--threads", "2", "--out", out];
  const { code, stderr } = await pulmo(args);
  assert.is(code, 0, stderr);
});

test("metrics.json holds the epochs, the temperature and the seeds", () => assertRecipeResults(out, MODELS, 8));

test("an ensemble's log-odds are the mean of its members'", () => {
  for (const model of MODELS) assertEnsemble(out, model);
});

test("there are stress tests", () => {
  for (const model of MODELS) assert.ok(existsSync(join(out, model, "stress.json")), model);
});

test.run();
