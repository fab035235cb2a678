// One image's pixels as floats: conversion, a border of zeros, normalization.
import { at, storePair } from "./lanes";

/** out[i] = bytes[i] / 255 */
export function convert(out: usize, bytes: usize, count: i32): void {
  const scale = f32x4.splat(255);
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const wide = v128.load8x8_u(bytes + i);
    const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(wide));
    const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(wide));
    storePair(at(out, i), f32x4.div(low, scale), f32x4.div(high, scale));
  }
  for (; i < count; ++i) store<f32>(at(out, i), <f32>load<u8>(bytes + i) / 255);
}

/** x[H + 2 pad][W + 2 pad][C] = bytes[H][W][C] / 255 in a border of zeros. */
export function padImage(x: usize, bytes: usize, H: i32, W: i32, C: i32, pad: i32): void {
  const pitch = (W + 2 * pad) * C;
  memory.fill(x, 0, pad * pitch * 4);
  memory.fill(at(x, (H + pad) * pitch), 0, pad * pitch * 4);
  for (let h = 0; h < H; ++h) {
    const row = at(x, (h + pad) * pitch);
    memory.fill(row, 0, pad * C * 4);
    convert(at(row, pad * C), bytes + <usize>(h * W * C), W * C);
    memory.fill(at(row, (pad + W) * C), 0, pad * C * 4);
  }
}

/** x[H + 2 pad][W + 2 pad][3] = (x - mean) / std inside the border. */
export function normalizeImage(
  x: usize, H: i32, W: i32, pad: i32, meanR: f32, meanG: f32, meanB: f32, stdR: f32, stdG: f32, stdB: f32,
): void {
  const pitch = (W + 2 * pad) * 3;
  // Lanes run along the channels: three vectors hold four pixels.
  const mean0 = lanes(meanR, meanG, meanB, meanR), std0 = lanes(stdR, stdG, stdB, stdR);
  const mean1 = lanes(meanG, meanB, meanR, meanG), std1 = lanes(stdG, stdB, stdR, stdG);
  const mean2 = lanes(meanB, meanR, meanG, meanB), std2 = lanes(stdB, stdR, stdG, stdB);
  for (let h = 0; h < H; ++h) {
    let p = at(x, (h + pad) * pitch + 3 * pad);
    let w = 0;
    for (; w + 4 <= W; w += 4, p += 48) {
      v128.store(p, f32x4.div(f32x4.sub(v128.load(p), mean0), std0));
      v128.store(p, f32x4.div(f32x4.sub(v128.load(p, 16), mean1), std1), 16);
      v128.store(p, f32x4.div(f32x4.sub(v128.load(p, 32), mean2), std2), 32);
    }
    for (; w < W; ++w, p += 12) {
      store<f32>(p, (load<f32>(p) - meanR) / stdR);
      store<f32>(p, (load<f32>(p, 4) - meanG) / stdG, 4);
      store<f32>(p, (load<f32>(p, 8) - meanB) / stdB, 8);
    }
  }
}

// @ts-ignore: decorator
@inline
function lanes(a: f32, b: f32, c: f32, d: f32): v128 {
  return f32x4.replace_lane(f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(a), 1, b), 2, c), 3, d);
}
