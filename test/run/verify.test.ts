// `verify` trains again and compares bits; it finds changed files, and says what makes a comparison impossible.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { trainModels } from "#pulmo/lib/run.js";
import { isVerified, verificationText, verify } from "#pulmo/lib/tools/verify.js";
import { dataset } from "../commands/cli.js";
import { call } from "../commands/in-process.js";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";

const test = suite("verify");

const data = await dataset({ train: 6, val: 2, test: 1 });
const out = join(temporaryFolder(), "run");
const RUN = { data, out, models: ["logistic"], epochs: 3, batchSize: 4, threads: 1 } as const;
beforeAll(test, async () => {
  await trainModels({ ...RUN, models: [...RUN.models] });
});

/** A copy of the run whose file was changed. */
function changed(name: string, change: (content: Buffer) => string | Buffer): string {
  const copy = join(temporaryFolder(), "copy");
  cpSync(out, copy, { recursive: true });
  const path = join(copy, name);
  writeFileSync(path, change(readFileSync(path)));
  return copy;
}

const refused = async (run: string, options: object, message: RegExp) => {
  const error = await verify(run, { threads: 1, ...options }).then(
    () => assert.unreachable(),
    (reason) => reason,
  );
  assert.match(error.message, message);
};

test("the same bits on another number of threads, of all epochs or the first ones", async () => {
  const whole = await verify(out, { threads: 2 });
  assert.ok(isVerified(whole), verificationText(whole));
  assert.equal(whole.trainings, { logistic: { same: 3, of: 3 } });
  assert.equal((await verify(out, { threads: 2, epochs: 1 })).trainings, { logistic: { same: 1, of: 3 } });
});

test("the kernels round as those of the run", async () => {
  const plain = join(temporaryFolder(), "plain");
  await trainModels({ ...RUN, out: plain, models: ["logistic"], wasm: "simd" });
  const [line] = readFileSync(join(plain, "logistic/history.jsonl"), "utf8").split("\n");
  assert.is(JSON.parse(line).rounding, "plain");
  assert.ok(isVerified(await verify(plain, { threads: 1 })));
});

test("a flipped bit in the weights, the history or the hashes is found", async () => {
  const flip = (at: (bytes: Buffer) => number) => (bytes: Buffer) => {
    bytes[at(bytes)] ^= 1;
    return bytes;
  };
  const cases = [
    ["logistic/model.safetensors", flip((bytes) => bytes.length - 9), /model\.safetensors has changed: its SHA-256/],
    [
      "logistic/history.jsonl",
      flip((bytes) => bytes.indexOf('"loss":0.') + 12),
      /history\.jsonl has changed: it differs from run\.json/,
    ],
    ["logistic/tensors.jsonl", flip((bytes) => bytes.indexOf("weight") + 11), /tensors\.jsonl has changed: epoch 1/],
  ] as const;
  for (const [name, change, message] of cases) {
    const copy = changed(name, change);
    const found = await verify(copy, { threads: 1, epochs: 1 });
    assert.not.ok(isVerified(found));
    assert.match(found.faults.join("\n"), message);
    const { code, stderr } = await call(["verify", copy, "--epochs", "1", "--threads", "1", "--quiet"]);
    assert.is(code, 1, stderr);
  }
});

test("names the first epoch and tensor that differ", async () => {
  // Another learning rate from the start: as if the run had been made with other settings than it records.
  const copy = changed("run.json", (bytes) => bytes.toString().replace('"lr": 0.0001', '"lr": 0.0002'));
  const { trainings } = await verify(copy, { threads: 1 });
  assert.equal(trainings, { logistic: { same: 0, of: 3, difference: { epoch: 1, tensor: "1.weight" } } });
  const { code, stdout } = await call(["verify", copy, "--threads", "1", "--quiet"]);
  assert.is(code, 1);
  assert.match(stdout, /^logistic: epoch 1 differs, first in 1\.weight\. 0 epochs before it have the recorded bits\.$/m);
});

test("says what makes a comparison impossible", async () => {
  const other = await dataset({ train: 7, val: 2, test: 1 });
  await refused(out, { data: other }, /^The images in \S+ are not those of the run in \S+: name the same dataset with --data\.$/);
  await refused(out, { models: ["dnn"] }, /has no dnn: give some of logistic\.$/);
  const old = changed("run.json", (bytes) => bytes.toString().replaceAll(/,\s*"rounding": "\w+"/g, ""));
  await refused(old, {}, /records no hashes of the weights of logistic: it was trained by an older version of pulmo/);
  const mixed = changed("run.json", (bytes) =>
    bytes
      .toString()
      .replace(/"rounding": "\w+"/, (found) => (found.includes("plain") ? '"rounding": "fused"' : '"rounding": "plain"')),
  );
  await refused(mixed, {}, /kernels that round differently \((plain, fused|fused, plain)\)/);
  const continued = changed("run.json", (bytes) => JSON.stringify({ ...JSON.parse(bytes.toString()), continued: [2] }));
  await refused(
    continued,
    {},
    /^verify cannot repeat the run in \S+: after epoch 2 it was continued with a fresh state of Adam\./,
  );
  await refused(temporaryFolder(), {}, /name the folder of an earlier run/);
});

test.run();
