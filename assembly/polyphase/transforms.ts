// Transforms of activations, patch by patch (see ./layout.ts): eight channels of a patch at a time, in worker scratch, first column by
// column, then row by row.
import { pixelsEpilogue } from "../lib/epilogue";
import { addPair, at, ceilDiv, storePair } from "../lib/lanes";
import { PANEL } from "../lib/micro";
import { gradientColumn, inputColumn, outputColumn } from "../lib/polyphase-columns";
import { CELL, CELL_ROW, columnsOf, findPatch, findPixels, leftOf, outsideOf, pixelOf, pixelsOf, rowsOf, topOf } from "../lib/polyphase-patch";
import { held } from "../lib/winograd-columns";
import { polyphasePatches } from "./layout";

/** Patches per tile. */
const BLOCK_PATCHES: i32 = 4;

/** Tiles of the transforms of T patches. */
export function polyphaseTransformTiles(T: i32): i32 {
  return ceilDiv(T, BLOCK_PATCHES);
}

/** All bits for four outputs along a direction, none for three. */
// @ts-ignore: decorator
@inline
function maskOf(outputs: i32): v128 {
  return i32x4.splat(3 - outputs);
}

/** out[0..8] of nine pixels: the odd phase at the points, then the even phase. */
// @ts-ignore: decorator
@inline
function phases(
  fours: v128, out: usize, pitch: usize, p0: usize, p1: usize, p2: usize, p3: usize, p4: usize, p5: usize, p6: usize,
  p7: usize, p8: usize, half: v128, sixth: v128, two: v128,
): void {
  inputColumn(fours, true, out, pitch, p0, p2, p4, p6, p8, half, sixth, two);
  inputColumn(fours, false, out + 5 * pitch, pitch, p1, p3, p5, p7, 0, half, sixth, two);
}

/** Writes the outputs of one column or row of planes: pixels 0, 2, ... are the even phase, 1, 3, ... the odd one. */
// @ts-ignore: decorator
@inline
function pixels(
  fours: v128, out: usize, pitch: usize, from: usize, step: usize, two: v128, four: v128, eight: v128,
): void {
  outputColumn(fours, true, out + pitch, 2 * pitch, from, step, two, four, eight);
  outputColumn(fours, false, out, 2 * pitch, from + 5 * step, step, two, four, eight);
}

/**
 * v[9][9][T][C] = B^T d B for each patch d of x[N][H][W][C], 9x9 pixels.
 *
 * @out v f32[PHASED_PLANES * plane]
 * @in x f32[N * H * W * C]
 * @scratch polyphaseScratch(C)
 * @tiles polyphaseTransformTiles(polyphasePatches(N, ceilDiv(H, 2), ceilDiv(W, 2)))
 */
export function polyphaseInput(
  v: usize, x: usize, scratch: usize, N: i32, H: i32, W: i32, C: i32, ldv: i32, plane: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  memory.fill(outsideOf(scratch), 0, 4 * C);
  const half = held(scratch, 0.5), sixth = held(scratch, 1.0 / 6), two = held(scratch, 2);
  const pitch = <usize>plane << 2;
  const OH = ceilDiv(H, 2), OW = ceilDiv(W, 2);
  const end = min(tileEnd * BLOCK_PATCHES, polyphasePatches(N, OH, OW));
  for (let t = tileBegin * BLOCK_PATCHES; t < end; ++t) {
    findPatch(scratch, t, N, OH, OW);
    const foursH = maskOf(rowsOf(scratch)), foursW = maskOf(columnsOf(scratch));
    findPixels(
      scratch, x, H, W, C, 2 * topOf(scratch) - 1, 2 * leftOf(scratch) - 1, 9, H, W,
    );
    for (let c = 0; c < C; c += 8) {
      for (let j = 0; j < 9; ++j) {
        phases(
          foursH, scratch + j * CELL, CELL_ROW,
          at(pixelOf(scratch, j), c), at(pixelOf(scratch, 9 + j), c), at(pixelOf(scratch, 18 + j), c),
          at(pixelOf(scratch, 27 + j), c), at(pixelOf(scratch, 36 + j), c), at(pixelOf(scratch, 45 + j), c),
          at(pixelOf(scratch, 54 + j), c), at(pixelOf(scratch, 63 + j), c), at(pixelOf(scratch, 72 + j), c), half, sixth, two,
        );
      }
      let out = at(v, t * ldv + c);
      for (let i = 0; i < 9; ++i) {
        const row = scratch + i * CELL_ROW;
        phases(
          foursW, out, pitch, row, row + CELL, row + 2 * CELL, row + 3 * CELL, row + 4 * CELL, row + 5 * CELL,
          row + 6 * CELL, row + 7 * CELL, row + 8 * CELL, half, sixth, two,
        );
        out += 9 * pitch;
      }
    }
  }
}

/**
 * y[N][OH][OW][O] = A^T m A for each patch m of m[5][5][T][O], then the epilogue of lib/epilogue.ts.
 *
 * @out y f32[N * OH * OW * O]
 * @in m f32[POINT_PLANES * plane]
 * @in? scale f32[O]
 * @in? shift f32[O]
 * @in? residual f32[N * OH * OW * O]
 * @scratch polyphaseScratch(O)
 * @tiles polyphaseTransformTiles(polyphasePatches(N, OH, OW))
 */
export function polyphaseOutput(
  y: usize, m: usize, scratch: usize, N: i32, OH: i32, OW: i32, O: i32, plane: i32,
  scale: usize, shift: usize, residual: usize, relu: i32, tileBegin: i32, tileEnd: i32,
): void {
  const two = held(scratch, 2), four = held(scratch, 4), eight = held(scratch, 8);
  const pitch = <usize>plane << 2;
  const end = min(tileEnd * BLOCK_PATCHES, polyphasePatches(N, OH, OW));
  for (let t = tileBegin * BLOCK_PATCHES; t < end; ++t) {
    findPatch(scratch, t, N, OH, OW);
    const foursH = maskOf(rowsOf(scratch)), foursW = maskOf(columnsOf(scratch));
    const top = topOf(scratch), left = leftOf(scratch);
    findPixels(
      scratch, y, OH, OW, O, top, left, 4, top + rowsOf(scratch), left + columnsOf(scratch),
    );
    for (let o = 0; o < O; o += 8) {
      let from = at(m, t * O + o);
      for (let j = 0; j < 5; ++j) {
        outputColumn(foursH, true, scratch + j * CELL, CELL_ROW, from, 5 * pitch, two, four, eight);
        from += pitch;
      }
      for (let i = 0; i < 4; ++i) {
        const row = scratch + i * CELL_ROW;
        outputColumn(foursW, true, row, CELL, row, CELL, two, four, eight);
        for (let j = 0; j < 4; ++j) {
          const to = at(pixelOf(scratch, 4 * i + j), o);
          storePair(to, v128.load(row + j * CELL), v128.load(row + j * CELL, 16));
        }
      }
    }
    if (scale) pixelsEpilogue(y, pixelsOf(scratch), outsideOf(scratch), O, scale, shift, residual, relu);
  }
}

/**
 * v[5][5][T][O] = B^T d B for each patch d of dy[N][OH][OW][O], 5x5 gradients: for backward data.
 *
 * @out v f32[POINT_PLANES * plane]
 * @in dy f32[N * OH * OW * O]
 * @scratch polyphaseScratch(O)
 * @tiles polyphaseTransformTiles(polyphasePatches(N, OH, OW))
 */
export function polyphaseDataInput(
  v: usize, dy: usize, scratch: usize, N: i32, OH: i32, OW: i32, O: i32, ldv: i32, plane: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  memory.fill(outsideOf(scratch), 0, 4 * O);
  const half = held(scratch, 0.5), sixth = held(scratch, 1.0 / 6), two = held(scratch, 2);
  const pitch = <usize>plane << 2;
  const end = min(tileEnd * BLOCK_PATCHES, polyphasePatches(N, OH, OW));
  for (let t = tileBegin * BLOCK_PATCHES; t < end; ++t) {
    findPatch(scratch, t, N, OH, OW);
    const foursH = maskOf(rowsOf(scratch)), foursW = maskOf(columnsOf(scratch));
    findPixels(
      scratch, dy, OH, OW, O, topOf(scratch), leftOf(scratch), 5, OH, OW,
    );
    for (let o = 0; o < O; o += 8) {
      for (let j = 0; j < 5; ++j) {
        const p0 = at(pixelOf(scratch, j), o), p1 = at(pixelOf(scratch, 5 + j), o), p2 = at(pixelOf(scratch, 10 + j), o);
        const p3 = at(pixelOf(scratch, 15 + j), o), p4 = at(pixelOf(scratch, 20 + j), o);
        inputColumn(foursH, true, scratch + j * CELL, CELL_ROW, p0, p1, p2, p3, p4, half, sixth, two);
      }
      let out = at(v, t * ldv + o);
      for (let i = 0; i < 5; ++i) {
        const row = scratch + i * CELL_ROW;
        inputColumn(
          foursW, true, out, pitch, row, row + CELL, row + 2 * CELL, row + 3 * CELL, row + 4 * CELL, half, sixth, two,
        );
        out += 5 * pitch;
      }
    }
  }
}

/**
 * dx[N][H][W][C] (+)= A^T m A for each patch m of m[9][9][T][C], phase by phase.
 *
 * @inout dx f32[N * H * W * C]
 * @in m f32[PHASED_PLANES * plane]
 * @scratch polyphaseScratch(C)
 * @tiles polyphaseTransformTiles(polyphasePatches(N, ceilDiv(H, 2), ceilDiv(W, 2)))
 */
export function polyphaseDataOutput(
  dx: usize, m: usize, scratch: usize, N: i32, H: i32, W: i32, C: i32, plane: i32, accumulate: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  const two = held(scratch, 2), four = held(scratch, 4), eight = held(scratch, 8);
  const pitch = <usize>plane << 2;
  const OH = ceilDiv(H, 2), OW = ceilDiv(W, 2);
  const end = min(tileEnd * BLOCK_PATCHES, polyphasePatches(N, OH, OW));
  const keep = i32x4.splat(-accumulate);
  // The last row of cells is free: only eight rows of pixels remain of nine rows of planes.
  const result = scratch + 8 * CELL_ROW;
  for (let t = tileBegin * BLOCK_PATCHES; t < end; ++t) {
    findPatch(scratch, t, N, OH, OW);
    const foursH = maskOf(rowsOf(scratch)), foursW = maskOf(columnsOf(scratch));
    const top = 2 * topOf(scratch), left = 2 * leftOf(scratch);
    findPixels(
      scratch, dx, H, W, C, top, left, 8, top + 2 * rowsOf(scratch), left + 2 * columnsOf(scratch),
    );
    for (let c = 0; c < C; c += 8) {
      let from = at(m, t * C + c);
      for (let j = 0; j < 9; ++j) {
        pixels(foursH, scratch + j * CELL, CELL_ROW, from, 9 * pitch, two, four, eight);
        from += pitch;
      }
      for (let i = 0; i < 8; ++i) {
        pixels(foursW, result, CELL, scratch + i * CELL_ROW, CELL, two, four, eight);
        for (let j = 0; j < 8; ++j) addPair(at(pixelOf(scratch, 8 * i + j), c), result + j * CELL, keep);
      }
    }
  }
}

/**
 * z[5][5][O/16][T][16] = A d A^T for each patch d of dy[N][OH][OW][O].
 *
 * @out z f32[POINT_PLANES * plane]
 * @in dy f32[N * OH * OW * O]
 * @scratch polyphaseScratch(O)
 * @tiles polyphaseTransformTiles(polyphasePatches(N, OH, OW))
 */
export function polyphaseGradient(
  z: usize, dy: usize, scratch: usize, N: i32, OH: i32, OW: i32, O: i32, plane: i32, tileBegin: i32, tileEnd: i32,
): void {
  memory.fill(outsideOf(scratch), 0, 4 * O);
  const two = held(scratch, 2), four = held(scratch, 4), eight = held(scratch, 8);
  const pitch = <usize>plane << 2;
  const T = polyphasePatches(N, OH, OW);
  const end = min(tileEnd * BLOCK_PATCHES, T);
  for (let t = tileBegin * BLOCK_PATCHES; t < end; ++t) {
    findPatch(scratch, t, N, OH, OW);
    const foursH = maskOf(rowsOf(scratch)), foursW = maskOf(columnsOf(scratch));
    const top = topOf(scratch), left = leftOf(scratch);
    findPixels(
      scratch, dy, OH, OW, O, top, left, 4, top + rowsOf(scratch), left + columnsOf(scratch),
    );
    for (let o = 0; o < O; o += 8) {
      for (let j = 0; j < 4; ++j) {
        const p0 = at(pixelOf(scratch, j), o), p1 = at(pixelOf(scratch, 4 + j), o), p2 = at(pixelOf(scratch, 8 + j), o);
        const p3 = at(pixelOf(scratch, 12 + j), o);
        gradientColumn(foursH, scratch + j * CELL, CELL_ROW, p0, p1, p2, p3, two, four, eight);
      }
      let out = at(z, ((o / PANEL) * T + t) * PANEL + (o % PANEL));
      for (let i = 0; i < 5; ++i) {
        const row = scratch + i * CELL_ROW;
        gradientColumn(foursW, out, pitch, row, row + CELL, row + 2 * CELL, row + 3 * CELL, two, four, eight);
        out += 5 * pitch;
      }
    }
  }
}
