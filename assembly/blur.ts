// Gaussian blur of uint8 images, separable: horizontal, then vertical.
import { exp } from "./lib/explog";
import { at, ceilDiv, storePair, toBytes } from "./lib/lanes";

/** Taps per side: enough for a sigma of 10 pixels. */
const MAX_RADIUS: i32 = 31;
const WEIGHT_BYTES: i32 = 4 * 64;

// @ts-ignore: decorator
@inline
function mirroredRowBytes(W: i32): i32 {
  return ceilDiv((W + 2 * MAX_RADIUS) * 3, 16) * 16;
}

export function blurScratch(H: i32, W: i32): i32 {
  return WEIGHT_BYTES + mirroredRowBytes(W) + 4 * H * W * 3;
}

/**
 * out[n] = input[n], smoothed along both axes with weights exp(-t^2 / (2 sigma^2)) normalized to 1, |t| <= ceil(3 sigma), at most 31.
 * Padding reflects about the first and last pixels, at most one image length. Same as torchvision's gaussian_blur with
 * kernel_size 2 ceil(3 sigma) + 1; sigma 0 copies. Rounded to uint8, ties to even. A tile is an image of three channels.
 *
 * @out out u8[tiles * H * W * 3]
 * @in input u8[tiles * H * W * 3]
 * @in sigmas f32[tiles]
 * @scratch blurScratch(H, W)
 */
export function blur(
  out: usize, input: usize, sigmas: usize, scratch: usize, H: i32, W: i32, tileBegin: i32, tileEnd: i32,
): void {
  const bytes = H * W * 3;
  const row = scratch + WEIGHT_BYTES;
  const middle = row + mirroredRowBytes(W);
  for (let n = tileBegin; n < tileEnd; ++n) {
    const from = input + <usize>(n * bytes);
    const to = out + <usize>(n * bytes);
    const sigma = <f64>load<f32>(at(sigmas, n));
    // Not (sigma <= 0): NaN also copies.
    if (!(sigma > 0)) {
      memory.copy(to, from, bytes);
      continue;
    }
    const radius = min(<i32>Math.ceil(3 * min<f64>(sigma, MAX_RADIUS)), min(MAX_RADIUS, min(H, W) - 1));
    gaussian(scratch, sigma, radius);
    for (let y = 0; y < H; ++y) {
      mirror(row, from + <usize>(y * W * 3), W, radius);
      along(at(middle, y * W * 3), row, scratch, W * 3, radius);
    }
    for (let y = 0; y < H; ++y) down(to + <usize>(y * W * 3), middle, scratch, W * 3, H, y, radius);
  }
}

function gaussian(weights: usize, sigma: f64, radius: i32): void {
  let sum: f64 = 0;
  for (let t = -radius; t <= radius; ++t) sum += exp(-0.5 * <f64>(t * t) / (sigma * sigma));
  for (let t = -radius; t <= radius; ++t) {
    store<f32>(at(weights, t + radius), <f32>(exp(-0.5 * <f64>(t * t) / (sigma * sigma)) / sum));
  }
}

/** Fills `radius` pixels before and after the row. */
function mirror(row: usize, from: usize, W: i32, radius: i32): void {
  for (let x = -radius; x < W + radius; ++x) {
    const source = from + <usize>(reflected(x, W) * 3);
    const target = row + <usize>((x + radius) * 3);
    store<u16>(target, load<u16>(source));
    store<u8>(target, load<u8>(source, 2), 2);
  }
}

// @ts-ignore: decorator
@inline
function reflected(i: i32, length: i32): i32 {
  return i < 0 ? -i : i >= length ? 2 * length - 2 - i : i;
}

/** out[i] = sum_t weights[t] row[i + 3 t] */
function along(out: usize, row: usize, weights: usize, count: i32, radius: i32): void {
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    let low = f32x4.splat(0), high = low;
    for (let t = 0; t <= 2 * radius; ++t) {
      const weight = v128.load32_splat(at(weights, t));
      const wide = v128.load8x8_u(row + <usize>(i + 3 * t));
      low = f32x4.add(low, f32x4.mul(weight, f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(wide))));
      high = f32x4.add(high, f32x4.mul(weight, f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(wide))));
    }
    storePair(at(out, i), low, high);
  }
  for (; i < count; ++i) {
    let sum: f32 = 0;
    for (let t = 0; t <= 2 * radius; ++t) sum += load<f32>(at(weights, t)) * <f32>load<u8>(row + <usize>(i + 3 * t));
    store<f32>(at(out, i), sum);
  }
}

/** Row y: out[i] = sum_t weights[t] middle[y + t][i] */
function down(out: usize, middle: usize, weights: usize, count: i32, H: i32, y: i32, radius: i32): void {
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    let low = f32x4.splat(0), high = low;
    for (let t = 0; t <= 2 * radius; ++t) {
      const weight = v128.load32_splat(at(weights, t));
      const from = at(middle, reflected(y + t - radius, H) * count + i);
      low = f32x4.add(low, f32x4.mul(weight, v128.load(from)));
      high = f32x4.add(high, f32x4.mul(weight, v128.load(from, 16)));
    }
    v128.store64_lane(out + i, toBytes(low, high), 0);
  }
  for (; i < count; ++i) {
    let sum: f32 = 0;
    for (let t = 0; t <= 2 * radius; ++t) {
      sum += load<f32>(at(weights, t)) * load<f32>(at(middle, reflected(y + t - radius, H) * count + i));
    }
    store<u8>(out + i, <u8>max<f32>(0, min<f32>(255, nearest<f32>(sum))));
  }
}
