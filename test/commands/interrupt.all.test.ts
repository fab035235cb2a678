// What takes longer: ResNet-18 killed without a changed clock, and a resumed run with everything that a run writes by default.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../data/places.js";
import { dataset, filesBelow, pulmo } from "./cli.js";
import { assertKilledAndResumed } from "./killed.js";

const test = suite("interruption of long runs");

test("ResNet-18 killed in the middle of an epoch: no more is lost than --save-every says, and the bits are the same", async () =>
  // Long enough for a save also on many fast cores.
  assertKilledAndResumed({ data: await dataset({ train: 30, val: 1, test: 1 }), model: "resnet18", images: 60 }));

test("train with seeds, then run --resume: the stress tests and pictures of a run in one go", async () => {
  const root = await dataset({ train: 6, val: 1, test: 4 });
  const common = ["--data", root, "--models", "logistic", "--epochs", "2", "--seeds", "3,0", "--quiet"];
  const [once, twice] = [join(temporaryFolder(), "once"), join(temporaryFolder(), "twice")];
  for (const args of [
    ["run", ...common, "--out", once],
    ["train", ...common, "--out", twice],
    ["run", "--resume", twice, "--quiet"],
  ]) {
    const { code, stderr } = await pulmo(args);
    assert.is(code, 0, stderr);
  }
  const files = filesBelow(once);
  assert.equal(filesBelow(twice), files);
  const scored = files.filter((name) => /stress\.json|pictures|predictions/.test(name));
  for (const name of ["logistic/stress.json", "logistic/pictures.json"]) assert.ok(scored.includes(name), name);
  for (const name of scored) assert.ok(readFileSync(join(twice, name)).equals(readFileSync(join(once, name))), name);
});

test.run();
