// The textbook way to a convolution: lay every receptive field out as a row, then multiply. `conv2d` reads the input in
// place instead; this is its readable twin, the baseline of the bench and a second opinion in the tests.
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

/**
 * Adds columns back onto the pixels they came from: the gradient of `im2col`. dx[N][H][W][C], zeroed first.
 * A tile is an image.
 *
 * @out dx f32[tiles * H * W * C]
 * @in columns f32[tiles * OH * OW * R * S * C]
 */
export function col2im(
  dx: usize, columns: usize, H: i32, W: i32, C: i32, OH: i32, OW: i32, R: i32, S: i32, stride: i32, pad: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  for (let n = tileBegin; n < tileEnd; ++n) {
    memory.fill(at(dx, n * H * W * C), 0, H * W * C * 4);
    let from = at(columns, n * OH * OW * R * S * C);
    for (let p = 0; p < OH * OW; ++p) {
      for (let t = 0; t < R * S; ++t) {
        const ih = (p / OW) * stride + t / S - pad;
        const iw = (p % OW) * stride + (t % S) - pad;
        if (<u32>ih < <u32>H && <u32>iw < <u32>W) {
          const to = at(dx, ((n * H + ih) * W + iw) * C);
          for (let c = 0; c < C; ++c) store<f32>(at(to, c), load<f32>(at(to, c)) + load<f32>(at(from, c)));
        }
        from = at(from, C);
      }
    }
  }
}
