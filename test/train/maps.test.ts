// Saliency maps of whole models against PyTorch in float64 (test/fixtures/make-torch-reference.py), and their sums.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { findModel } from "#pulmo/core/models/index.js";
import { readEntry } from "#pulmo/core/values.js";
import type { PixelRows } from "#pulmo/data/types.js";
import { chooseVariant } from "#pulmo/node/variant.js";
import { explain } from "#pulmo/train/explain.js";
import { planNetwork } from "#pulmo/train/network.js";
import { gradientError } from "../reference/compare.js";
import { type ModelFixture, readFixture, type TensorSummary } from "../reference/fixture.js";
import { pixels, SIDE } from "../reference/formula.js";
import { fixtureNetwork } from "./network.js";

const test = suite("maps against PyTorch");

const summaries = JSON.parse(readFileSync("test/fixtures/torch-maps.json", "utf8")).models as (TensorSummary & {
  logits: number[];
})[];

/** The fixture's batch as a split. The labels are not used. */
function rowsOf({ batch, pixelStream }: ModelFixture): PixelRows {
  const [bytes, rowBytes] = [pixels(batch, pixelStream), SIDE * SIDE * 3];
  const image = { file: "", split: "test", label: 0, bytes: 0 } as const;
  return {
    images: Array.from({ length: batch }, () => image),
    rowBytes,
    read: async (i, into) => into.set(bytes.subarray(i * rowBytes, (i + 1) * rowBytes)),
  };
}

/** Images per step: fewer than the batch, so that there is a second, shorter step. */
const STEP = 3;

for (const model of ["logistic", "dnn", "resnet18"] as const) {
  test(`${model}: every position, and the sum`, async () => {
    const fixture = readFixture(model);
    const summary = summaries.find((s) => s.name === model)!;
    const network = fixtureNetwork(model, fixture, 2, STEP);
    try {
      const maps = await explain(network, rowsOf(fixture), [...Array(fixture.batch).keys()]);
      assert.equal([maps.length, maps[0].side, maps[0].side], summary.shape);
      const error = gradientError(Float32Array.from(maps.flatMap(({ values }) => [...values])), summary);
      // PyTorch's own float32 results differ by 5e-8 to 4e-7.
      assert.ok(error < 2e-6, `off by ${error}`);
      const bias = network.store.parameters.find((p) => p.name === "1.bias");
      const [b0, b1] = model === "logistic" ? readEntry(network, bias!) : [0, 0];
      // The mean class activation, and a linear model's shares plus bias, equal the log-odds. A gradient has no such sum.
      maps.forEach(({ values }, n) => {
        const sum = values.reduce((total, v) => total + v, 0);
        const logOdds = summary.logits[2 * n + 1] - summary.logits[2 * n];
        const total = model === "resnet18" ? sum / values.length : sum + b1 - b0;
        if (model !== "dnn")
          assert.ok(Math.abs(total - logOdds) < 1e-5 * (1 + Math.abs(logOdds)), `image ${n}: ${total}, log-odds ${logOdds}`);
      });
    } finally {
      await network.pool.close();
    }
  });
}

test("an explanation plan adds no memory to training except the maps", () => {
  const options = { batchSize: 32, imageSize: SIDE, threads: 2, variant: chooseVariant(), seed: 0, lr: 1e-4 };
  for (const model of ["dnn", "resnet18"]) {
    const [without, with8] = [0, 8].map((explanationBatch) => planNetwork(findModel(model)!, { ...options, explanationBatch }));
    const maps = with8.program.io.maps!.bytes;
    assert.ok(
      with8.layout.bytes - without.layout.bytes <= 2 * (maps + 64),
      `${model}: ${with8.layout.bytes - without.layout.bytes}`,
    );
  }
});

test("a network planned without explanations throws", async () => {
  const fixture = readFixture("logistic");
  const network = fixtureNetwork("logistic", fixture, 1);
  try {
    await explain(network, rowsOf(fixture), [0]).then(
      () => assert.unreachable(),
      (error) => assert.match(error.message, /without explanations/),
    );
  } finally {
    await network.pool.close();
  }
});

test.run();
