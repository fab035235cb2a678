// run.json: a run with or without optional settings can be resumed; a damaged file is refused in one sentence.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { readRunFile, saveRunFile } from "#pulmo/run/run-file.js";
import { temporaryFolder } from "../data/places.js";

const test = suite("run.json");

const options = { strict: false, models: ["logistic"], epochs: 10, batchSize: 32, lr: 1e-4, seed: 0 };
/** The minimum that a run writes. */
const least = {
  schema: 1,
  options,
  startedAt: "2026-01-01T00:00:00.000Z",
  manifestSha256: "ab",
  models: { logistic: { params: 301_058, init: "scratch", trainSeconds: 1, epochs: [{ loss: 0.7, accuracy: 0.5, seconds: 1 }] } },
};
const environment = {
  pulmo: "0.1.0",
  node: "v20.19.0",
  platform: "linux x64",
  cpu: "a",
  physicalCores: 2,
  memoryGiB: 8,
  threads: 2,
  wasm: "simd",
};
const last = {
  ...least,
  options: {
    data: "/x",
    limit: 4,
    ...options,
    seeds: [0, 3],
    valSplit: 0.2,
    targetRecall: 0.9,
    weights: { path: "/w.pth", sha256: "cd", init: "ImageNet weights" },
    pictures: false,
    stress: false,
  },
  finished: { at: "2026-01-01T01:00:00.000Z", environment, commit: null },
};

/** A folder with this run.json. */
function folderWith(text: string): string {
  const out = temporaryFolder();
  writeFileSync(join(out, "run.json"), text);
  return out;
}

test("a file is read, and written again unchanged", async () => {
  for (const file of [least, { ...least, finished: { at: "2026-01-01T01:00:00.000Z", environment, commit: "ab" } }, last]) {
    const text = `${JSON.stringify(file, null, 1)}\n`;
    const out = folderWith(text);
    const read = await readRunFile(out);
    assert.equal(read, file);
    await saveRunFile(out, read);
    assert.is(readFileSync(join(out, "run.json"), "utf8"), text);
  }
});

test("damage of any kind is refused", async () => {
  const changed = (change: object) => JSON.stringify({ ...last, ...change });
  const changedOptions = (change: object) => changed({ options: { ...last.options, ...change } });
  const damaged = [
    "",
    "null",
    "[]",
    "{",
    JSON.stringify(least).slice(0, -1),
    changed({ schema: 2 }),
    changed({ later: 1 }),
    changed({ models: null }),
    changed({ options: null }),
    changed({ manifestSha256: undefined }),
    changed({ models: { logistic: {} } }),
    changed({ finished: {} }),
    changedOptions({ models: ["vgg"] }),
    changedOptions({ models: [] }),
    changedOptions({ models: "logistic" }),
    changedOptions({ epochs: "10" }),
    changedOptions({ epochs: null }),
    changedOptions({ batchSize: 0 }),
    changedOptions({ seed: 0.5 }),
    changedOptions({ seeds: [] }),
    changedOptions({ lr: undefined }),
    changedOptions({ pictures: 1 }),
    changedOptions({ stress: "no" }),
    changedOptions({ weights: { path: "/w.pth" } }),
    changedOptions({ data: 7 }),
    changedOptions({ epochs: Infinity }),
  ];
  for (const text of damaged) {
    const out = folderWith(text);
    const error = await readRunFile(out).then(
      () => undefined,
      (e: unknown) => e,
    );
    assert.instance(error, InputError, text);
    const [start, end] = [`${join(out, "run.json")} is not valid (`, "): start a new run."];
    const { message } = error as Error;
    assert.ok(message.startsWith(start) && message.endsWith(end), message);
  }
});

test.run();
