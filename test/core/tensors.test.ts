// binary16 to float64, by IEEE 754: sign, five bits of exponent (bias 15), ten of fraction.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { halfValue } from "#pulmo/core/tensors.js";

const test = suite("tensors");

test("binary16: normal and subnormal numbers, infinities and NaN", () => {
  for (const [bits, value] of [
    [0x0000, 0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 1365 * 2 ** -12],
    [0x3c00, 1],
    [0x3c01, 1025 / 1024],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x8000, -0],
  ]) {
    assert.ok(Object.is(halfValue(bits), value), bits.toString(16));
  }
  assert.ok(Number.isNaN(halfValue(0x7c01)));
});

test.run();
