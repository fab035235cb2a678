// Saliency maps: the log-odds r = logit[1] - logit[0] (class 1 is positive), distributed over the positions of an image.
import { at } from "./lib/lanes";

/**
 * r[i] = logits[i][1] - logits[i][0].
 *
 * @out r f32[count]
 * @in logits f32[2 * count]
 * @tiles 1
 */
export function logOdds(r: usize, logits: usize, count: i32, tileBegin: i32, tileEnd: i32): void {
  for (let i = 0; i < count; ++i) store<f32>(at(r, i), load<f32>(at(logits, 2 * i + 1)) - load<f32>(at(logits, 2 * i)));
}

/**
 * dlogits[i] = (-1, 1): the gradient of r[i].
 *
 * @out dlogits f32[2 * count]
 * @tiles 1
 */
export function logOddsBackward(dlogits: usize, count: i32, tileBegin: i32, tileEnd: i32): void {
  for (let i = 0; i < count; ++i) {
    store<f32>(at(dlogits, 2 * i), -1);
    store<f32>(at(dlogits, 2 * i + 1), 1);
  }
}

/**
 * map[p] = sum over c of dx[p][c], the derivative by the grey level of pixel p. With bytes[P][C]: the pixel's share of r in a linear
 * model, sum over c of dx[p][c] * bytes[p][c] / 255. A tile is `row` pixels.
 *
 * @out map f32[tiles * row]
 * @in dx f32[tiles * row * C]
 * @in? bytes u8[tiles * row * C]
 */
export function pixelMap(map: usize, dx: usize, bytes: usize, row: i32, C: i32, tileBegin: i32, tileEnd: i32): void {
  for (let p = tileBegin * row; p < tileEnd * row; ++p) {
    let sum: f32 = 0;
    for (let i = p * C; i < (p + 1) * C; ++i) {
      const factor = bytes ? <f32>load<u8>(bytes + <usize>i) / 255 : 1;
      sum += load<f32>(at(dx, i)) * factor;
    }
    store<f32>(at(map, p), sum);
  }
}
