// uint8 pixels to floats in [0, 1], and the padded copy that the 7x7 stem reads.
import { at } from "./lib/lanes";

/**
 * x[i] = bytes[i] / 255, as torchvision's ToTensor. A tile is a row of `row` bytes.
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
  const pitch = (W + 2 * pad) * C;
  for (let n = tileBegin; n < tileEnd; ++n) {
    const image = at(x, n * (H + 2 * pad) * pitch);
    memory.fill(image, 0, pad * pitch * 4);
    memory.fill(at(image, (H + pad) * pitch), 0, pad * pitch * 4);
    for (let h = 0; h < H; ++h) {
      const row = at(image, (h + pad) * pitch);
      memory.fill(row, 0, pad * C * 4);
      convert(at(row, pad * C), bytes + <usize>((n * H + h) * W * C), W * C);
      memory.fill(at(row, (pad + W) * C), 0, pad * C * 4);
    }
  }
}

function convert(out: usize, bytes: usize, count: i32): void {
  const scale = f32x4.splat(255);
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const wide = v128.load8x8_u(bytes + i);
    const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(wide));
    const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(wide));
    v128.store(at(out, i), f32x4.div(low, scale));
    v128.store(at(out, i), f32x4.div(high, scale), 16);
  }
  for (; i < count; ++i) store<f32>(at(out, i), <f32>load<u8>(bytes + i) / 255);
}
