// Augmentation: the distribution of its parameters, and agreement with torchvision.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createRng } from "#pulmo/core/rng.js";
import { loadKernels } from "#pulmo/node/variant.js";
import { RECIPES } from "#pulmo/settings/recipes.js";
import { type Augmentation, affine, drawView, plainView } from "#pulmo/train/augment.js";
import { SCHEDULES } from "#pulmo/train/schedule.js";

const test = suite("augmentation");

interface Case {
  /** top, left, height, width */
  crop?: [number, number, number, number];
  flip?: boolean;
  angle?: number;
  brightness?: number;
  contrast?: number;
  output: number[];
}
const fixture = JSON.parse(readFileSync("test/fixtures/torchvision-augment.json", "utf8"));
const SIZE: number = fixture.size;

/** The output of the kernel. */
function augmented(transform: number[]): Uint8Array {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const kernels = loadKernels("simd", memory);
  const [input, transforms, out] = [0, 4096, 8192];
  new Uint8Array(memory.buffer).set(fixture.image, input);
  new Float32Array(memory.buffer).set(transform, transforms / 4);
  kernels.augment(out, input, transforms, SIZE, SIZE, SIZE, SIZE, 1, 0, 1);
  return new Uint8Array(memory.buffer, out, SIZE * SIZE * 3).slice();
}

for (const { output, ...options } of fixture.cases as Case[]) {
  test(`matches torchvision: ${JSON.stringify(options)}`, () => {
    const { crop = [0, 0, SIZE, SIZE], flip = false, angle = 0, brightness = 1, contrast = 1 } = options;
    const [top, left, height, width] = crop.map((edge) => edge / SIZE);
    const map = affine({ top, left, height, width }, (angle * Math.PI) / 180, flip ? -1 : 1, { from: SIZE, to: SIZE });
    const actual = augmented([...map, brightness, contrast]);
    const [a, b, c, d, e, f] = map;
    let compared = 0;
    for (let i = 0; i < output.length; i++) {
      const [y, x] = [Math.floor(i / 3 / SIZE), Math.floor(i / 3) % SIZE];
      const [u, v] = [a * x + b * y + c, d * x + e * y + f];
      // torchvision repeats the crop's edge and fills uncovered areas of a rotation with black; here the image continues.
      const [marginX, marginY] = crop[2] === SIZE && crop[3] === SIZE ? [0, 0] : [1, 1];
      if (u < crop[1] + marginX || u > crop[1] + crop[3] - 1 - marginX) continue;
      if (v < crop[0] + marginY || v > crop[0] + crop[2] - 1 - marginY) continue;
      compared++;
      // Rounding adds half a level each for brightness and contrast. torchvision's weights for grey sum to 0.9999.
      const allowed = 0.5 + (contrast === 1 ? 0.01 : 0.55);
      assert.ok(Math.abs(actual[i] - output[i]) <= allowed, `${i}: ${actual[i]} instead of ${output[i]}`);
    }
    assert.ok(compared > 150, `${compared} values compared`);
  });
}

const { augmentation } = RECIPES.strong;
const FULL = { from: 224, to: 224 };
const draw = (seed: number, epoch: number, place: number) => drawView(augmentation, FULL, seed, epoch, place);

test("a draw depends on seed, epoch and place", () => {
  assert.equal(draw(1, 2, 3), draw(1, 2, 3));
  const all = [draw(1, 2, 3), draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4)].map((view) => String(view.transform));
  assert.is(new Set(all).size, 4);
});

test("crops keep the given shares, ratios, angles and factors", () => {
  const draws = Array.from({ length: 2000 }, (_, place) => draw(0, 0, place));
  const facts = draws.map(({ transform: [a, b, c, d, e, f, brightness, contrast] }) => {
    const corners = [-0.5, 223.5].flatMap((x) => [-0.5, 223.5].map((y) => [a * x + b * y + c, d * x + e * y + f]));
    const [width, height] = [Math.hypot(a, b), Math.hypot(d, e)];
    return {
      area: width * height,
      ratio: width / height,
      angle: Math.atan2(d, e),
      mirrored: a < 0,
      brightness,
      contrast,
      corners,
    };
  });
  const within = (name: "area" | "ratio" | "angle" | "brightness" | "contrast", [least, most]: number[]) => {
    const values = facts.map((fact) => fact[name]).sort((x, y) => x - y);
    assert.ok(values[0] >= least - 1e-9 && values.at(-1)! <= most + 1e-9, `${name}: ${values[0]} to ${values.at(-1)}`);
    const spread = (values.at(-1)! - values[0]) / (most - least);
    assert.ok(spread > 0.9, `${name} spreads over ${spread}`);
  };
  within("area", augmentation.area);
  within("ratio", augmentation.ratio);
  within("angle", [(-15 * Math.PI) / 180, (15 * Math.PI) / 180]);
  within("brightness", [0.7, 1.3]);
  within("contrast", [0.7, 1.3]);
  const mirrored = facts.filter((fact) => fact.mirrored).length;
  assert.ok(Math.abs(mirrored / 2000 - 0.5) < 0.05, `${mirrored} of 2000 mirrored`);
  // Uniform over areas, as in torchvision, except for rejected crops that do not fit.
  const small = facts.filter(({ area }) => area < 0.54).length;
  assert.ok(small > 900 && small < 1300, `${small} of 2000 below the middle`);
});

test("the given share of images is blurred, by at most the given sigma", () => {
  const sigmas = Array.from({ length: 2000 }, (_, place) => draw(0, 0, place).sigma);
  const blurred = sigmas.filter((sigma) => sigma > 0);
  const { share, sigma } = augmentation.blur;
  assert.ok(Math.abs(blurred.length / 2000 - share) < 0.05, `${blurred.length} of 2000 blurred`);
  assert.ok(Math.max(...blurred) <= sigma && Math.max(...blurred) > 0.95 * sigma);
});

test("a smaller result shows the same part of the image, with the same blur", () => {
  for (let place = 0; place < 50; place++) {
    const [full, small] = [FULL, { from: 224, to: 128 }].map((sizes) => drawView(augmentation, sizes, 0, 0, place));
    const corners = ({ transform: [a, b, c, d, e, f] }: typeof full, edge: number) =>
      [-0.5, edge - 0.5].flatMap((x) => [-0.5, edge - 0.5].flatMap((y) => [a * x + b * y + c, d * x + e * y + f]));
    const expected = corners(full, 224);
    corners(small, 128).forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-9));
    assert.ok(Math.abs(small.sigma / 128 - full.sigma / 224) < 1e-12);
    assert.equal(small.transform.slice(6), full.transform.slice(6));
  }
});

test("the plain view is the whole image", () => {
  assert.equal(plainView(FULL).transform, [1, 0, 0, 0, 1, 0, 1, 1]);
  const { transform, sigma } = plainView({ from: 224, to: 112 });
  assert.equal(transform, [2, 0, 0.5, 0, 2, 0.5, 1, 1]);
  assert.is(sigma, 0);
});

test("a crop without rotation is inside the image", () => {
  for (let place = 0; place < 500; place++) {
    const [a, , c, , e, f] = drawView({ ...augmentation, degrees: 0 }, FULL, 0, 0, place).transform;
    for (const [factor, shift] of [
      [a, c],
      [e, f],
    ]) {
      const ends = [factor * -0.5 + shift, factor * 223.5 + shift];
      assert.ok(Math.min(...ends) >= -0.5 - 1e-9 && Math.max(...ends) <= 223.5 + 1e-9, ends.join());
    }
  }
});

test("crops of one size are distributed over all positions", () => {
  const rng = createRng(1);
  const lefts = Array.from({ length: 300 }, () => {
    const alone: Augmentation = { ...augmentation, area: [0.25, 0.25], ratio: [1, 1], flip: 0, degrees: 0 };
    const [, , c] = drawView(alone, FULL, 0, 0, rng.below(1e6)).transform;
    return (c + 0.5 - 0.25) / 112;
  });
  assert.ok(Math.min(...lefts) < 0.05 && Math.max(...lefts) > 0.95, `${Math.min(...lefts)} to ${Math.max(...lefts)}`);
});

test("schedules start at 1; the cosine ends at 0", () => {
  assert.equal([0, 0.5, 1].map(SCHEDULES.constant), [1, 1, 1]);
  const [begin, middle, end] = [0, 0.5, 1].map(SCHEDULES.cosine);
  assert.is(begin, 1);
  assert.ok(Math.abs(middle - 0.5) < 1e-15);
  assert.ok(end < 1e-15);
});

test.run();
