import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromTorch, type Packing, packedLength, toTorch } from "#pulmo/core/parameters.js";
import { transposeInner } from "../reference/layout.js";

const test = suite("parameters");

const packings: Packing[] = [];
for (const kind of ["panels", "rows"] as const) {
  for (const O of [1, 2, 15, 16, 17, 33]) {
    for (const [A, B] of [
      [1, 1],
      [1, 7],
      [9, 1],
      [9, 3],
      [49, 3],
      [4, 16],
    ])
      packings.push({ kind, O, A, B });
  }
}

const numbered = (length: number) => Float32Array.from({ length }, (_, i) => i + 1);

for (const packing of packings) {
  const { kind, O, A, B } = packing;
  test(`${kind} O=${O} A=${A} B=${B}`, () => {
    const values = numbered(O * A * B);
    const packed = new Float32Array(packedLength(packing));
    fromTorch(packed, values, packing);
    assert.equal(toTorch(packed, packing), values, "there and back");
    assert.is(packed.length % 16, 0);
    assert.is(packed.filter((v) => v !== 0).length, values.length, "every value once, padding zero");
    // [o][b][a] -> [o][a][b], stored row by row, and as panels[ceil(O/16)][A*B][16] column by column.
    const rows = transposeInner(values, O, B, A);
    rows.forEach((value, i) => {
      const [o, k] = [Math.floor(i / (A * B)), i % (A * B)];
      const at = kind === "rows" ? i : (Math.floor(o / 16) * A * B + k) * 16 + (o % 16);
      assert.is(packed[at], value, `o=${o} k=${k}`);
    });
  });
}

test.run();
