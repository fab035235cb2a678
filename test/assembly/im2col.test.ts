import { suite } from "uvu";
import { type ConvShape, conv2d } from "../reference/conv2d.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { convolutions, extents, geometryOf, operands } from "./convolutions.js";
import { input, label, output, run, runVariant, sameBits, variants } from "./harness.js";
import { panelsOfRows } from "./panels.js";

const test = suite("kernels: im2col");

/** What im2col is told of a convolution. */
function geometry(shape: ConvShape) {
  const { N, pixel: C, depth: _, O: __, ...rest } = geometryOf(shape);
  return { ...rest, C, tiles: N * rest.OH };
}

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
    run("im2col", label(shape), { columns, x: input(x), ...geometry(shape) }, (what) => {
      sameBits(
        columns.result,
        Float32Array.from(from, (at) => (at < 0 ? 0 : x[at])),
        what,
      );
    });
  }
});

test("im2col and matmul make a convolution", () => {
  for (const variant of variants) {
    for (const shape of convolutions) {
      const { x, weight, dy } = operands(shape);
      const K = shape.r * shape.s * shape.c;
      const columns = output((dy.length / shape.o) * K);
      runVariant(variant, "im2col", { columns, x: input(x), ...geometry(shape) });
      const y = output(dy.length);
      const panels = input(panelsOfRows(weight, shape.o, K));
      const [M, N] = [dy.length / shape.o, shape.o];
      runVariant(variant, "matmul", { c: y, a: input(columns.result), panels, M, N, K, lda: K, ldc: N, accumulate: 0 });
      const magnitude = conv2d(absolute(x), absolute(weight), shape);
      const expected = conv2d(Float64Array.from(x), Float64Array.from(weight), shape);
      assertClose(y.result, expected, (i) => tolerance(K, magnitude[i]), `${variant.variant} ${label(shape)}`);
    }
  }
});

test.run();
