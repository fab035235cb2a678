import { suite } from "uvu";
import type { Kernels } from "#pulmo/core/kernels.js";
import { conv2d, type ConvShape } from "../reference/conv2d.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { convolutions, extents, operands } from "./convolutions.js";
import { input, label, output, run, runVariant, sameBits, scratch, variants, type Call, type Region } from "./harness.js";
import { panelsOfRows } from "./panels.js";

const test = suite("kernels: im2col");

const geometry = ({ h, w, c, r, s, stride, pad, ...rest }: ConvShape) => {
  const { OH, OW } = extents({ h, w, c, r, s, stride, pad, ...rest });
  return [h, w, c, OH, OW, r, s, stride, pad];
};
const im2col = (columns: Region, x: Region, shape: ConvShape): Call => ({
  args: [columns, x, ...geometry(shape)], tiles: shape.n * extents(shape).OH,
});
const matmul = (c: Region, a: Region, panels: Region, M: number, N: number, K: number) => (k: Kernels): Call => ({
  args: [c, a, panels, scratch(k.matmulScratch()), M, N, K, K, N, 0], tiles: k.matmulTiles(M, N),
});

/** Index into x of every element of columns[N*OH*OW][R*S*C], or -1 in the padding. */
function sources(shape: ConvShape): Int32Array<ArrayBuffer> {
  const { n, h, w, c, r, s, stride, pad } = shape;
  const { OH, OW } = extents(shape);
  return new Int32Array(n * OH * OW * r * s * c).map((_, i) => {
    const [channel, tap, p] = [i % c, Math.floor(i / c) % (r * s), Math.floor(i / (c * r * s))];
    const y = (Math.floor(p / OW) % OH) * stride + Math.floor(tap / s) - pad;
    const x = (p % OW) * stride + (tap % s) - pad;
    const inside = y >= 0 && y < h && x >= 0 && x < w;
    return inside ? ((Math.floor(p / (OH * OW)) * h + y) * w + x) * c + channel : -1;
  });
}

test("im2col", () => {
  for (const shape of convolutions) {
    const { x } = operands(shape);
    const from = sources(shape);
    const columns = output(from.length);
    run("im2col", label(shape), () => im2col(columns, input(x), shape), (what) => {
      sameBits(columns.result, Float32Array.from(from, (at) => (at < 0 ? 0 : x[at])), what);
    });
  }
});

test("im2col and matmul make a convolution", () => {
  for (const variant of variants) {
    for (const shape of convolutions) {
      const { x, weight, dy } = operands(shape);
      const K = shape.r * shape.s * shape.c;
      const columns = output((dy.length / shape.o) * K);
      runVariant(variant, "im2col", im2col(columns, input(x), shape));
      const y = output(dy.length);
      const panels = input(panelsOfRows(weight, shape.o, K));
      runVariant(variant, "matmul", matmul(y, input(columns.result), panels, dy.length / shape.o, shape.o, K)(variant.kernels));
      const magnitude = conv2d(absolute(x), absolute(weight), shape);
      const expected = conv2d(Float64Array.from(x), Float64Array.from(weight), shape);
      assertClose(y.result, expected, (i) => tolerance(K, magnitude[i]), `${variant.variant} ${label(shape)}`);
    }
  }
});

test.run();
