// binary16: every value, and the rounding between values.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createRng } from "#pulmo/core/rng.js";
import { halfBits, halfValue } from "#pulmo/core/tensors.js";

const test = suite("tensors");

const INFINITY = 0x7c00;

test("a binary16 value is converted without change", () => {
  for (let bits = 0; bits < 65536; bits++) {
    if (Number.isNaN(halfValue(bits))) assert.ok(Number.isNaN(halfValue(halfBits(NaN))));
    else assert.is(halfBits(halfValue(bits)), bits);
  }
});

test("values round to the nearest, ties to even", () => {
  const rng = createRng(1, 0);
  for (let bits = 0; bits + 1 < INFINITY; bits++) {
    const [low, high] = [halfValue(bits), halfValue(bits + 1)];
    const middle = (low + high) / 2;
    const even = bits % 2 === 0 ? bits : bits + 1;
    assert.is(halfBits(middle), even);
    assert.is(halfBits(-middle), even | 0x8000);
    const value = Math.fround(low + (high - low) * rng.uniform());
    if (value !== middle) assert.is(halfBits(value), value < middle ? bits : bits + 1, String(value));
  }
  assert.is(halfBits(65519.996), 0x7bff);
  assert.is(halfBits(65520), INFINITY);
  assert.is(halfBits(-Infinity), INFINITY | 0x8000);
  assert.is(halfBits(1e-8), 0);
});

test.run();
