// uint8 pixels to floats in [0, 1], the padded copy for the 7x7 stem, and normalization.
import { convert, normalizeImage, padImage } from "./lib/image";
import { at } from "./lib/lanes";

/**
 * x[i] = bytes[i] / 255, like torchvision's ToTensor. A tile is a row of `row` bytes.
 *
 * @out x f32[tiles * row]
 * @in bytes u8[tiles * row]
 */
export function pixels(x: usize, bytes: usize, row: i32, tileBegin: i32, tileEnd: i32): void {
  for (let tile = tileBegin; tile < tileEnd; ++tile) convert(at(x, tile * row), bytes + <usize>(tile * row), row);
}

/**
 * x[N][H+2*pad][W+2*pad][C] from bytes[N][H][W][C], with a border of zeros. A tile is an image.
 *
 * @out x f32[tiles * (H + 2 * pad) * (W + 2 * pad) * C]
 * @in bytes u8[tiles * H * W * C]
 */
export function pixelsPadded(
  x: usize, bytes: usize, H: i32, W: i32, C: i32, pad: i32, tileBegin: i32, tileEnd: i32,
): void {
  for (let n = tileBegin; n < tileEnd; ++n) {
    padImage(at(x, n * (H + 2 * pad) * (W + 2 * pad) * C), bytes + <usize>(n * H * W * C), H, W, C, pad);
  }
}

/**
 * x[n][h][w] = (x - mean) / std by channel, like torchvision's Normalize; a border of pad pixels stays unchanged.
 * x[N][H+2*pad][W+2*pad][3]; a tile is an image.
 *
 * @inout x f32[tiles * (H + 2 * pad) * (W + 2 * pad) * 3]
 */
export function normalize(
  x: usize, H: i32, W: i32, pad: i32,
  meanR: f32, meanG: f32, meanB: f32, stdR: f32, stdG: f32, stdB: f32,
  tileBegin: i32, tileEnd: i32,
): void {
  for (let n = tileBegin; n < tileEnd; ++n) {
    normalizeImage(at(x, n * (H + 2 * pad) * (W + 2 * pad) * 3), H, W, pad, meanR, meanG, meanB, stdR, stdG, stdB);
  }
}
