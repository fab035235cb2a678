// Elementwise passes over `count` floats. Tiles: `elementwiseTiles(count)`.
import { at, ceilDiv } from "./lib/lanes";

const TILE: i32 = 16384;

export function elementwiseTiles(count: i32): i32 {
  return ceilDiv(count, TILE);
}

/**
 * y = max(x, 0).
 *
 * @out y f32[count]
 * @in x f32[count]
 * @tiles elementwiseTiles(count)
 */
export function relu(y: usize, x: usize, count: i32, tileBegin: i32, tileEnd: i32): void {
  const end = min(tileEnd * TILE, count);
  let i = tileBegin * TILE;
  for (; i + 4 <= end; i += 4) v128.store(at(y, i), f32x4.max(v128.load(at(x, i)), f32x4.splat(0)));
  for (; i < end; ++i) store<f32>(at(y, i), max<f32>(load<f32>(at(x, i)), 0));
}

/**
 * dx = dy where y > 0, else 0.
 *
 * @out dx f32[count]
 * @in dy f32[count]
 * @in y f32[count]
 * @tiles elementwiseTiles(count)
 */
export function reluBackward(dx: usize, dy: usize, y: usize, count: i32, tileBegin: i32, tileEnd: i32): void {
  const end = min(tileEnd * TILE, count);
  let i = tileBegin * TILE;
  for (; i + 4 <= end; i += 4) {
    v128.store(at(dx, i), v128.and(v128.load(at(dy, i)), f32x4.gt(v128.load(at(y, i)), f32x4.splat(0))));
  }
  for (; i < end; ++i) store<f32>(at(dx, i), load<f32>(at(y, i)) > 0 ? load<f32>(at(dy, i)) : 0);
}

/**
 * y = a + b: the residual add, where no batch-norm stands before it to do it on the way.
 *
 * @out y f32[count]
 * @in a f32[count]
 * @in b f32[count]
 * @tiles elementwiseTiles(count)
 */
export function add(y: usize, a: usize, b: usize, count: i32, tileBegin: i32, tileEnd: i32): void {
  const end = min(tileEnd * TILE, count);
  let i = tileBegin * TILE;
  for (; i + 4 <= end; i += 4) v128.store(at(y, i), f32x4.add(v128.load(at(a, i)), v128.load(at(b, i))));
  for (; i < end; ++i) store<f32>(at(y, i), load<f32>(at(a, i)) + load<f32>(at(b, i)));
}
