// Transforms of weights and of their gradients (see ./layout.ts), one row of a panel (16 weights) at a time.
import { at, ceilDiv } from "../lib/lanes";
import { PANEL } from "../lib/micro";
import { weightsColumn, weightsGradientColumn } from "../lib/polyphase-columns";
import { CELL, CELL_ROW } from "../lib/polyphase-patch";
import { polyphaseWeightPlane } from "./layout";

/** Rows per tile. */
const BLOCK_ROWS: i32 = 64;
/** Bytes of a row: two cells. */
const ROW: usize = PANEL * 4;

/** Tiles of the transforms of O x C weights. */
export function polyphaseWeightTiles(O: i32, C: i32): i32 {
  return ceilDiv((O / PANEL) * C, BLOCK_ROWS);
}

/**
 * u[6][6][O/16][C][16] = G w G^T from panels[O/16][9][C][16]; flip = 1 reads the taps backwards, for backward data.
 *
 * @out u f32[TAP_PLANES * polyphaseWeightPlane(O, C)]
 * @in panels f32[9 * O * C]
 * @scratch polyphaseScratch(max(C, O))
 * @tiles polyphaseWeightTiles(O, C)
 */
export function polyphaseWeights(
  u: usize, panels: usize, scratch: usize, O: i32, C: i32, flip: i32, tileBegin: i32, tileEnd: i32,
): void {
  const pitch = <usize>polyphaseWeightPlane(O, C) << 2;
  const end = min(tileEnd * BLOCK_ROWS, (O / PANEL) * C);
  const tap = <usize>((flip ? -C : C) * PANEL * 4);
  for (let row = tileBegin * BLOCK_ROWS; row < end; ++row) {
    const first = at(panels, (((row / C) * 9 + (flip ? 8 : 0)) * C + (row % C)) * PANEL);
    for (let cell: usize = 0; cell < ROW; cell += CELL) {
      let from = first + cell;
      for (let j = 0; j < 3; ++j) {
        weightsColumn(scratch + j * CELL, CELL_ROW, from, 3 * tap);
        from += tap;
      }
      let out = at(u, row * PANEL) + cell;
      for (let i = 0; i < 6; ++i) {
        weightsColumn(out, pitch, scratch + i * CELL_ROW, CELL);
        out += 6 * pitch;
      }
    }
  }
}

/**
 * dw panels[O/16][9][C][16] = G^T s G from s[6][6][O/16][C][16].
 *
 * @out dw f32[9 * O * C]
 * @in s f32[TAP_PLANES * polyphaseWeightPlane(O, C)]
 * @scratch polyphaseScratch(max(C, O))
 * @tiles polyphaseWeightTiles(O, C)
 */
export function polyphaseWeightsGradient(
  dw: usize, s: usize, scratch: usize, O: i32, C: i32, tileBegin: i32, tileEnd: i32,
): void {
  const pitch = <usize>polyphaseWeightPlane(O, C) << 2;
  const end = min(tileEnd * BLOCK_ROWS, (O / PANEL) * C);
  const tap = <usize>(C * PANEL * 4);
  for (let row = tileBegin * BLOCK_ROWS; row < end; ++row) {
    for (let cell: usize = 0; cell < ROW; cell += CELL) {
      let from = at(s, row * PANEL) + cell;
      for (let j = 0; j < 6; ++j) {
        weightsGradientColumn(scratch + j * CELL, CELL_ROW, from, 6 * pitch);
        from += pitch;
      }
      let out = at(dw, ((row / C) * 9 * C + (row % C)) * PANEL) + cell;
      for (let i = 0; i < 3; ++i) {
        weightsGradientColumn(out, tap, scratch + i * CELL_ROW, CELL);
        out += 3 * tap;
      }
    }
  }
}
