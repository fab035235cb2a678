// Passes over `count` floats, whatever their shape.
import { at, ceilDiv } from "./lib/lanes";

const TILE: i32 = 16384;

/** Tiles of a pass over `count` floats. */
export function elementwiseTiles(count: i32): i32 {
  return ceilDiv(count, TILE);
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
