// Winograd's transforms of activations, patch by patch (see ./layout.ts): eight channels of a patch at a time, in worker scratch,
// first column by column, then row by row.
import { pixelsEpilogue } from "../lib/epilogue";
import { addPair, at, ceilDiv } from "../lib/lanes";
import { PANEL } from "../lib/micro";
import { factor, hasPoint, held, Matrix, transformColumn, transformStrided } from "../lib/winograd-columns";
import { CELL, CELL_ROW, findPixels, outsideOf, pixelOf, pixelsOf, WHOLE } from "../lib/winograd-patch";

/** Patches per tile. */
const BLOCK_PATCHES: i32 = 4;

/** Whether the transforms of a patch of that size are inlined: of whole ones, where the code need not be small. */
// @ts-ignore: decorator
@inline
function inlined(size: i32): bool {
  return ASC_SHRINK_LEVEL == 0 && size == WHOLE;
}

/** Tiles of the transforms of T patches. */
export function winogradTransformTiles(T: i32): i32 {
  return ceilDiv(T, BLOCK_PATCHES);
}

/**
 * v[f][T][C] = B^T d B for each patch d of x[N][H][W][C].
 *
 * @out v f32[FREQUENCIES * plane]
 * @in x f32[T / winogradPatches(1, H, W) * H * W * C]
 * @scratch winogradScratch(C)
 * @tiles winogradTransformTiles(T)
 */
export function winogradInput(
  v: usize, x: usize, scratch: usize, H: i32, W: i32, C: i32, T: i32, ldv: i32, plane: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  memory.fill(outsideOf(scratch), 0, 4 * C);
  const k0 = held(scratch, factor(Matrix.B_T, 0));
  const k1 = held(scratch, factor(Matrix.B_T, 1));
  const k2 = held(scratch, factor(Matrix.B_T, 2));
  const pitch = <usize>plane << 2;
  const end = min(tileEnd * BLOCK_PATCHES, T);
  for (let t = tileBegin * BLOCK_PATCHES; t < end; ++t) {
    const size = findPixels(scratch, x, t, T, H, W, C, 6, 1);
    if (!inlined(size)) {
      inputPatch(at(v, t * ldv), scratch, size, C, pitch);
      continue;
    }
    for (let c = 0; c < C; c += 8) {
      for (let j = 0; j < 6; ++j) {
        transformColumn(
          Matrix.B_T, scratch + j * CELL, CELL_ROW,
          at(pixelOf(scratch, j), c), at(pixelOf(scratch, 6 + j), c), at(pixelOf(scratch, 12 + j), c),
          at(pixelOf(scratch, 18 + j), c), at(pixelOf(scratch, 24 + j), c), at(pixelOf(scratch, 30 + j), c),
          k0, k1, k2, k2,
        );
      }
      let out = at(v, t * ldv + c);
      for (let i = 0; i < 6; ++i) {
        transformStrided(Matrix.B_T, out, pitch, scratch + i * CELL_ROW, CELL, k0, k1, k2, k2);
        out += 6 * pitch;
      }
    }
  }
}

/**
 * z[f][O/16][T][16] = A d A^T for each patch d of dy[N][H][W][O].
 *
 * @out z f32[FREQUENCIES * plane]
 * @in dy f32[T / winogradPatches(1, H, W) * H * W * O]
 * @scratch winogradScratch(O)
 * @tiles winogradTransformTiles(T)
 */
export function winogradGradient(
  z: usize, dy: usize, scratch: usize, H: i32, W: i32, O: i32, T: i32, plane: i32, tileBegin: i32, tileEnd: i32,
): void {
  memory.fill(outsideOf(scratch), 0, 4 * O);
  const k0 = held(scratch, factor(Matrix.A, 0));
  const k1 = held(scratch, factor(Matrix.A, 1));
  const k2 = held(scratch, factor(Matrix.A, 2));
  const pitch = <usize>plane << 2;
  const end = min(tileEnd * BLOCK_PATCHES, T);
  for (let t = tileBegin * BLOCK_PATCHES; t < end; ++t) {
    const size = findPixels(scratch, dy, t, T, H, W, O, 4, 0);
    if (!inlined(size)) {
      gradientPatch(at(z, t * PANEL), scratch, size, O, T, pitch);
      continue;
    }
    for (let o = 0; o < O; o += 8) {
      for (let j = 0; j < 4; ++j) {
        transformColumn(
          Matrix.A, scratch + j * CELL, CELL_ROW,
          at(pixelOf(scratch, j), o), at(pixelOf(scratch, 4 + j), o), at(pixelOf(scratch, 8 + j), o),
          at(pixelOf(scratch, 12 + j), o), 0, 0, k0, k1, k2, k2,
        );
      }
      let out = at(z, ((o / PANEL) * T + t) * PANEL + (o % PANEL));
      for (let i = 0; i < 6; ++i) {
        transformStrided(Matrix.A, out, pitch, scratch + i * CELL_ROW, CELL, k0, k1, k2, k2);
        out += 6 * pitch;
      }
    }
  }
}

/**
 * y[N][H][W][O] (+)= A^T m A for each patch m of m[f][T][O], then the epilogue of lib/epilogue.ts.
 *
 * @inout y f32[T / winogradPatches(1, H, W) * H * W * O]
 * @in m f32[FREQUENCIES * plane]
 * @in? scale f32[O]
 * @in? shift f32[O]
 * @in? residual f32[T / winogradPatches(1, H, W) * H * W * O]
 * @scratch winogradScratch(O)
 * @tiles winogradTransformTiles(T)
 */
export function winogradOutput(
  y: usize, m: usize, scratch: usize, H: i32, W: i32, O: i32, T: i32, plane: i32, accumulate: i32,
  scale: usize, shift: usize, residual: usize, relu: i32, tileBegin: i32, tileEnd: i32,
): void {
  const keep = i32x4.splat(-accumulate);
  const k0 = held(scratch, factor(Matrix.A_T, 0));
  const k1 = held(scratch, factor(Matrix.A_T, 1));
  const k2 = held(scratch, factor(Matrix.A_T, 2));
  const pitch = <usize>plane << 2;
  const end = min(tileEnd * BLOCK_PATCHES, T);
  for (let t = tileBegin * BLOCK_PATCHES; t < end; ++t) {
    const size = findPixels(scratch, y, t, T, H, W, O, 4, 0);
    if (!inlined(size)) outputPatch(at(m, t * O), scratch, size, O, pitch, keep);
    else for (let o = 0; o < O; o += 8) {
      let from = at(m, t * O + o);
      for (let j = 0; j < 6; ++j) {
        // Column j of the patch: frequencies j, 6 + j, 12 + j, ...
        transformStrided(Matrix.A_T, scratch + j * CELL, CELL_ROW, from, 6 * pitch, k0, k1, k2, k2);
        from += pitch;
      }
      for (let i = 0; i < 4; ++i) {
        const row = scratch + i * CELL_ROW;
        transformStrided(Matrix.A_T, row, CELL, row, CELL, k0, k1, k2, k2);
        for (let j = 0; j < 4; ++j) addPair(at(pixelOf(scratch, 4 * i + j), o), row + j * CELL, keep);
      }
    }
    if (scale) pixelsEpilogue(y, pixelsOf(scratch), outsideOf(scratch), O, scale, shift, residual, relu);
  }
}

// The same for a patch of any size, with functions instead of inlined transforms: they are used for columns and for rows.

function inputPatch(v: usize, scratch: usize, size: i32, C: i32, pitch: usize): void {
  const rows = size >> 3;
  const columns = size & 7;
  for (let c = 0; c < C; c += 8) {
    for (let j = 0; j < columns + 2; ++j) {
      inputColumn(
        rows, scratch + j * CELL, CELL_ROW,
        at(pixelOf(scratch, j), c), at(pixelOf(scratch, 6 + j), c), at(pixelOf(scratch, 12 + j), c),
        at(pixelOf(scratch, 18 + j), c), at(pixelOf(scratch, 24 + j), c), at(pixelOf(scratch, 30 + j), c),
      );
    }
    for (let i = 0; i < 6; ++i) {
      const row = scratch + i * CELL_ROW;
      if (hasPoint(rows, i)) {
        inputColumn(
          columns, at(v, c) + 6 * i * pitch, pitch,
          row, row + CELL, row + 2 * CELL, row + 3 * CELL, row + 4 * CELL, row + 5 * CELL,
        );
      }
    }
  }
}

/** transformColumn with constant factors. */
// @ts-ignore: decorator
@inline
function columnOf(
  matrix: Matrix, out: usize, pitch: usize, p0: usize, p1: usize, p2: usize, p3: usize, p4: usize, p5: usize,
): void {
  transformColumn(
    matrix, out, pitch, p0, p1, p2, p3, p4, p5,
    f32x4.splat(factor(matrix, 0)), f32x4.splat(factor(matrix, 1)), f32x4.splat(factor(matrix, 2)), f32x4.splat(0),
  );
}

/** B^T of a patch with so many rows. */
function inputColumn(
  rows: i32, out: usize, pitch: usize, p0: usize, p1: usize, p2: usize, p3: usize, p4: usize, p5: usize,
): void {
  if (rows == 4) columnOf(Matrix.B_T, out, pitch, p0, p1, p2, p3, p4, p5);
  else columnOf(Matrix.B2_T, out, pitch, p0, p1, p2, p3, 0, 0);
}

function gradientPatch(z: usize, scratch: usize, size: i32, O: i32, T: i32, pitch: usize): void {
  const rows = size >> 3;
  const columns = size & 7;
  for (let o = 0; o < O; o += 8) {
    for (let j = 0; j < columns; ++j) {
      gradientColumn(
        rows, scratch + j * CELL, CELL_ROW,
        at(pixelOf(scratch, j), o), at(pixelOf(scratch, 4 + j), o), at(pixelOf(scratch, 8 + j), o),
        at(pixelOf(scratch, 12 + j), o),
      );
    }
    for (let i = 0; i < 6; ++i) {
      const row = scratch + i * CELL_ROW;
      if (hasPoint(rows, i)) {
        const out = at(z, (o / PANEL) * T * PANEL + (o % PANEL)) + 6 * i * pitch;
        gradientColumn(columns, out, pitch, row, row + CELL, row + 2 * CELL, row + 3 * CELL);
      }
    }
  }
}

/** A of a patch with so many rows. */
function gradientColumn(rows: i32, out: usize, pitch: usize, p0: usize, p1: usize, p2: usize, p3: usize): void {
  if (rows == 4) columnOf(Matrix.A, out, pitch, p0, p1, p2, p3, 0, 0);
  else columnOf(Matrix.A2, out, pitch, p0, p1, 0, 0, 0, 0);
}

function outputPatch(m: usize, scratch: usize, size: i32, O: i32, pitch: usize, keep: v128): void {
  const rows = size >> 3;
  const columns = size & 7;
  for (let o = 0; o < O; o += 8) {
    for (let j = 0; j < 6; ++j) {
      if (hasPoint(columns, j)) outputColumn(rows, scratch + j * CELL, CELL_ROW, at(m, o) + j * pitch, 6 * pitch);
    }
    for (let i = 0; i < rows; ++i) {
      const row = scratch + i * CELL_ROW;
      outputColumn(columns, row, CELL, row, CELL);
      for (let j = 0; j < columns; ++j) addPair(at(pixelOf(scratch, 4 * i + j), o), row + j * CELL, keep);
    }
  }
}

/** A^T of a patch with so many rows; its points are `step` bytes apart. */
function outputColumn(rows: i32, out: usize, pitch: usize, from: usize, step: usize): void {
  if (rows == 4) columnOf(
    Matrix.A_T, out, pitch, from, from + step, from + 2 * step, from + 3 * step, from + 4 * step, from + 5 * step,
  );
  else columnOf(
    Matrix.A2_T, out, pitch, from, from + step, from + 2 * step, from + 3 * step, from + 4 * step, from + 5 * step,
  );
}
