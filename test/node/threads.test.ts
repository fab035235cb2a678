// The number of threads does not change the results. A run always ends: after a worker error, a feeding error, slow feeding, or a
// stop.

import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { call } from "#pulmo/core/call.js";
import { findModel } from "#pulmo/core/models/index.js";
import { type Buffer, type Call, type Life, layOut, slotStride } from "#pulmo/core/plan.js";
import { slotBytes, slotDoubles } from "#pulmo/core/values.js";
import type { Host, Pool } from "#pulmo/core/worker-pool.js";
import { createPool } from "#pulmo/node/piscina-pool.js";
import { chooseVariant, compileKernels, shapeFunctions } from "#pulmo/node/variant.js";
import { createNetwork, type Network } from "#pulmo/train/network.js";
import { hash } from "../reference/formula.js";

const test = suite("threads");

// ---- Bits.

const OPTIONS = {
  batchSize: 5,
  lastBatchSize: 3,
  evaluationBatch: 4,
  explanationBatch: 3,
  seed: 7,
  lr: 1e-3,
  variant: chooseVariant(),
};
const SIZES = { logistic: 48, dnn: 32, resnet18: 48 };

/** All memory written by two training steps, a short step, an evaluation and an explanation. */
async function results(model: keyof typeof SIZES, threads: number): Promise<Record<string, Uint8Array>> {
  const network = createNetwork(findModel(model)!, { ...OPTIONS, imageSize: SIZES[model], threads });
  const { store, io, pool } = network;
  const collected: number[] = [];
  let logits = new Uint8Array();
  let maps = new Uint8Array();
  try {
    const runs = [
      { plan: "train", steps: 2 },
      { plan: "trainLast", steps: 1 },
      { plan: "prepare", steps: 1 },
      { plan: "evaluate", steps: 1 },
      { plan: "explain", steps: 1 },
    ] as const;
    const done = await pool.run(runs, {
      feed(step, slot) {
        slotBytes(network, io.bytes, slot).forEach((_, i, all) => (all[i] = hash(step, i) >>> 24));
        slotBytes(network, io.labels, slot).forEach((_, i, all) => (all[i] = hash(step + 100, i) & 1));
      },
      collect(step, slot) {
        if (step < 3) collected.push(slotDoubles(network, io.report, slot)[0]);
        else if (step === 5) maps = slotBytes(network, io.maps!, slot).slice();
        else logits = slotBytes(network, io.logits, slot).slice();
      },
    });
    assert.is(done, 6);
  } finally {
    await pool.close();
  }
  assert.ok(maps.length > 0 && new Float32Array(maps.buffer).every(Number.isFinite), "maps are finite");
  assert.ok(
    collected.every((loss) => loss > 0 && loss < 100),
    `losses ${collected}`,
  );
  const region = (b: Buffer) => bytesOf(network, b);
  return {
    weights: region(store.weights),
    gradients: region(store.gradients),
    moments: region(store.moments2),
    statistics: region(store.running),
    totals: region(io.totals),
    losses: new Uint8Array(Float64Array.from(collected).buffer),
    logits,
    maps,
  };
}

const bytesOf = ({ memory }: Network, b: Buffer) => new Uint8Array(memory.buffer, b.address, b.bytes);

for (const model of Object.keys(SIZES) as (keyof typeof SIZES)[]) {
  test(`${model}: 1, 2, 3 and 5 threads give the same bits`, async () => {
    const one = await results(model, 1);
    for (const threads of [2, 3, 5]) {
      const several = await results(model, threads);
      for (const [what, bytes] of Object.entries(one)) {
        assert.is(compareBytes(bytes, several[what]), 0, `${what} with ${threads} threads`);
      }
    }
  });
}

const compareBytes = globalThis.Buffer.compare;

// ---- A pool with a plan of this test.

interface Machine {
  pool: Pool<"add">;
  /** f32: the sum so far. */
  total: Float32Array;
  /** f32, one per slot. */
  input: Float32Array[];
  output: Float32Array[];
}

/** Each step: total += input;  output = total. `extra` calls are in between. */
function adder(threads: number, extra: Call[] = [], patience?: number): Machine {
  const make = (name: string, life: Life): Buffer => ({ name, bytes: 4, life, address: 0 });
  const [total, input, output] = [make("total", "persistent"), make("input", "slot"), make("output", "slot")];
  const module = compileKernels(OPTIONS.variant);
  const pure = shapeFunctions(module);
  // y = bias + the sum over chunks of partial.
  const one = { N: 1, O: 1 };
  const calls: Call[] = [
    call(pure, "narrowLinearSum", { y: total, partial: total, bias: input, ...one, chunks: 1 }, "add"),
    ...extra,
    call(pure, "narrowLinearSum", { y: output, partial: total, bias: total, ...one, chunks: 0 }, "copy"),
  ];
  const layout = layOut([calls], [total], threads);
  const pages = Math.ceil(layout.bytes / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const floats = (address: number) => new Float32Array(memory.buffer, address, 1);
  const slots = (b: Buffer) => [floats(b.address), floats(b.address + slotStride(b.bytes))];
  const pool = createPool({ module, memory, plans: { add: calls }, layout, threads, ...(patience && { patience }) });
  return { pool, total: floats(total.address), input: slots(input), output: slots(output) };
}

/** Feeds 1, 2, 3, ... and checks that step s returns 1 + 2 + ... + (s + 1). */
function counting({ input, output }: Machine, collected: number[] = []): Required<Host> {
  return {
    feed: (step, slot) => void (input[slot][0] = step + 1),
    collect(step, slot) {
      collected.push(step);
      assert.is(output[slot][0], ((step + 1) * (step + 2)) / 2, `step ${step}`);
    },
  };
}

const BAD: Call = {
  kernel: "reluBackward",
  label: "out of range",
  tiles: 1,
  args: [0x7ffffff0, 65536, 65536, 4],
  flops: 0,
  bytes: 0,
};

/** Fails the test if `work` takes longer than `ms`, or causes an unhandled rejection. */
async function promptly<T>(ms: number, work: Promise<T>): Promise<T> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  const timer = new AbortController();
  const late = sleep(ms, "late", { signal: timer.signal });
  late.catch(() => undefined);
  try {
    const first = await Promise.race([work, late]);
    if (first === "late") throw new Error(`still running after ${ms} ms`);
    return first as T;
  } finally {
    timer.abort();
    await sleep(20);
    process.off("unhandledRejection", note);
    assert.equal(unhandled, [], "unhandled rejections");
  }
}

const rejection = async (run: Promise<unknown>): Promise<Error> =>
  run.then(
    () => {
      throw new Error("it resolved");
    },
    (error: Error) => error,
  );

/** Longer than a sleeping worker needs to notice (200 ms), on a busy machine. */
const PROMPT_MS = 5000;

for (const threads of [1, 2, 3]) {
  test(`${threads} threads: a trap in a worker rejects the run, also during feeding`, async () => {
    for (const slow of [0, 100]) {
      const machine = adder(threads, [BAD]);
      const feed: Host["feed"] = async (step, slot) => {
        if (step === 1) await sleep(slow);
        return counting(machine).feed(step, slot);
      };
      const error = await promptly(PROMPT_MS, rejection(machine.pool.run([{ plan: "add", steps: 5 }], { feed })));
      assert.match(error.message, /out of bounds/);
      await promptly(PROMPT_MS, machine.pool.close());
    }
  });

  test(`${threads} threads: a feeding error rejects the run, in the first step or later`, async () => {
    for (const bad of [0, 3]) {
      const machine = adder(threads);
      const feed: Host["feed"] = async (step, slot) => {
        await sleep(1);
        if (step === bad) throw new Error("no input");
        return counting(machine).feed(step, slot);
      };
      const error = await promptly(PROMPT_MS, rejection(machine.pool.run([{ plan: "add", steps: 6 }], { feed })));
      assert.is(error.message, "no input");
      await promptly(PROMPT_MS, machine.pool.close());
    }
  });

  test(`${threads} threads: every step has its own input, however slow feeding and collecting are`, async () => {
    const machine = adder(threads);
    const { feed, collect } = counting(machine);
    const collected: number[] = [];
    const done = await promptly(
      20_000,
      machine.pool.run(
        [
          { plan: "add", steps: 7 },
          { plan: "add", steps: 4 },
        ],
        {
          // Once longer than the sleep of a waiting worker.
          async feed(step, slot) {
            await sleep(step === 3 ? 450 : 10);
            return feed(step, slot);
          },
          collect(step, slot, doneAt) {
            const until = performance.now() + (step % 3 === 0 ? 5 : 0);
            while (performance.now() < until);
            collected.push(step);
            collect(step, slot, doneAt);
          },
        },
      ),
    );
    assert.is(done, 11);
    assert.equal(
      collected,
      Array.from({ length: 11 }, (_, i) => i),
    );
    await machine.pool.close();
  });

  test(`${threads} threads: stop ends the run after the current step; the next run starts from the beginning`, async () => {
    const machine = adder(threads);
    const { feed } = counting(machine);
    const collected: number[] = [];
    const done = await promptly(
      PROMPT_MS,
      machine.pool.run([{ plan: "add", steps: 100_000 }], {
        feed(step, slot) {
          if (step === 20) machine.pool.stop();
          return feed(step, slot);
        },
        collect: (step) => void collected.push(step),
      }),
    );
    assert.ok(done >= 19 && done <= 23, `${done} steps`);
    assert.equal(
      collected,
      Array.from({ length: done }, (_, i) => i),
    );
    assert.is(machine.total[0], (done * (done + 1)) / 2);
    machine.total[0] = 0;
    assert.is(await promptly(PROMPT_MS, machine.pool.run([{ plan: "add", steps: 9 }], counting(machine))), 9);
    assert.is(machine.total[0], 45);
    machine.pool.stop();
    assert.is(await promptly(PROMPT_MS, machine.pool.run([{ plan: "add", steps: 9 }], { feed })), 1, "a stop between two runs");
    await machine.pool.close();
  });
}

test("stalled workers end the run", async () => {
  // No rows, two billion tiles.
  const endless: Call = { ...BAD, kernel: "narrowLinearPartials", tiles: 2 ** 31 - 1, args: [65536, 65536, 65536, 0, 1, 1] };
  const machine = adder(2, [endless], 1000);
  const error = await promptly(PROMPT_MS, rejection(machine.pool.run([{ plan: "add", steps: 5 }], counting(machine))));
  assert.match(error.message, /^No progress from the worker threads for 1 minutes\.$/);
  await promptly(PROMPT_MS, machine.pool.close());
});

test("closing the pool during a run rejects the run", async () => {
  const machine = adder(2);
  const { feed } = counting(machine);
  let closed: Promise<void> | undefined;
  const run = machine.pool.run([{ plan: "add", steps: 100_000 }], {
    feed(step, slot) {
      if (step === 10) closed = machine.pool.close();
      return feed(step, slot);
    },
  });
  await promptly(PROMPT_MS, rejection(run));
  await promptly(PROMPT_MS, Promise.resolve(closed));
});

test.run();
