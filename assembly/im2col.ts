// The textbook convolution: copy each receptive field into a row, then multiply. No model uses it, because `conv2d` reads the input in
// place; the benchmark compares `conv2d` with it.
import { at } from "./lib/lanes";

/**
 * columns[N*OH*OW][R*S*C] from x[N][H][W][C]. A tile is an output row (n, i).
 *
 * @out columns f32[tiles * OW * R * S * C]
 * @in x f32[tiles / OH * H * W * C]
 */
export function im2col(
  columns: usize, x: usize, H: i32, W: i32, C: i32, OH: i32, OW: i32, R: i32, S: i32, stride: i32, pad: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  let out = at(columns, tileBegin * OW * R * S * C);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const n = tile / OH;
    for (let ow = 0; ow < OW; ++ow) {
      for (let r = 0; r < R; ++r) {
        for (let s = 0; s < S; ++s) {
          const ih = (tile % OH) * stride + r - pad;
          const iw = ow * stride + s - pad;
          if (<u32>ih < <u32>H && <u32>iw < <u32>W) memory.copy(out, at(x, ((n * H + ih) * W + iw) * C), 4 * C);
          else memory.fill(out, 0, 4 * C);
          out = at(out, C);
        }
      }
    }
  }
}
