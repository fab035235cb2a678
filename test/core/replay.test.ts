// The core alone: no Node, no threads. A model is recorded, laid out in unshared memory and replayed. It gives the same bits as
// the same kernels over shared memory.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { instantiate } from "#pulmo/core/kernels.js";
import { MODELS } from "#pulmo/core/models/index.js";
import { encode } from "#pulmo/core/plan.js";
import { allocate, layOutProgram, type PlanName, recordProgram } from "#pulmo/core/program.js";
import { bind, replay } from "#pulmo/core/replay.js";
import { initialize, slotBytes, slotDoubles, slotFloats } from "#pulmo/core/values.js";
import { hash } from "../reference/formula.js";

const test = suite("replay");
const compile = (file: string) => new WebAssembly.Module(readFileSync(`dist/core/${file}.wasm`));
const OPTIONS = { batchSize: 4, evaluationBatch: 4, imageSize: 32 };

/** Losses of two training steps and the logits afterwards. */
function run(model: (typeof MODELS)[number], file: string, shared: boolean) {
  const module = compile(file);
  const program = recordProgram(model, instantiate(module, new WebAssembly.Memory({ initial: 1, maximum: 1, shared })), OPTIONS);
  const layout = layOutProgram(program, 1);
  const memory = allocate(layout, shared);
  const kernels = instantiate(module, memory);
  const placed = { ...program, memory };
  initialize(placed, 5, 1e-3);
  const { io } = program;
  slotBytes(placed, io.bytes, 0).forEach((_, i, all) => (all[i] = hash(1, i) >>> 24));
  slotBytes(placed, io.labels, 0).forEach((_, i, all) => (all[i] = i % 2));
  const step = (plan: PlanName) => replay(bind(encode(program.plans[plan], layout), kernels, 0));
  const losses = [1, 2].map(() => {
    step("train");
    return slotDoubles(placed, io.report, 0)[0];
  });
  step("prepare");
  step("evaluate");
  return { losses, logits: [...slotFloats(placed, io.logits, 0)] };
}

for (const model of MODELS) {
  test(`${model.name} trains and evaluates over memory that is not shared, with the same bits`, () => {
    const alone = run(model, "unshared", false);
    assert.ok(
      alone.losses.every((loss) => loss > 0 && loss < 100),
      `losses ${alone.losses}`,
    );
    assert.ok(alone.losses[1] !== alone.losses[0], "the weights moved");
    assert.ok(alone.logits.every(Number.isFinite));
    assert.equal(alone, run(model, "simd", true));
  });
}

test.run();
