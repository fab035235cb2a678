// Winograd's transforms of weights and of their gradients (see ./layout.ts), one row of a panel (16 weights) at a time.
import { at, ceilDiv } from "../lib/lanes";
import { PANEL } from "../lib/micro";
import { factor, held, Matrix, transformStrided } from "../lib/winograd-columns";
import { CELL, CELL_ROW } from "../lib/winograd-patch";
import { winogradWeightPlane } from "./layout";

/** Rows per tile. */
const BLOCK_ROWS: i32 = 64;
/** Bytes of a row: two cells. */
const ROW: usize = PANEL * 4;

/** Tiles of the transforms of O x C weights. */
export function winogradWeightTiles(O: i32, C: i32): i32 {
  return ceilDiv((O / PANEL) * C, BLOCK_ROWS);
}

/**
 * u[f][O/16][C][16] = G g G^T from panels[O/16][9][C][16]; flip = 1 reads the taps backwards, for backward data.
 *
 * @out u f32[FREQUENCIES * winogradWeightPlane(O, C)]
 * @in panels f32[9 * O * C]
 * @scratch winogradScratch(max(C, O))
 * @tiles winogradWeightTiles(O, C)
 */
export function winogradWeights(
  u: usize, panels: usize, scratch: usize, O: i32, C: i32, flip: i32, tileBegin: i32, tileEnd: i32,
): void {
  const k0 = held(scratch, factor(Matrix.G, 0));
  const k1 = held(scratch, factor(Matrix.G, 1));
  const k2 = held(scratch, factor(Matrix.G, 2));
  const k3 = held(scratch, factor(Matrix.G, 3));
  const pitch = <usize>winogradWeightPlane(O, C) << 2;
  const end = min(tileEnd * BLOCK_ROWS, (O / PANEL) * C);
  const tap = <usize>((flip ? -C : C) * PANEL * 4);
  for (let row = tileBegin * BLOCK_ROWS; row < end; ++row) {
    const first = at(panels, (((row / C) * 9 + (flip ? 8 : 0)) * C + (row % C)) * PANEL);
    for (let cell: usize = 0; cell < ROW; cell += CELL) {
      let from = first + cell;
      for (let j = 0; j < 3; ++j) {
        transformStrided(Matrix.G, scratch + j * CELL, CELL_ROW, from, 3 * tap, k0, k1, k2, k3);
        from += tap;
      }
      let out = at(u, row * PANEL) + cell;
      for (let i = 0; i < 6; ++i) {
        transformStrided(Matrix.G, out, pitch, scratch + i * CELL_ROW, CELL, k0, k1, k2, k3);
        out += 6 * pitch;
      }
    }
  }
}

/**
 * dw panels[O/16][9][C][16] = G^T s G from s[f][O/16][C][16].
 *
 * @out dw f32[9 * O * C]
 * @in s f32[FREQUENCIES * winogradWeightPlane(O, C)]
 * @scratch winogradScratch(max(C, O))
 * @tiles winogradWeightTiles(O, C)
 */
export function winogradWeightsGradient(
  dw: usize, s: usize, scratch: usize, O: i32, C: i32, tileBegin: i32, tileEnd: i32,
): void {
  const k0 = held(scratch, factor(Matrix.G_T, 0));
  const k1 = held(scratch, factor(Matrix.G_T, 1));
  const k2 = held(scratch, factor(Matrix.G_T, 2));
  const k3 = held(scratch, factor(Matrix.G_T, 3));
  const pitch = <usize>winogradWeightPlane(O, C) << 2;
  const end = min(tileEnd * BLOCK_ROWS, (O / PANEL) * C);
  const tap = <usize>(C * PANEL * 4);
  for (let row = tileBegin * BLOCK_ROWS; row < end; ++row) {
    for (let cell: usize = 0; cell < ROW; cell += CELL) {
      let from = at(s, row * PANEL) + cell;
      for (let j = 0; j < 6; ++j) {
        transformStrided(Matrix.G_T, scratch + j * CELL, CELL_ROW, from, 6 * pitch, k0, k1, k2, k3);
        from += pitch;
      }
      let out = at(dw, ((row / C) * 9 * C + (row % C)) * PANEL) + cell;
      for (let i = 0; i < 3; ++i) {
        transformStrided(Matrix.G_T, out, tap, scratch + i * CELL_ROW, CELL, k0, k1, k2, k3);
        out += 3 * tap;
      }
    }
  }
}
