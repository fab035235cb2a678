// Progress for external tools: TensorBoard's event files are parsed, Prometheus' text is checked, unusable paths are refused.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PbfReader } from "pbf";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { prometheusText } from "#pulmo/run/watch/prometheus.js";
import { crc32c, event, record } from "#pulmo/run/watch/tensorboard.js";
import { assertRefused, dataset, pulmo } from "../../commands/cli.js";
import { temporaryFolder } from "../../data/places.js";
import { beforeAll } from "../../hooks.js";
import { absent, unless } from "../../skip.js";

const test = suite("watching a run");

test("CRC-32C and a record match RFC 3720 and TensorFlow", () => {
  assert.is(crc32c(Buffer.from("123456789")), 0xe3069283);
  // RFC 3720, B.4: 32 bytes of zeros, of ones, and ascending.
  assert.is(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.is(crc32c(new Uint8Array(32).fill(255)), 0x62a8ab43);
  assert.is(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  // The first record of TensorFlow's event files, with time 0.
  const version = event(0, { version: "brain.Event:2" });
  assert.is(Buffer.from(version).toString("hex"), `090000000000000000${"1a0d"}${Buffer.from("brain.Event:2").toString("hex")}`);
  // The length 24 and its masked CRC, as in TensorBoard's files.
  assert.is(Buffer.from(record(version).subarray(0, 12)).toString("hex"), "1800000000000000a37f4b22");
});

interface Event {
  step: number;
  version?: string;
  scalars: Record<string, number>;
}

/** Checks the lengths. The CRCs are tested above. */
function eventsIn(file: Buffer): Event[] {
  const events: Event[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const data = file.subarray(at + 12, at + 12 + length);
    const found: Event = { step: 0, scalars: {} };
    new PbfReader(data).readFields((field, into: Event, pbf) => {
      if (field === 2) into.step = pbf.readVarint();
      else if (field === 3) into.version = pbf.readString();
      else if (field === 5) {
        pbf.readMessage((inner, _, values) => {
          if (inner !== 1) return;
          const scalar = { tag: "", value: NaN };
          values.readMessage((part, to, fields) => {
            if (part === 1) to.tag = fields.readString();
            else if (part === 2) to.value = fields.readFloat();
          }, scalar);
          into.scalars[scalar.tag] = scalar.value;
        }, {});
      }
    }, found);
    events.push(found);
    at += length + 16;
    assert.ok(at <= file.length);
  }
  return events;
}

const root = await dataset({ train: 8, val: 2, test: 2 });
const folder = temporaryFolder();
const [out, board, metrics] = ["out", "board", "node/pulmo.prom"].map((name) => join(folder, name));
const training = ["--models", "logistic", "--epochs", "3", "--batch-size", "6", "--seeds", "4,5", "--track", "test"];
const files = ["--tensorboard", board, "--metrics-file", metrics];
beforeAll(test, async () => {
  const { code, stderr } = await pulmo(["train", "--data", root, ...training, ...files, "--out", out, "--quiet"]);
  assert.is(code, 0, stderr);
});

const TENSORBOARD = resolve("test/reference/site");

const noTensorBoard = absent(TENSORBOARD, "pip install --target, as .ci/run does");
unless(noTensorBoard, test)("TensorBoard reads what was written", () => {
  const env = { ...process.env, PYTHONPATH: TENSORBOARD };
  const runs = JSON.parse(execFileSync("python3", ["test/reference/read-events.py", board], { env, encoding: "utf8" }));
  assert.equal(Object.keys(runs).sort(), ["logistic", "logistic/seed-5"]);
  for (const [key, tags] of Object.entries<Record<string, [number, number][]>>(runs)) {
    const history = historyOf(key);
    const points = (values: number[]) => values.map((value, i) => [3 * (i + 1), Math.fround(value)]);
    assert.equal(tags["train/epoch_loss"], points(history.map(({ loss }) => loss)));
    assert.equal(tags["test/auc"], points(history.map(({ test }) => test.auc)));
    assert.equal(
      tags["train/loss"].map(([step]) => step),
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
  }
});

const historyOf = (key: string) =>
  readFileSync(join(out, key, "history.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

test("every step and epoch of every training is recorded", () => {
  for (const key of ["logistic", "logistic/seed-5"]) {
    const history = historyOf(key);
    const [name, ...others] = readdirSync(join(board, key)).filter((file) => file.startsWith("events."));
    assert.match(name, /^events\.out\.tfevents\.\d+\.\w+\.\d+\.\w+$/);
    assert.equal(others, []);
    const [first, ...events] = eventsIn(readFileSync(join(board, key, name)));
    assert.is(first.version, "brain.Event:2");
    // 16 images, 6 per step.
    assert.equal(
      events.filter(({ scalars }) => "train/loss" in scalars).map(({ step }) => step),
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    const epochs = events.filter(({ scalars }) => "train/epoch_loss" in scalars);
    assert.equal(
      epochs.map(({ step }) => step),
      [3, 6, 9],
    );
    epochs.forEach(({ scalars }, i) => {
      assert.is(scalars["train/epoch_loss"], Math.fround(history[i].loss));
      assert.is(scalars["test/auc"], Math.fround(history[i].test.auc));
    });
  }
  const text = readFileSync(metrics, "utf8");
  for (const line of text.trim().split("\n")) {
    assert.match(line, /^(# (HELP|TYPE) pulmo_\w+ .+|pulmo_\w+\{(\w+="[^"]*",?)+\} -?[\d.e+-]+)$/);
  }
  assert.match(text, /^pulmo_train_steps_total\{training="logistic"\} 9$/m);
  assert.match(text, /^pulmo_train_epochs_finished_total\{training="logistic\/seed-5"\} 3$/m);
  assert.match(text, /^pulmo_epoch_auc\{training="logistic",split="test"\} [\d.]+$/m);
});

test("labels are escaped", () => {
  const text = prometheusText(new Map([['a"b\\c\nd', { epoch: 1 }]]), 0);
  assert.match(text, /\{training="a\\"b\\\\c\\nd"\} 1\n/);
});

test("a path that is not writable is refused before the run starts", async () => {
  const out = join(temporaryFolder(), "out");
  const training = ["train", "--data", root, "--models", "logistic", "--epochs", "1", "--out", out];
  await assertRefused([...training, "--metrics-file", "/proc/x/y.prom"], /--metrics-file \/proc\/x\/y\.prom is not writable/);
  await assertRefused([...training, "--tensorboard", "/proc/x/y"], /--tensorboard \/proc\/x\/y is not writable/);
  assert.not.ok(existsSync(out));
});

test.run();
