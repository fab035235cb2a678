import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ConvShape, conv2dBackwardWeights as oracle } from "../reference/conv2d.js";
import { padded } from "../reference/layout.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { convolutions, extents, geometryOf, operands, stemOf, stems } from "./convolutions.js";
import { input, label, output, random, run, sweep, variants } from "./harness.js";
import { panelCount, rowsOfPanels } from "./panels.js";

const test = suite("kernels: conv2dBackwardWeights");
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);

const splitsOf = ({ n, c, o, r, s }: ConvShape, stem: boolean) =>
  variants[0].kernels.conv2dBackwardWeightsSplits(n, o, r, stem ? 1 : s, stem ? s * c : c);

for (const [name, shapes, stem] of [
  ["in place", convolutions, false],
  ["stem", stems, true],
] as const) {
  test(`conv2dBackwardWeights ${name}`, () => {
    for (const shape of shapes) {
      const { x, dy } = operands(shape);
      const { n, c, o, r, s } = shape;
      const { OH, OW } = extents(shape);
      const expected = oracle(f64(dy), f64(x), shape);
      const magnitude = oracle(absolute(dy), absolute(x), shape);
      const splits = splitsOf(shape, stem);
      const count = panelCount(o) * 16 * r * s * c;
      const partial = output(splits * count);
      const given = { partial, x: input(stem ? padded(x, shape) : x), dy: input(dy), ...(stem ? stemOf : geometryOf)(shape) };
      run("conv2dBackwardWeights", label({ ...shape, splits }), given, (what) => {
        const sum = new Float32Array(count);
        for (let i = 0; i < count; i++) {
          let total = 0;
          for (let split = 0; split < splits; split++) total += partial.result[split * count + i];
          sum[i] = total;
        }
        assertClose(rowsOfPanels(sum, o, r * s * c), expected, (i) => tolerance(n * OH * OW, magnitude[i]), what);
      });
    }
  });
}

test("the sweep meets one split, several, and splits of unequal length", () => {
  const met = convolutions.map((shape) => [shape.n, splitsOf(shape, false)]);
  assert.ok(met.some(([, splits]) => splits === 1));
  assert.ok(met.some(([, splits]) => splits > 2));
  assert.ok(met.some(([n, splits]) => n % splits !== 0));
});

test("sumSplits", () => {
  for (const { count, splits } of sweep({ count: [48, 16, 32, 4080, 4096, 4112, 8208], splits: [3, 1, 2, 96] }, 4)) {
    const partial = random(1, count * splits);
    const out = output(count);
    const sum = (of: (v: number) => number) => {
      const total = new Float64Array(count);
      partial.forEach((v, i) => (total[i % count] += of(v)));
      return total;
    };
    const [expected, magnitude] = [sum((v) => v), sum(Math.abs)];
    run("sumSplits", label({ count, splits }), { out, partial: input(partial), count, splits }, (what) => {
      assertClose(out.result, expected, (i) => tolerance(splits, magnitude[i]), what);
    });
  }
});

test.run();
