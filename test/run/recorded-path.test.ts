import { dirname, join, parse } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { settings } from "#pulmo/run/environment.js";
import { recordedPath } from "#pulmo/run/recorded-path.js";
import type { RunFile } from "#pulmo/run/run-file.js";

const test = suite("recorded paths");
const here = process.cwd();

test("a path inside the working directory is recorded relative to it", () => {
  assert.is(recordedPath(join(here, "data/chest_xray")), "data/chest_xray");
  assert.is(recordedPath("weights/./resnet18.pth"), "weights/resnet18.pth");
  assert.is(recordedPath(join(here, "..data")), "..data");
  assert.is(recordedPath(here), ".");
});

test("other paths are recorded unchanged", () => {
  for (const path of [dirname(here), `${here}-other/data`, parse(here).root, join(dirname(here), "data")])
    assert.is(recordedPath(path), path);
});

test("a run's command and weights are recorded relative", () => {
  const options = { data: join(here, "data/x"), models: ["dnn"], epochs: 1, batchSize: 2, lr: 1e-4, seed: 0 };
  const weights = { path: join(here, "weights/w.pth") };
  const file = { options: { ...options, weights }, startedAt: "", finished: { at: "" } } as unknown as RunFile;
  const recorded = settings(file, 1);
  assert.is(recorded.weights, "weights/w.pth");
  assert.match(recorded.command, " --data data/x ");
  assert.match(recorded.command, / --weights weights\/w\.pth$/);
});

test.run();
