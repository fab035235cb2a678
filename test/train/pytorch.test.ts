// Whole models against PyTorch. test/fixtures/make-torch-reference.py computed in float64 the first batch's logits and gradients,
// and the losses of ten Adam steps. A tensor's gradient may differ by 1e-4 of its norm.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { countParameters, type Entry } from "#pulmo/core/parameters.js";
import { readEntry } from "#pulmo/core/values.js";
import { probability } from "#pulmo/eval/log-odds.js";
import { prepareEvaluation } from "#pulmo/train/evaluate.js";
import type { Network } from "#pulmo/train/network.js";
import { gradientError } from "../reference/compare.js";
import { readFixture } from "../reference/fixture.js";
import { fixtureNetwork, runBatch } from "./network.js";

const test = suite("models against PyTorch");
const PARAMETERS = { logistic: 301_058, dnn: 77_235_330, resnet18: 11_177_538 };

const names = (list: { name: string }[]) => list.map((p) => p.name).sort();

/** After one step Adam's first moment is (1 - beta1) times the gradient. This gives the gradient of a fused layer. */
function firstGradient(network: Network, entry: Entry): Float32Array {
  const { store } = network;
  if (!entry.fused) return readEntry(network, entry, store.gradients);
  return readEntry(network, entry, store.moments1).map((m) => m / 0.1);
}

for (const model of ["logistic", "dnn", "resnet18"] as const) {
  test(`${model}: losses, gradients, running statistics and ten Adam steps`, async () => {
    const fixture = readFixture(model);
    const network = fixtureNetwork(model, fixture, 2);
    try {
      const { store } = network;
      assert.is(countParameters(store), PARAMETERS[model]);
      assert.equal(names(store.parameters), names(fixture.parameters));
      const first = await runBatch(network, fixture, "train", 1);
      for (const summary of fixture.parameters) {
        const entry = store.parameters.find((p) => p.name === summary.name)!;
        assert.equal(entry.shape, summary.shape);
        const error = gradientError(firstGradient(network, entry), summary);
        assert.ok(error < 1e-4, `${summary.name}: gradient off by ${error}`);
      }
      for (const summary of fixture.runningStatistics) {
        const entry = store.statistics.find((p) => p.name === summary.name)!;
        const error = gradientError(readEntry(network, entry), summary);
        assert.ok(error < 1e-5, `${summary.name}: off by ${error}`);
      }
      const rest = await runBatch(network, fixture, "train", 9);
      [...first.losses, ...rest.losses].forEach((loss, step) => {
        const error = Math.abs(loss / fixture.losses[step] - 1);
        assert.ok(error < (step === 0 ? 1e-5 : 1e-3), `loss of step ${step}: ${loss}, PyTorch ${fixture.losses[step]}`);
      });
      await prepareEvaluation(network);
      const { logits } = await runBatch(network, fixture, "evaluate", 1);
      for (let n = 0; n < fixture.batch; n++) {
        const [p, expected] = [logits, fixture.evaluatedLogits].map((both) => probability(both[2 * n + 1] - both[2 * n]));
        assert.ok(Math.abs(p - expected) < 1e-4, `image ${n}: ${p}, PyTorch ${expected}`);
      }
    } finally {
      await network.pool.close();
    }
  });
}

test.run();
