import { suite } from "uvu";
import type { Kernels } from "#pulmo/core/kernels.js";
import { conv2d as oracle, conv2dBackwardData, type ConvShape } from "../reference/conv2d.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { convolutions, extents, operands, padded, stems } from "./convolutions.js";
import { input, label, output, random, run, scratch, updated, type Call, type Region } from "./harness.js";
import { panelsOfRows, transposedPanels } from "./panels.js";

const test = suite("kernels: conv2d");
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);

const forward = (y: Region, x: Region, panels: Region, { n, h, w, c, o, r, s, stride, pad }: ConvShape, stem: boolean, epilogue: (number | Region)[] = [0, 0, 0, 0]) =>
  (k: Kernels): Call => {
    const { OH, OW } = extents({ n, h, w, c, o, r, s, stride, pad });
    const [H, W, R, S, depth, border] = stem ? [h + 2 * pad, w + 2 * pad, r, 1, s * c, 0] : [h, w, r, s, c, pad];
    return {
      args: [y, x, panels, scratch(k.conv2dScratch(R, S, depth)), n, H, W, c, depth, OH, OW, o, R, S, stride, border, ...epilogue],
      tiles: k.conv2dTiles(n, OH, OW, o),
    };
  };

const backwardData = (dx: Region, dy: Region, panels: Region, { n, h, w, c, o, r, s, stride, pad }: ConvShape, accumulate: number) =>
  (k: Kernels): Call => {
    const { OH, OW } = extents({ n, h, w, c, o, r, s, stride, pad });
    return {
      args: [dx, dy, panels, scratch(k.conv2dScratch(r, s, o)), n, h, w, c, OH, OW, o, r, s, stride, pad, accumulate],
      tiles: k.conv2dBackwardDataTiles(n, h, w, c, stride),
    };
  };

for (const [name, shapes, stem] of [["in place", convolutions, false], ["stem", stems, true]] as const) {
  test(`conv2d ${name}`, () => {
    for (const shape of shapes) {
      const { x, weight, dy } = operands(shape);
      const { c, o, r, s } = shape;
      const y = output(dy.length);
      const expected = oracle(f64(x), f64(weight), shape);
      const magnitude = oracle(absolute(x), absolute(weight), shape);
      const build = forward(y, input(stem ? padded(x, shape) : x), input(panelsOfRows(weight, o, r * s * c)), shape, stem);
      run("conv2d", label(shape), build, (what) => {
        assertClose(y.result, expected, (i) => tolerance(r * s * c, magnitude[i]), what);
      });
    }
  });
}

for (const [relu, added] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
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
      const epilogue = [input(scale), input(shift), added ? input(residual) : 0, relu];
      const build = forward(y, input(x), input(panelsOfRows(weight, o, r * s * c)), shape, false, epilogue);
      run("conv2d", label(shape), build, (what) => {
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
      run("conv2dBackwardData", label(shape), backwardData(dx, input(dy), panels, shape, accumulate), (what) => {
        assertClose(dx.result, expected, (i) => tolerance(r * s * o + accumulate, magnitude[i]), what);
      });
    }
  });
}

test.run();
