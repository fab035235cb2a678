// Augmented images, computed on the workers at the start of a training step: one affine resampling does crop, resize, flip and
// rotation; brightness and contrast follow. uint8 in, uint8 out: layers read them like the original pixels.
import { TRANSFORM } from "./lib/constants";
import { at, toBytes } from "./lib/lanes";

/**
 * out[n][y][x] = contrast * (v - mean v) + mean v,  v = min(255, brightness * mean over i, j of input[n] at (a X + b Y + c, d X + e Y + f)),
 * X = x + (i + 1/2) / samples - 1/2, Y = y + (j + 1/2) / samples - 1/2,  0 <= i, j < samples
 *
 * transforms[n] = a b c d e f brightness contrast. Pixel centres are at integer coordinates. Between pixels: bilinear, the edge
 * extended by half a pixel (like torchvision's resize without antialias); outside: 0 (like its rotation). A result that is smaller
 * than its part of the image needs more than one sample per axis against aliasing. The mean of v is over the greyscale image, 0.299 R +
 * 0.587 G + 0.114 B (ITU-R BT.601). v and out are rounded to uint8, ties to even. A tile is an image of three channels; H and W are at
 * least 2.
 *
 * @out out u8[tiles * OH * OW * 3]
 * @in input u8[tiles * H * W * 3]
 * @in transforms f32[tiles * TRANSFORM]
 */
export function augment(
  out: usize, input: usize, transforms: usize, H: i32, W: i32, OH: i32, OW: i32, samples: i32, tileBegin: i32, tileEnd: i32,
): void {
  const bytes = OH * OW * 3;
  for (let n = tileBegin; n < tileEnd; ++n) {
    const image = out + <usize>(n * bytes);
    const transform = at(transforms, n * TRANSFORM);
    resample(image, input + <usize>(n * H * W * 3), transform, H, W, OH, OW, samples);
    const contrast = load<f32>(transform, 28);
    if (contrast != 1) stretch(image, bytes, contrast, greyMean(image, OH * OW));
  }
}

function resample(
  out: usize, input: usize, transform: usize, H: i32, W: i32, OH: i32, OW: i32, samples: i32,
): void {
  const a = load<f32>(transform), b = load<f32>(transform, 4), c = load<f32>(transform, 8);
  const d = load<f32>(transform, 12), e = load<f32>(transform, 16), f = load<f32>(transform, 20);
  const factor = f32x4.splat(load<f32>(transform, 24) / <f32>(samples * samples));
  const step: f32 = <f32>1 / <f32>samples, first: f32 = <f32>0.5 * step - <f32>0.5;
  for (let y = 0; y < OH; ++y) {
    for (let x = 0; x < OW; ++x, out += 3) {
      let sum = f32x4.splat(0);
      for (let j = 0; j < samples; ++j) {
        const Y = <f32>y + (first + <f32>j * step);
        const u0 = b * Y + c, v0 = e * Y + f;
        for (let i = 0; i < samples; ++i) {
          const X = <f32>x + (first + <f32>i * step);
          sum = f32x4.add(sum, sample(input, H, W, a * X + u0, d * X + v0));
        }
      }
      const value = f32x4.mul(sum, factor);
      const bytes = toBytes(value, value);
      store<u16>(out, <u16>i16x8.extract_lane_u(bytes, 0));
      store<u8>(out, i8x16.extract_lane_u(bytes, 2), 2);
    }
  }
}

/** The image at column u and row v. */
// @ts-ignore: decorator
@inline
function sample(input: usize, H: i32, W: i32, u: f32, v: f32): v128 {
  const right = <f32>(W - 1), bottom = <f32>(H - 1);
  // Not (u < -0.5 || ...): NaN must be rejected too, because u becomes an address.
  if (!(u >= -0.5 && u <= right + 0.5 && v >= -0.5 && v <= bottom + 0.5)) return f32x4.splat(0);
  const column = max<f32>(0, min<f32>(right, u)), row = max<f32>(0, min<f32>(bottom, v));
  const left = min(<i32>column, W - 2), top = min(<i32>row, H - 2);
  const pair = input + <usize>((top * W + left) * 3);
  const across = f32x4.splat(column - <f32>left), down = f32x4.splat(row - <f32>top);
  const upper = between(leftPixel(pair), rightPixel(pair), across);
  const lower = between(leftPixel(pair + <usize>(W * 3)), rightPixel(pair + <usize>(W * 3)), across);
  return between(upper, lower, down);
}

// @ts-ignore: decorator
@inline
function between(from: v128, to: v128, share: v128): v128 {
  return f32x4.add(from, f32x4.mul(share, f32x4.sub(to, from)));
}

/** The three channels at p in three lanes. Of two adjacent pixels, nothing past the second is read. */
// @ts-ignore: decorator
@inline
function leftPixel(p: usize): v128 {
  const bytes = v128.load_zero<u32>(p);
  return f32x4.convert_i32x4_u(i8x16.shuffle(bytes, i32x4.splat(0), 0, 16, 16, 16, 1, 16, 16, 16, 2, 16, 16, 16, 16, 16, 16, 16));
}

/** The three channels at p + 3. */
// @ts-ignore: decorator
@inline
function rightPixel(p: usize): v128 {
  const bytes = v128.load_zero<u32>(p + 2);
  return f32x4.convert_i32x4_u(i8x16.shuffle(bytes, i32x4.splat(0), 1, 16, 16, 16, 2, 16, 16, 16, 3, 16, 16, 16, 16, 16, 16, 16));
}

function greyMean(image: usize, pixels: i32): f32 {
  let red: i64 = 0, green: i64 = 0, blue: i64 = 0;
  for (let i = 0; i < pixels; ++i, image += 3) {
    red += <i64>load<u8>(image);
    green += <i64>load<u8>(image, 1);
    blue += <i64>load<u8>(image, 2);
  }
  return <f32>((0.299 * <f64>red + 0.587 * <f64>green + 0.114 * <f64>blue) / <f64>pixels);
}

function stretch(image: usize, bytes: i32, contrast: f32, mean: f32): void {
  const centre = f32x4.splat(mean), factor = f32x4.splat(contrast);
  let i = 0;
  for (; i + 8 <= bytes; i += 8) {
    const wide = v128.load8x8_u(image + i);
    const low = f32x4.sub(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(wide)), centre);
    const high = f32x4.sub(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(wide)), centre);
    const result = toBytes(f32x4.add(f32x4.mul(low, factor), centre), f32x4.add(f32x4.mul(high, factor), centre));
    v128.store64_lane(image + i, result, 0);
  }
  for (; i < bytes; ++i) {
    const value = (<f32>load<u8>(image + i) - mean) * contrast + mean;
    store<u8>(image + i, <u8>max<f32>(0, min<f32>(255, nearest<f32>(value))));
  }
}
