import { suite } from "uvu";
import { conv2dBackwardData, conv2d as oracle } from "../reference/conv2d.js";
import { padded } from "../reference/layout.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { convolutions, geometryOf, operands, stemOf, stems } from "./convolutions.js";
import { input, label, output, random, run, updated } from "./harness.js";
import { panelsOfRows, transposedPanels } from "./panels.js";

const test = suite("kernels: conv2d");
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);

const NO_EPILOGUE = { scale: 0, shift: 0, residual: 0, relu: 0 } as const;

for (const [name, shapes, stem] of [
  ["in place", convolutions, false],
  ["stem", stems, true],
] as const) {
  test(`conv2d ${name}`, () => {
    for (const shape of shapes) {
      const { x, weight, dy } = operands(shape);
      const { c, o, r, s } = shape;
      const y = output(dy.length);
      const expected = oracle(f64(x), f64(weight), shape);
      const magnitude = oracle(absolute(x), absolute(weight), shape);
      const operandsOf = { y, x: input(stem ? padded(x, shape) : x), panels: input(panelsOfRows(weight, o, r * s * c)) };
      run("conv2d", label(shape), { ...operandsOf, ...(stem ? stemOf : geometryOf)(shape), ...NO_EPILOGUE }, (what) => {
        assertClose(y.result, expected, (i) => tolerance(r * s * c, magnitude[i]), what);
      });
    }
  });
}

for (const [relu, added] of [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]) {
  test(`conv2d with an epilogue, relu=${relu} residual=${added}`, () => {
    for (const shape of convolutions.filter((s) => s.o % 8 === 0)) {
      const { x, weight, dy } = operands(shape);
      const { c, o, r, s } = shape;
      const [scale, shift, residual] = [random(5, o), random(6, o), random(7, dy.length)];
      const y = output(dy.length);
      const follow = (z: Float64Array, size: (v: number) => number) =>
        z.map((v, i) => size(scale[i % o]) * v + size(shift[i % o]) + added * size(residual[i]));
      const z = follow(oracle(f64(x), f64(weight), shape), Number);
      const magnitude = follow(oracle(absolute(x), absolute(weight), shape), Math.abs);
      const expected = relu ? z.map((v) => Math.max(v, 0)) : z;
      const epilogue = { scale: input(scale), shift: input(shift), residual: added ? input(residual) : (0 as const), relu };
      const panels = input(panelsOfRows(weight, o, r * s * c));
      run("conv2d", label(shape), { y, x: input(x), panels, ...geometryOf(shape), ...epilogue }, (what) => {
        assertClose(y.result, expected, (i) => tolerance(r * s * c + 3, magnitude[i]), what);
      });
    }
  });
}

for (const accumulate of [0, 1]) {
  test(`conv2dBackwardData accumulate=${accumulate}`, () => {
    for (const shape of convolutions) {
      const { x, weight, dy } = operands(shape);
      const { c, o, r, s } = shape;
      const before = random(4, x.length);
      const dx = accumulate ? updated(before) : output(x.length);
      const plus = (gradient: Float64Array, start: Float64Array) => gradient.map((g, i) => g + accumulate * start[i]);
      const expected = plus(conv2dBackwardData(f64(dy), f64(weight), shape), f64(before));
      const magnitude = plus(conv2dBackwardData(absolute(dy), absolute(weight), shape), absolute(before));
      const panels = input(transposedPanels(weight, o, r * s, c));
      const { pixel: C, depth: _, ...geometry } = geometryOf(shape);
      run("conv2dBackwardData", label(shape), { dx, dy: input(dy), panels, ...geometry, C, accumulate }, (what) => {
        assertClose(dx.result, expected, (i) => tolerance(r * s * o + accumulate, magnitude[i]), what);
      });
    }
  });
}

test.run();
