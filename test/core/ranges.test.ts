// Every address range that a call may touch is inside its buffer, for every call of every plan: the ranges declared by the
// kernels' tags (verified by test/assembly) against the memory layout. Recording rejects calls that violate this.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { call } from "#pulmo/core/call.js";
import { KERNELS } from "#pulmo/core/kernels.js";
import type { Normalization } from "#pulmo/core/models/definition.js";
import { MODELS } from "#pulmo/core/models/index.js";
import { type Call, encode, type Layout, sliceOf, slotStride } from "#pulmo/core/plan.js";
import { layOutProgram, recordProgram } from "#pulmo/core/program.js";
import { buffer } from "#pulmo/core/tape.js";
import { plainShapes } from "#pulmo/node/variant.js";

const test = suite("ranges");
const pure = plainShapes();
const THREADS = 3;

/** The ranges of a call by operand name: those it may touch, and those that belong to the operand. */
function rangesOf(recorded: Call, encoded: number[], layout: Layout) {
  const spec = KERNELS[recorded.kernel];
  const numbers: Record<string, number> = { tiles: recorded.tiles };
  spec.parameters.forEach((name, i) => {
    const argument = recorded.args[i];
    if (typeof argument === "number") numbers[name] = argument;
  });
  return spec.parameters.flatMap((name, i) => {
    const argument = recorded.args[i];
    const address = encoded[i];
    if (typeof argument === "number") return [];
    if ("scratch" in argument) {
      const room = { begin: layout.scratchAddress, end: layout.scratchAddress + layout.scratchStride };
      return [{ name, begin: address, end: address + spec.scratch!(numbers, pure), room }];
    }
    const { buffer, offset, bytes } = sliceOf(argument);
    const touched = spec.operands.find((o) => o.name === name)!.bytes!(numbers, pure);
    const begin = buffer.address + offset;
    return [
      {
        name,
        begin: address,
        end: address + touched,
        room: { begin, end: Math.min(begin + bytes, buffer.address + buffer.bytes) },
      },
    ];
  });
}

for (const model of MODELS) {
  for (const [imageSize, batchSize, treated] of [
    [64, 5, false],
    [64, 5, true],
    [224, 32, false],
  ] as const) {
    const how = treated ? ", augmented and normalized" : "";
    test(`${model.name}, ${batchSize} images of ${imageSize} pixels${how}: every operand and scratch of every call`, () => {
      const normalization = treated ? ({ mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] } as Normalization) : undefined;
      const sizes = { batchSize, lastBatchSize: 3, evaluationBatch: 4, explanationBatch: 2, imageSize };
      const options = { ...sizes, augment: treated, normalization, smallSize: treated ? 40 : 0 };
      const program = recordProgram(model, pure, options);
      const layout = layOutProgram(program, THREADS);
      let checked = 0;
      for (const [plan, calls] of Object.entries(program.plans)) {
        const present = plan.startsWith("small") ? program.options.smallSize > 0 : plan !== "prepare";
        if (present) assert.ok(calls.length > 0, `${plan} has calls`);
        encode(calls, layout).forEach(({ args, slots }, i) => {
          for (const { name, begin, end, room } of rangesOf(calls[i], args, layout)) {
            const what = `${plan}, ${calls[i].label}: ${calls[i].kernel} ${name} ${begin}..${end} in ${room.begin}..${room.end}`;
            // A kernel that needs no scratch any more still has the argument.
            const empty = name === "scratch" && end === begin;
            assert.ok(begin >= room.begin && end <= room.end && (end > begin || empty), what);
            assert.ok(end <= layout.bytes, what);
            checked++;
          }
          for (const [position, stride] of slots) {
            const argument = calls[i].args[position];
            assert.ok(
              typeof argument === "object" && !("scratch" in argument) && stride >= slotStride(sliceOf(argument).buffer.bytes),
            );
          }
        });
      }
      assert.ok(checked > 20, `${checked} ranges`);
    });
  }
}

test("an operand that is too small is refused when its call is recorded", () => {
  const [y, x, bias] = [buffer("y", 4 * 6), buffer("x", 4 * 6), buffer("bias", 4 * 2)];
  const given = { y, partial: x, bias, N: 3, O: 2, chunks: 1 };
  call(pure, "narrowLinearSum", given, "fits");
  const small = { ...given, y: buffer("y", 4 * 5) };
  assert.throws(
    () => call(pure, "narrowLinearSum", small, "sum"),
    /^sum: narrowLinearSum touches 24 bytes of y, but y has 20 there$/,
  );
  const slice = { ...given, partial: { buffer: buffer("big", 4096), offset: 0, bytes: 20 } };
  assert.throws(() => call(pure, "narrowLinearSum", slice, "sum"), /touches 24 bytes of partial, but big has 20/);
});

test("a forgotten argument, a surplus one, a wrong name and a missing operand are refused", () => {
  const [y, partial, bias] = ["y", "partial", "bias"].map((name) => buffer(name, 64));
  const given = { y, partial, bias, N: 1, O: 2, chunks: 1 };
  const { chunks: _, ...forgotten } = given;
  // @ts-expect-error: chunks is missing
  assert.throws(() => call(pure, "narrowLinearSum", forgotten, "sum"), /touches NaN bytes of partial/);
  const surplus = /^sum: narrowLinearSum has no argument pad$/;
  // @ts-expect-error: there is no such argument
  assert.throws(() => call(pure, "narrowLinearSum", { y, partial, bias, N: 1, O: 2, chunks: 1, pad: 0 }, "sum"), surplus);
  // The types do not check the properties of a spread.
  assert.throws(() => call(pure, "narrowLinearSum", { ...given, ...{ pad: 0 } }, "sum"), surplus);
  assert.throws(() => call(pure, "narrowLinearSum", { ...given, ...{ tiles: 7 } }, "sum"), /has no argument tiles/);
  // @ts-expect-error: there is no such kernel
  assert.throws(() => call(pure, "narrowLinearSums", given, "sum"));
  // @ts-expect-error: only optional operands may be absent
  assert.throws(() => call(pure, "narrowLinearSum", { ...given, bias: 0 }, "sum"), /narrowLinearSum cannot take bias 0/);
  // @ts-expect-error: the exports are typed as well; WebAssembly itself would take a forgotten argument for 0
  assert.type(() => pure.narrowLinearSum(0, 0, 0), "function");
});

test.run();
