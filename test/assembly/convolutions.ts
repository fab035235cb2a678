// The convolutions that the kernel tests sweep, and their operands.
import { type ConvShape, outputExtent } from "../reference/conv2d.js";
import { random, sweep } from "./harness.js";

const base = sweep(
  {
    kernel: [3, 1, 5, 7],
    stride: [1, 2, 3],
    pad: [1, 0, 2, 3],
    n: [2, 1, 3, 5],
    h: [7, 1, 2, 5, 8, 13],
    w: [5, 1, 2, 6, 7, 17],
    c: [5, 1, 3, 4, 15, 16, 17, 33],
    o: [6, 1, 4, 15, 16, 17, 33],
  },
  60,
);

/** More panels than a tile takes, more rows than a tile and a few more, and sums long enough to be cut between and within taps. */
const large: ConvShape[] = [
  { n: 1, h: 7, w: 7, c: 16, o: 144, r: 3, s: 3, stride: 1, pad: 1 },
  { n: 1, h: 7, w: 7, c: 144, o: 16, r: 3, s: 3, stride: 2, pad: 1 },
  { n: 2, h: 14, w: 14, c: 64, o: 20, r: 3, s: 3, stride: 1, pad: 1 },
  { n: 1, h: 14, w: 14, c: 20, o: 130, r: 1, s: 1, stride: 2, pad: 0 },
  { n: 1, h: 9, w: 5, c: 3, o: 17, r: 2, s: 3, stride: 1, pad: 1 },
  { n: 1, h: 23, w: 19, c: 3, o: 16, r: 7, s: 7, stride: 2, pad: 3 },
  { n: 1, h: 7, w: 7, c: 130, o: 20, r: 3, s: 3, stride: 1, pad: 1 },
  { n: 1, h: 9, w: 6, c: 260, o: 16, r: 3, s: 3, stride: 1, pad: 1 },
  { n: 53, h: 1, w: 1, c: 1030, o: 17, r: 1, s: 1, stride: 1, pad: 0 },
  { n: 1, h: 7, w: 7, c: 3, o: 16, r: 7, s: 7, stride: 1, pad: 3 },
  { n: 1, h: 5, w: 11, c: 30, o: 16, r: 7, s: 7, stride: 1, pad: 3 },
  { n: 1, h: 10, w: 10, c: 45, o: 3, r: 5, s: 5, stride: 1, pad: 2 },
  { n: 100, h: 2, w: 3, c: 4, o: 5, r: 1, s: 1, stride: 1, pad: 0 },
];

/** Whatever has at least one output pixel. */
export const convolutions: ConvShape[] = [
  ...base.map(({ kernel, ...rest }): ConvShape => ({ ...rest, r: kernel, s: kernel })),
  ...large,
].filter((s) => outputExtent(s.h, s.r, s.stride, s.pad) > 0 && outputExtent(s.w, s.s, s.stride, s.pad) > 0);

/** What the kernels call OH and OW. */
export const extents = ({ h, w, r, s, stride, pad }: ConvShape) => ({
  OH: outputExtent(h, r, stride, pad),
  OW: outputExtent(w, s, stride, pad),
});

/** The kernels' names for a convolution that reads its input in place, */
export function geometryOf(shape: ConvShape) {
  const { n, h, w, c, o, r, s, stride, pad } = shape;
  return { N: n, H: h, W: w, pixel: c, depth: c, ...extents(shape), O: o, R: r, S: s, stride, pad };
}

/** and for a stem, whose input has a border of zeros: a row of taps is one tap. */
export function stemOf(shape: ConvShape) {
  const { h, w, c, s, pad } = shape;
  return { ...geometryOf(shape), H: h + 2 * pad, W: w + 2 * pad, depth: s * c, S: 1, pad: 0 };
}

export function operands(shape: ConvShape) {
  const { n, h, w, c, o, r, s } = shape;
  const { OH, OW } = extents(shape);
  return { x: random(1, n * h * w * c), weight: random(2, o * r * s * c), dy: random(3, n * OH * OW * o) };
}

/** Shapes of stems: any kernel, three channels or some. */
export const stems: ConvShape[] = [
  { n: 2, h: 9, w: 12, c: 3, o: 64, r: 7, s: 7, stride: 2, pad: 3 },
  { n: 1, h: 16, w: 16, c: 3, o: 5, r: 7, s: 7, stride: 2, pad: 3 },
  { n: 3, h: 5, w: 4, c: 1, o: 17, r: 3, s: 3, stride: 1, pad: 1 },
  { n: 1, h: 6, w: 7, c: 5, o: 16, r: 5, s: 5, stride: 3, pad: 2 },
];
