// `bench step --profile`, against numbers worked by hand, and as a program.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { profileText } from "#pulmo/commands/step-profile.js";
import type { Call } from "#pulmo/core/plan.js";
import { profileOf } from "#pulmo/train/profile.js";
import { pulmo } from "./cli.js";

const test = suite("bench step --profile");

// Two workers, two steps; two chunks of a call and a serial one.
const calls: Call[] = [
  { kernel: "matmul", label: "a forward", args: [], tiles: 3, flops: 9e6, bytes: 6e6 },
  { kernel: "matmul", label: "a forward", args: [], tiles: 3, flops: 9e6, bytes: 6e6 },
  { kernel: "adamStep", label: "adam step", args: [], tiles: 1, flops: 0, bytes: 0 },
];
const times = [
  { busy: Float64Array.of(8, 8, 2), whole: Float64Array.of(8, 8, 2), squares: Float64Array.of(16, 16, 2) },
  { busy: Float64Array.of(4, 4, 0), whole: Float64Array.of(8, 8, 2), squares: Float64Array.of(8, 8, 0) },
];

test("chunks of one call are one row; time, rate, balance and waiting are per step", () => {
  const { ms, rows } = profileOf(calls, times, 2);
  assert.is(ms, 9);
  assert.equal(
    rows.map((r) => [r.label, r.calls, r.tiles, r.ms]),
    [
      ["a forward", 2, 6, 8],
      ["adam step", 1, 1, 1],
    ],
  );
  const [forward] = rows;
  assert.is(forward.gflops, 18e6 / 8 / 1e6);
  assert.is(forward.gbPerSecond, 12e6 / 8 / 1e6);
  assert.is(forward.waitMs, 8 - 6);
  assert.is(forward.imbalance, 8 / 6);
});

test("the prediction knows that three tiles on two threads take two rounds, and one tile one", () => {
  const { predicted } = profileOf(calls, times, 2);
  const barriers = 3 * 0.015;
  assert.is(predicted[1], 1);
  assert.ok(Math.abs(predicted[2] - 13 / (4 + 4 + 1 + barriers)) < 1e-12);
  assert.ok(Math.abs(predicted[24] - 13 / (2 + 2 + 1 + barriers)) < 1e-12);
});

test("with a bandwidth, a call takes at least as long as its bytes", () => {
  // 6 MB at 3 GB/s take 2 ms, as long as two rounds of tiles of 1 ms.
  const { predictedWithBandwidth } = profileOf(calls, times, 2, 3);
  const barriers = 3 * 0.015;
  assert.ok(Math.abs(predictedWithBandwidth![24] - 13 / (2 + 2 + 1 + barriers)) < 1e-12);
  const { predictedWithBandwidth: slow } = profileOf(calls, times, 2, 1);
  assert.ok(Math.abs(slow![24] - 13 / (6 + 6 + 1 + barriers)) < 1e-12);
});

test("tiles of unequal length keep their sum and end later", () => {
  const call: Call = { kernel: "conv2d", label: "c", args: [], tiles: 48, flops: 0, bytes: 0 };
  const predicted = (squares: number) => {
    const one = { busy: Float64Array.of(48), whole: Float64Array.of(48), squares: Float64Array.of(squares) };
    return profileOf([call], [one], 1).predicted;
  };
  assert.ok(Math.abs(predicted(48)[24] - 48 / (2 + 0.015)) < 1e-12);
  assert.ok(Math.abs(predicted(96)[1] - 1) < 1e-12);
  assert.ok(predicted(96)[24] < 0.8 * predicted(48)[24]);
});

test("the table names every call and kernel", () => {
  const text = profileText(profileOf(calls, times, 2));
  for (const part of ["a forward", "adam step", "matmul", "One step: 9.0 ms", "24 threads"]) assert.match(text, part);
});

test("the program prints it, also as JSON, and --no-revectorize is heard", async () => {
  const args = ["bench", "step", "--model", "logistic", "--batch-size", "2", "--iterations", "2", "--threads", "2"];
  const { code, stdout } = await pulmo([...args, "--profile", "--json", "--no-revectorize"]);
  assert.is(code, 0);
  const { rows, predicted, wasm } = JSON.parse(stdout);
  assert.is(wasm, "relaxed");
  assert.ok(rows.some((row: { kernel: string }) => row.kernel === "adam"));
  assert.ok(predicted[24] >= 1);
});

test.run();
