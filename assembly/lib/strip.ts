// One strip of at most ROWS output rows, including edges: rows past the end repeat the last address (read, never stored), columns past the
// end use the panel's zeros. Edges need no slow path, only a copy through `tile`.
import { at } from "./lanes";
import { LEAST_ROWS, micro, PANEL, ROWS } from "./micro";

/** Bytes of the tile for edges. */
// @ts-ignore: decorator
@inline export const TILE_BYTES: i32 = 6 * 16 * 4;

/** Output pixels per tile of a direct convolution: eight strips of six. The stem has the same tiles, because ../conv2d.ts computes colour images. */
// @ts-ignore: decorator
@inline export const TILE_PIXELS: i32 = 8 * 6;

/** c[rows][cols] (+)= table * panel, rows <= ROWS and cols <= 16; rows of c are ldc floats apart. */
// @ts-ignore: decorator
@inline
export function strip(
  c: usize, ldc: i32, rows: i32, cols: i32, tile: usize,
  panel: usize, table: usize, taps: i32, depth: i32, step: i32, accumulate: i32,
): void {
  if (rows >= LEAST_ROWS && cols == PANEL) micro(rows, c, ldc, panel, table, taps, depth, step, accumulate);
  else edge(c, ldc, rows, cols, tile, panel, table, taps, depth, step, accumulate);
}

function edge(
  c: usize, ldc: i32, rows: i32, cols: i32, tile: usize,
  panel: usize, table: usize, taps: i32, depth: i32, step: i32, accumulate: i32,
): void {
  if (accumulate) {
    for (let i = 0; i < rows; ++i) memory.copy(tile + i * 4 * PANEL, at(c, i * ldc), cols * 4);
  }
  micro(max(rows, LEAST_ROWS), tile, PANEL, panel, table, taps, depth, step, accumulate);
  for (let i = 0; i < rows; ++i) memory.copy(at(c, i * ldc), tile + i * 4 * PANEL, cols * 4);
}

/** Writes the table of a single tap: rows of `a` are `pitch` floats apart. */
// @ts-ignore: decorator
@inline
export function rowTable(table: usize, a: usize, pitch: i32, rows: i32): void {
  store<u32>(table, 0);
  for (let i = 0; i < ROWS; ++i) {
    store<u32>(table + 4 * (i + 1), <u32>at(a, min(i, rows - 1) * pitch));
  }
}
