import { suite } from "uvu";
import { blurred, contrasted, resampled, roundHalfEven } from "../reference/augment.js";
import { hash } from "../reference/formula.js";
import { input, label, outputBytes, run, sweep } from "./harness.js";

const test = suite("kernels: augment and blur");

const bytes = (stream: number, length: number) => Uint8Array.from({ length }, (_, i) => hash(stream, i) >>> 24);

/** Rounding leaves half a level; float32 coordinates of a few hundred pixels and sums of 63 terms less than a hundredth. */
const LEVELS = 0.5 + 0.01;

function assertRounded(actual: Uint8Array, expected: Float64Array, what: string, slack = 0): void {
  const worst = expected.reduce((most, x, i) => Math.max(most, Math.abs(actual[i] - x)), 0);
  if (!(worst <= LEVELS + slack)) throw new Error(`${what}: ${worst} levels off`);
}

/** By `angle` about the centre, to `scale` of the size. */
function turned(H: number, W: number, angle: number, scale: number, shift = 0): number[] {
  const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  const [y, x] = [(H - 1) / 2, (W - 1) / 2];
  return [cos, -sin, x - cos * x + sin * y + shift, sin, cos, y - sin * x - cos * y - shift];
}

test("the identity copies", () => {
  const from = bytes(1, 2 * 7 * 9 * 3);
  const out = outputBytes(from.length);
  const transforms = input(Float32Array.from([1, 0, 0, 0, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1, 1]));
  run("augment", "identity", { out, input: input(from), transforms, H: 7, W: 9, OH: 7, OW: 9, samples: 1, tiles: 2 }, (what) => {
    assertRounded(out.result, Float64Array.from(from), what, -LEVELS);
  });
});

test("geometry and brightness", () => {
  const axes = {
    n: [2, 1],
    h: [5, 2, 3, 16, 17],
    w: [6, 2, 3, 8, 33],
    angle: [0.25, 0, 3.1, -1.3],
    scale: [0.6, 0.3, 1.3],
    brightness: [0.8, 1, 1.7],
    oh: [0, 1, 3, 20],
    ow: [0, 2, 5, 9],
    samples: [1, 2, 3],
  };
  for (const shape of sweep(axes, 50)) {
    const { n, h: H, w: W, angle, scale, brightness, samples } = shape;
    const [OH, OW] = [shape.oh || H, shape.ow || W];
    const from = bytes(2, n * H * W * 3);
    // Shifts that put no pixel on the border, where float32 may say "beyond" and float64 not.
    const transforms = Array.from({ length: n }, (_, i) => [...turned(H, W, angle + i, scale, 0.0137 * (i + 1)), brightness, 1]);
    const [size, outSize, single] = [H * W * 3, OH * OW * 3, Float32Array.from(transforms.flat())];
    const out = outputBytes(n * outSize);
    const operands = { out, input: input(from), transforms: input(single), H, W, OH, OW, samples, tiles: n };
    run("augment", label(shape), operands, (what) => {
      for (let i = 0; i < n; i++) {
        const image = { bytes: from.subarray(i * size, (i + 1) * size), H, W };
        const expected = resampled(image, [...single.subarray(8 * i, 8 * i + 8)], OH, OW, samples);
        assertRounded(out.result.subarray(i * outSize, (i + 1) * outSize), expected, what);
      }
    });
  }
});

test("contrast", () => {
  // No brightness of few digits: half a level, to float64, may be a little less.
  for (const { h: H, w: W, contrast, brightness } of sweep(
    { h: [6, 2, 9], w: [7, 2, 16], contrast: [0.7, 1.3, 0, 4], brightness: [1, 0.7123] },
    10,
  )) {
    const from = bytes(3, H * W * 3);
    const transform = Float32Array.of(1, 0, 0, 0, 1, 0, brightness, contrast);
    const out = outputBytes(from.length);
    run(
      "augment",
      label({ H, W, contrast }),
      { out, input: input(from), transforms: input(transform), H, W, OH: H, OW: W, samples: 1, tiles: 1 },
      (what) => {
        const v = resampled({ bytes: from, H, W }, [...transform]).map(roundHalfEven);
        assertRounded(out.result, contrasted(v, transform[7]), what);
      },
    );
  }
});

test("transforms that are no numbers leave black", () => {
  const from = bytes(4, 4 * 4 * 3);
  const out = outputBytes(from.length);
  const transforms = input(Float32Array.of(NaN, 0, 0, 0, Infinity, 0, 1, 1));
  run("augment", "NaN", { out, input: input(from), transforms, H: 4, W: 4, OH: 4, OW: 4, samples: 1, tiles: 1 }, (what) => {
    assertRounded(out.result, new Float64Array(from.length), what, -LEVELS);
  });
});

test("blur", () => {
  const axes = { n: [2, 1], h: [9, 2, 3, 40], w: [11, 2, 3, 8, 35], sigma: [1, 0, 0.1, 0.4, 2.5, 12] };
  for (const shape of sweep(axes, 20)) {
    const { n, h: H, w: W, sigma } = shape;
    const from = bytes(5, n * H * W * 3);
    const sigmas = Float32Array.from({ length: n }, (_, i) => sigma * (1 + i));
    const out = outputBytes(from.length);
    const size = H * W * 3;
    run("blur", label(shape), { out, input: input(from), sigmas: input(sigmas), H, W, tiles: n }, (what) => {
      for (let i = 0; i < n; i++) {
        const expected = blurred({ bytes: from.subarray(i * size, (i + 1) * size), H, W }, sigmas[i]);
        assertRounded(out.result.subarray(i * size, (i + 1) * size), expected, what);
      }
    });
  }
});

test.run();
