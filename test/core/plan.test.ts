// Properties of the memory layout, for random plans.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Argument, type Buffer, type Call, encode, type Life, layOut, slotStride } from "#pulmo/core/plan.js";
import { createRng } from "#pulmo/core/rng.js";

const test = suite("plan");
const PAGE = 65536;

/** Any kernel will do. */
const callOf = (args: Argument[]): Call => ({ kernel: "adam", label: "", tiles: 1, args, flops: 0, bytes: 0 });

interface RandomPlans {
  plans: Call[][];
  persistent: Buffer[];
  threads: number;
}

/** One to three plans over buffers of 1 to 5000 bytes; persistent, slot and prepared buffers are shared, step buffers are not. */
function randomPlans(seed: number): RandomPlans {
  const rng = createRng(seed);
  const make = (life: Life, count: number): Buffer[] =>
    Array.from({ length: count }, (_, i) => ({ name: `${life} ${i}`, bytes: 1 + rng.below(5000), life, address: 0 }));
  const persistent = make("persistent", rng.below(4));
  const slots = make("slot", rng.below(4));
  const prepared = make("prepared", rng.below(3));
  const plans = Array.from({ length: 1 + rng.below(3) }, () => {
    const own = make("step", 1 + rng.below(25));
    const any = [...persistent, ...slots, ...(rng.below(2) ? prepared : []), ...own, ...own];
    return Array.from({ length: 1 + rng.below(30) }, (): Call => {
      const args = Array.from({ length: rng.below(6) }, (): Argument => {
        const buffer = any[rng.below(any.length)];
        return [buffer, buffer, { buffer, offset: rng.below(buffer.bytes), bytes: 1 }, 7, { scratch: 1 + rng.below(900) }][
          rng.below(5)
        ];
      });
      return callOf(args);
    });
  });
  return { plans, persistent, threads: 1 + rng.below(5) };
}

const bufferOf = (a: Argument): Buffer | undefined =>
  typeof a === "number" || "scratch" in a ? undefined : "life" in a ? a : a.buffer;

interface Range {
  what: string;
  begin: number;
  end: number;
  /** Index of the first and last call that use the bytes. */
  first: number;
  last: number;
}

/** All buffers of a plan's steps, with their lifetimes. */
function rangesOf(calls: Call[], { persistent, threads }: RandomPlans, layout: ReturnType<typeof layOut>): Range[] {
  const always = { first: 0, last: Infinity };
  const ranges: Range[] = persistent.map((b) => ({ what: b.name, begin: b.address, end: b.address + b.bytes, ...always }));
  for (let i = 0; i < threads; i++) {
    const begin = layout.scratchAddress + i * layout.scratchStride;
    ranges.push({ what: `scratch ${i}`, begin, end: begin + layout.scratchStride, ...always });
  }
  const lives = new Map<Buffer, [number, number]>();
  calls.forEach((call, i) => {
    for (const buffer of call.args.map(bufferOf)) if (buffer) lives.set(buffer, [lives.get(buffer)?.[0] ?? i, i]);
  });
  for (const [b, [first, last]] of lives) {
    if (b.life === "prepared") ranges.push({ what: b.name, begin: b.address, end: b.address + b.bytes, ...always });
    if (b.life === "step") ranges.push({ what: b.name, begin: b.address, end: b.address + b.bytes, first, last });
    if (b.life !== "slot") continue;
    for (const copy of [0, 1]) {
      const begin = b.address + copy * slotStride(b.bytes);
      ranges.push({ what: `${b.name} copy ${copy}`, begin, end: begin + b.bytes, ...always });
    }
  }
  return ranges;
}

test("no two buffers that live at the same time share a byte; all are aligned and inside", () => {
  let shared = 0;
  for (let seed = 1; seed <= 400; seed++) {
    const random = randomPlans(seed);
    const layout = layOut(random.plans, random.persistent, random.threads);
    for (const calls of random.plans) {
      const ranges = rangesOf(calls, random, layout);
      for (const [i, a] of ranges.entries()) {
        assert.is(a.begin % 64, 0, `seed ${seed}: ${a.what} at ${a.begin}`);
        assert.ok(a.begin >= PAGE && a.end <= layout.bytes, `seed ${seed}: ${a.what} in ${a.begin}..${a.end} of ${layout.bytes}`);
        for (const b of ranges.slice(0, i)) {
          const overlap = a.begin < b.end && b.begin < a.end;
          const together = a.first <= b.last && b.first <= a.last;
          assert.not.ok(overlap && together, `seed ${seed}: ${a.what} and ${b.what} share bytes`);
          if (overlap) shared++;
        }
      }
    }
  }
  assert.ok(shared > 1000, "buffers that live one after the other do share bytes");
});

test("step buffers that follow each other share bytes", () => {
  const step = (bytes: number): Buffer => ({ name: `${bytes}`, bytes, life: "step", address: 0 });
  const chain = [step(6400), step(640), step(6400), step(64)];
  const calls = chain.slice(1).map((b, i) => callOf([b, chain[i]]));
  const { bytes } = layOut([calls], [], 1);
  assert.is(bytes, PAGE + 6400 + 640, "the large ones never meet");
});

test("a prepared buffer has one address, and shares its bytes with plans that do not name it", () => {
  const [prepared, other]: Buffer[] = [
    ["prepared", 6400],
    ["step", 6400],
  ].map(([life, bytes]) => ({ name: "b", bytes, life, address: 0 }) as Buffer);
  const call = (buffer: Buffer) => callOf([buffer]);
  const { bytes } = layOut([[call(prepared)], [call(prepared)], [call(other)]], [], 1);
  assert.is(bytes, PAGE + 6400);
  assert.is(prepared.address, other.address);
});

test("encode turns buffers into addresses, marks slots and scratch", () => {
  const kept: Buffer = { name: "kept", bytes: 100, life: "persistent", address: 0 };
  const slot: Buffer = { name: "slot", bytes: 100, life: "slot", address: 0 };
  const step: Buffer = { name: "step", bytes: 100, life: "step", address: 0 };
  const args = [step, slot, { buffer: kept, offset: 8, bytes: 4 }, { scratch: 70 }, 5, { buffer: slot, offset: 4, bytes: 4 }];
  const calls = [callOf(args)];
  const layout = layOut([calls], [kept], 2);
  const [call] = encode(calls, layout);
  assert.equal(call.args, [step.address, slot.address, kept.address + 8, layout.scratchAddress, 5, slot.address + 4]);
  assert.equal(call.slots, [
    [1, 128],
    [5, 128],
  ]);
  assert.equal(call.scratch, [3]);
  assert.is(layout.scratchStride, 128);
  assert.is(step.address - layout.scratchAddress, 2 * 128);
});

test("a persistent buffer that nobody registered is an error", () => {
  const lost: Buffer = { name: "lost", bytes: 4, life: "persistent", address: 0 };
  assert.throws(() => layOut([[callOf([lost])]], [], 1), /lost: not registered/);
});

test.run();
