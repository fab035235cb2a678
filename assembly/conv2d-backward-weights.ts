// Gradient of the convolution's weights: for each tap, the product X^T dY over all output pixels.
//
//   dw[o][r][s][c] = sum over n, i, j of  x[n][i*stride + r - pad][j*stride + s - pad][c] * dy[n][i][j][o]
//
// The sum over images is cut into `splits` by a rule that depends only on shapes. Each split fills its own partial panels, and
// `sumSplits` adds them in order: the same bits for any number of threads.
import { at, ceilDiv, storePair } from "./lib/lanes";
import { PANEL, ROWS } from "./lib/micro";
import { copyPanel } from "./lib/panel";
import { rowTable, strip, TILE_BYTES } from "./lib/strip";

/** Limits per gather: pixels; panels of dy; length of the rows of several taps. */
const BLOCK_PIXELS: i32 = 128;
const BLOCK_PANELS: i32 = 8;
const BLOCK_DEPTH: i32 = 640;
/** Padding in floats per gathered row, so that rows of a power of two do not share one cache set. */
const SKEW: i32 = 16;
/** Wanted number of tiles: enough to balance 24 threads. */
const WANTED_TILES: i32 = 96;
const SUM_TILE: i32 = 4096;

/** Taps that one tile gathers: their weights are adjacent rows in the panel, so they form one longer product. */
function tapGroup(R: i32, S: i32, depth: i32): i32 {
  const groups = ceilDiv(R * S, max(1, min(R * S, BLOCK_DEPTH / depth)));
  return ceilDiv(R * S, groups);
}

export function conv2dBackwardWeightsScratch(R: i32, S: i32, depth: i32): i32 {
  const row = tapGroup(R, S, depth) * depth + SKEW;
  return TILE_BYTES + (ROWS + 1) * 4 + BLOCK_PIXELS * (row + BLOCK_PANELS * PANEL) * 4;
}

/** Tiles per split. */
function tilesPerSplit(O: i32, R: i32, S: i32, depth: i32): i32 {
  return ceilDiv(R * S, tapGroup(R, S, depth)) * ceilDiv(ceilDiv(O, PANEL), BLOCK_PANELS);
}

/** Number of partial sums, each as large as the packed weights. */
export function conv2dBackwardWeightsSplits(N: i32, O: i32, R: i32, S: i32, depth: i32): i32 {
  return max(1, min(N, ceilDiv(WANTED_TILES, tilesPerSplit(O, R, S, depth))));
}

export function conv2dBackwardWeightsTiles(N: i32, O: i32, R: i32, S: i32, depth: i32): i32 {
  return conv2dBackwardWeightsSplits(N, O, R, S, depth) * tilesPerSplit(O, R, S, depth);
}

/**
 * partial[splits][ceil(O/16)][R*S][depth][16] from x and dy (see conv2d for pixel and depth).
 *
 * @out partial f32[conv2dBackwardWeightsSplits(N, O, R, S, depth) * ceilDiv(O, PANEL) * R * S * depth * PANEL]
 * @in x f32[N * H * W * pixel]
 * @in dy f32[N * OH * OW * O]
 * @scratch conv2dBackwardWeightsScratch(R, S, depth)
 * @tiles conv2dBackwardWeightsTiles(N, O, R, S, depth)
 * @flops 2 * N * OH * OW * O * R * S * depth
 */
export function conv2dBackwardWeights(
  partial: usize, x: usize, dy: usize, scratch: usize,
  N: i32, H: i32, W: i32, pixel: i32, depth: i32, OH: i32, OW: i32, O: i32, R: i32, S: i32, stride: i32, pad: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  const taps = R * S;
  const group = tapGroup(R, S, depth);
  const panelCount = ceilDiv(O, PANEL);
  const panelGroups = ceilDiv(panelCount, BLOCK_PANELS);
  const splits = conv2dBackwardWeightsSplits(N, O, R, S, depth);
  const perSplit = tilesPerSplit(O, R, S, depth);
  const table = scratch + TILE_BYTES;
  const xs = table + (ROWS + 1) * 4;
  const ldx = group * depth + SKEW;
  const dys = at(xs, BLOCK_PIXELS * ldx);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const split = tile / perSplit;
    const tapBegin = ((tile % perSplit) / panelGroups) * group;
    const tapEnd = min(tapBegin + group, taps);
    const panelBegin = (tile % panelGroups) * BLOCK_PANELS;
    const panelEnd = min(panelBegin + BLOCK_PANELS, panelCount);
    const begin = ((split * N) / splits) * OH * OW;
    const end = (((split + 1) * N) / splits) * OH * OW;
    const width = (tapEnd - tapBegin) * depth;
    for (let q = begin; q < end; q += BLOCK_PIXELS) {
      const pixels = min(BLOCK_PIXELS, end - q);
      for (let tap = tapBegin; tap < tapEnd; ++tap) {
        const column = at(xs, (tap - tapBegin) * depth);
        gatherPixels(column, ldx, x, q, pixels, H, W, pixel, depth, OH, OW, stride, tap / S - pad, (tap % S) - pad);
      }
      for (let p = panelBegin; p < panelEnd; ++p) {
        const panel = at(dys, (p - panelBegin) * BLOCK_PIXELS * PANEL);
        copyPanel(panel, at(dy, q * O + p * PANEL), pixels, O, min(PANEL, O - p * PANEL));
        const out = at(partial, ((split * panelCount + p) * taps + tapBegin) * depth * PANEL);
        for (let c = 0; c < width; c += ROWS) {
          const rows = min(ROWS, width - c);
          rowTable(table, at(xs, c), 1, rows);
          strip(at(out, c * PANEL), PANEL, rows, PANEL, scratch, panel, table, 1, pixels, ldx * 4, q > begin ? 1 : 0);
        }
      }
    }
  }
}

/** out[pixels][ldx] <- the pixels of x that tap (r, s) reads for output pixels q, q + 1, ...; zeros for padding. */
function gatherPixels(
  out: usize, ldx: i32, x: usize, q: i32, pixels: i32, H: i32, W: i32, pixel: i32, depth: i32, OH: i32, OW: i32,
  stride: i32, r: i32, s: i32,
): void {
  let n = q / (OH * OW);
  let oh = (q / OW) % OH;
  let ow = q % OW;
  for (let i = 0; i < pixels; ++i) {
    const ih = oh * stride + r;
    const iw = ow * stride + s;
    if (<u32>ih < <u32>H && <u32>iw < <u32>W) {
      const from = at(x, ((n * H + ih) * W + iw) * pixel);
      let c = 0;
      for (; c + 4 <= depth; c += 4) v128.store(at(out, c), v128.load(at(from, c)));
      for (; c < depth; ++c) store<f32>(at(out, c), load<f32>(at(from, c)));
    } else {
      for (let c = 0; c < depth; ++c) store<f32>(at(out, c), 0);
    }
    out = at(out, ldx);
    if (++ow == OW) {
      ow = 0;
      if (++oh == OH) {
        oh = 0;
        ++n;
      }
    }
  }
}

/** Tiles of `sumSplits` over `count` floats. */
export function sumSplitsTiles(count: i32): i32 {
  return ceilDiv(count, SUM_TILE);
}

/**
 * out[i] = partial[0][i] + partial[1][i] + ... , count a multiple of 16.
 *
 * @out out f32[count]
 * @in partial f32[splits * count]
 * @tiles sumSplitsTiles(count)
 */
export function sumSplits(out: usize, partial: usize, count: i32, splits: i32, tileBegin: i32, tileEnd: i32): void {
  const end = min(tileEnd * SUM_TILE, count);
  for (let i = tileBegin * SUM_TILE; i < end; i += 8) {
    let from = at(partial, i);
    let a = v128.load(from);
    let b = v128.load(from, 16);
    for (let s = 1; s < splits; ++s) {
      from = at(from, count);
      a = f32x4.add(a, v128.load(from));
      b = f32x4.add(b, v128.load(from, 16));
    }
    storePair(at(out, i), a, b);
  }
}
