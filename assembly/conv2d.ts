// Convolution without an im2col matrix: rows of the left factor are pixels of x, read in place.
//
//   y[n][i][j][o] = sum over r, s, c of  x[n][i*stride + r - pad][j*stride + s - pad][c] * w[o][r][s][c]
//
// N images, H W input, OH OW output, R S kernel, O out-channels. Weights are panels[ceil(O/16)][R*S][depth][16].
// depth: floats that a tap reads, starting at one pixel; `pixel`: floats from one pixel to the next. Both are C, except in the
// stem, where seven horizontal taps of three channels are one tap of 21 floats in a padded input.
import { addPair, at, ceilDiv } from "./lib/lanes";
import { epilogue } from "./lib/epilogue";
import { PANEL, ROWS, stripRows } from "./lib/micro";
import { strip, TILE_BYTES, TILE_PIXELS } from "./lib/strip";

/** Panels per tile. */
const BLOCK_PANELS: i32 = 8;
/** Strips of ROWS pixels per tile. */
const BLOCK_STRIPS: i32 = TILE_PIXELS / ROWS;
/**
 * Sums of more than LONG products are cut into blocks of this length (see lib/product.ts). Shorter sums would take up to 1.1 times as long in
 * blocks.
 */
const BLOCK_DEPTH: i32 = 256;
const LONG: i32 = 1024;

/**
 * Bytes of worker scratch: the edge tile, a row of zeros for padding, the address tables of a tile. The last tile can have a strip more:
 * then it takes fewer taps at once, except that a 1x1 kernel has one more table.
 */
export function conv2dScratch(R: i32, S: i32, depth: i32): i32 {
  return TILE_BYTES + 4 * depth + (BLOCK_STRIPS * R * S + 1) * (ROWS + 1) * 4;
}

export function conv2dTiles(N: i32, OH: i32, OW: i32, O: i32): i32 {
  return ceilDiv(N * OH * OW, TILE_PIXELS) * ceilDiv(ceilDiv(O, PANEL), BLOCK_PANELS);
}

/**
 * Writes a table per strip of the output pixels rowBegin <= m < rowEnd: for each tap the offset of its weights of channel k in a panel, and
 * the addresses of channel k of its pixels in x, or `zeros` outside the image.
 */
function fillTables(
  table: usize, x: usize, zeros: usize, rowBegin: i32, rowEnd: i32, tapBegin: i32, tapEnd: i32, k: i32,
  H: i32, W: i32, pixel: i32, depth: i32, OH: i32, OW: i32, S: i32, stride: i32, pad: i32,
): void {
  for (let m = rowBegin, rows = 0; m < rowEnd; m += rows) {
    rows = stripRows(rowEnd - m);
    for (let i = 0; i < ROWS; ++i) {
      const p = m + min(i, rows - 1);
      const n = p / (OH * OW);
      const oh = ((p / OW) % OH) * stride - pad;
      const ow = (p % OW) * stride - pad;
      for (let tap = tapBegin, entry = table; tap < tapEnd; ++tap, entry += 4 * (ROWS + 1)) {
        const ih = oh + tap / S;
        const iw = ow + (tap % S);
        const inside = <u32>ih < <u32>H && <u32>iw < <u32>W;
        store<u32>(entry + 4 * (i + 1), <u32>(inside ? at(x, ((n * H + ih) * W + iw) * pixel + k) : zeros));
        if (i == 0) store<u32>(entry, (tap * depth + k) * PANEL * 4);
      }
    }
    table += 4 * (ROWS + 1) * (tapEnd - tapBegin);
  }
}

/**
 * y[N][OH][OW][O] from x[N][H][W] pixels; scale, shift, residual and relu: see lib/epilogue.ts, where O must be a multiple
 * of 8.
 *
 * @out y f32[N * OH * OW * O]
 * @in x f32[N * H * W * pixel]
 * @in panels f32[ceilDiv(O, PANEL) * R * S * depth * PANEL]
 * @in? scale f32[O]
 * @in? shift f32[O]
 * @in? residual f32[N * OH * OW * O]
 * @scratch conv2dScratch(R, S, depth)
 * @tiles conv2dTiles(N, OH, OW, O)
 * @flops 2 * N * OH * OW * O * R * S * depth
 */
export function conv2d(
  y: usize, x: usize, panels: usize, scratch: usize,
  N: i32, H: i32, W: i32, pixel: i32, depth: i32, OH: i32, OW: i32, O: i32, R: i32, S: i32, stride: i32, pad: i32,
  scale: usize, shift: usize, residual: usize, relu: i32, tileBegin: i32, tileEnd: i32,
): void {
  const zeros = scratch + TILE_BYTES;
  const tables = zeros + 4 * depth;
  memory.fill(zeros, 0, 4 * depth);
  const taps = R * S;
  const total = N * OH * OW;
  const panelCount = ceilDiv(O, PANEL);
  const groups = ceilDiv(panelCount, BLOCK_PANELS);
  // Long sums are computed in blocks of k: some taps, or a part of one tap.
  const long = taps * depth > LONG;
  const part = long ? min(BLOCK_DEPTH, depth) : depth;
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const rowBegin = (tile / groups) * TILE_PIXELS;
    // The last few pixels belong to the tile before, so that the weights are not read again for them.
    if (rowBegin > 0 && total - rowBegin <= ROWS) continue;
    const rowEnd = total - rowBegin <= TILE_PIXELS + ROWS ? total : rowBegin + TILE_PIXELS;
    const panelBegin = (tile % groups) * BLOCK_PANELS;
    const panelEnd = min(panelBegin + BLOCK_PANELS, panelCount);
    // The tables of a longer tile have room for fewer taps.
    const group = max(1, min(long ? BLOCK_DEPTH / depth : taps, (taps * BLOCK_STRIPS) / ceilDiv(rowEnd - rowBegin, ROWS)));
    for (let tapBegin = 0; tapBegin < taps; tapBegin += group) {
      const tapEnd = min(tapBegin + group, taps);
      for (let k = 0; k < depth; k += part) {
        fillTables(tables, x, zeros, rowBegin, rowEnd, tapBegin, tapEnd, k, H, W, pixel, depth, OH, OW, S, stride, pad);
        for (let p = panelBegin; p < panelEnd; ++p) {
          let table = tables;
          for (let m = rowBegin, rows = 0; m < rowEnd; m += rows) {
            rows = stripRows(rowEnd - m);
            strip(
              at(y, m * O + p * PANEL), O, rows, min(PANEL, O - p * PANEL), scratch, at(panels, p * taps * depth * PANEL),
              table, tapEnd - tapBegin, min(part, depth - k), 4, tapBegin + k > 0 ? 1 : 0,
            );
            table += 4 * (ROWS + 1) * (tapEnd - tapBegin);
          }
        }
      }
    }
    if (scale) {
      const o = panelBegin * PANEL;
      const first = rowBegin * O + o;
      epilogue(
        at(y, first), O, rowEnd - rowBegin, min(panelEnd * PANEL, O) - o, at(scale, o), at(shift, o),
        residual ? at(residual, first) : 0, relu,
      );
    }
  }
}

// Backward data. Pixels of dx belong to stride*stride phases. Within a phase the same taps contribute and read whole pixels of
// dy, so nothing is multiplied by inserted zeros.
//   dx[n][h][w][c] (+)= sum over r, s, o with (h + pad - r) and (w + pad - s) divisible by stride of
//                       dy[n][(h + pad - r)/stride][(w + pad - s)/stride][o] * w[o][r][s][c]

export function conv2dBackwardDataTiles(N: i32, H: i32, W: i32, C: i32, stride: i32): i32 {
  let blocks = 0;
  for (let phase = 0; phase < stride * stride; ++phase) {
    const rows = N * ceilDiv(H - phase / stride, stride) * ceilDiv(W - (phase % stride), stride);
    blocks += ceilDiv(max(rows, 0), TILE_PIXELS);
  }
  return blocks * ceilDiv(ceilDiv(C, PANEL), BLOCK_PANELS);
}

/**
 * dx[N][H][W][C] from dy[N][OH][OW][O] and transposed panels[ceil(C/16)][R*S][O][16]. Scratch: conv2dScratch(R, S, O).
 *
 * @inout dx f32[N * H * W * C]
 * @in dy f32[N * OH * OW * O]
 * @in panels f32[ceilDiv(C, PANEL) * R * S * O * PANEL]
 * @scratch conv2dScratch(R, S, O)
 * @tiles conv2dBackwardDataTiles(N, H, W, C, stride)
 * @flops 2 * N * OH * OW * O * R * S * C
 */
export function conv2dBackwardData(
  dx: usize, dy: usize, panels: usize, scratch: usize,
  N: i32, H: i32, W: i32, C: i32, OH: i32, OW: i32, O: i32, R: i32, S: i32, stride: i32, pad: i32, accumulate: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  memory.fill(scratch + TILE_BYTES, 0, 4 * O);
  const groups = ceilDiv(ceilDiv(C, PANEL), BLOCK_PANELS);
  let first = 0;
  for (let phase = 0; phase < stride * stride; ++phase) {
    const ph = phase / stride;
    const pw = phase % stride;
    const rows = N * ceilDiv(H - ph, stride) * ceilDiv(W - pw, stride);
    const tiles = ceilDiv(max(rows, 0), TILE_PIXELS) * groups;
    for (let tile = max(tileBegin, first); tile < min(tileEnd, first + tiles); ++tile) {
      const rowBegin = ((tile - first) / groups) * TILE_PIXELS;
      backwardDataBlock(
        dx, dy, panels, scratch, H, W, C, OH, OW, O, R, S, stride, pad, accumulate, ph, pw,
        rowBegin, min(rowBegin + TILE_PIXELS, rows), ((tile - first) % groups) * BLOCK_PANELS,
      );
    }
    first += tiles;
  }
}

function backwardDataBlock(
  dx: usize, dy: usize, panels: usize, scratch: usize, H: i32, W: i32, C: i32, OH: i32, OW: i32, O: i32,
  R: i32, S: i32, stride: i32, pad: i32, accumulate: i32, ph: i32, pw: i32,
  rowBegin: i32, rowEnd: i32, panelBegin: i32,
): void {
  const zeros = scratch + TILE_BYTES;
  const table = zeros + 4 * O;
  const phaseW = ceilDiv(W - pw, stride);
  const phaseH = ceilDiv(H - ph, stride);
  const rFirst = (ph + pad) % stride;
  const sFirst = (pw + pad) % stride;
  // No tap reaches these pixels.
  if (accumulate && (rFirst >= R || sFirst >= S)) return;
  const keep = i32x4.splat(-accumulate);
  const panelEnd = min(panelBegin + BLOCK_PANELS, ceilDiv(C, PANEL));
  for (let m = rowBegin; m < rowEnd; m += ROWS) {
    const rows = min(ROWS, rowEnd - m);
    let taps = 0;
    for (let i = 0; i < ROWS; ++i) {
      const p = min(m + i, rowEnd - 1);
      const n = p / (phaseH * phaseW);
      const h = ((p / phaseW) % phaseH) * stride + ph;
      const w = (p % phaseW) * stride + pw;
      let entry = table;
      taps = 0;
      for (let r = rFirst; r < R; r += stride) {
        const oh = (h + pad - r) / stride;
        for (let s = sFirst; s < S; s += stride) {
          const ow = (w + pad - s) / stride;
          const inside = h + pad >= r && w + pad >= s && oh < OH && ow < OW;
          store<u32>(entry + 4 * (i + 1), <u32>(inside ? at(dy, ((n * OH + oh) * OW + ow) * O) : zeros));
          if (i == 0) store<u32>(entry, (r * S + s) * O * PANEL * 4);
          entry += 4 * (ROWS + 1);
          ++taps;
        }
      }
    }
    for (let p = panelBegin; p < panelEnd; ++p) {
      const panel = at(panels, p * R * S * O * PANEL);
      const cols = min(PANEL, C - p * PANEL);
      if (stride == 1) {
        strip(at(dx, m * C + p * PANEL), C, rows, cols, scratch, panel, table, taps, O, 4, accumulate);
        continue;
      }
      strip(scratch, PANEL, ROWS, PANEL, scratch, panel, table, taps, O, 4, 0);
      for (let i = 0; i < rows; ++i) {
        const q = m + i;
        const n = q / (phaseH * phaseW);
        const h = ((q / phaseW) % phaseH) * stride + ph;
        const w = (q % phaseW) * stride + pw;
        const to = at(dx, ((n * H + h) * W + w) * C + p * PANEL);
        const from = scratch + i * PANEL * 4;
        if (cols == PANEL) {
          addPair(to, from, keep);
          addPair(at(to, 8), at(from, 8), keep);
          continue;
        }
        for (let c = 0; c < cols; ++c) {
          store<f32>(at(to, c), load<f32>(at(from, c)) + (accumulate ? load<f32>(at(to, c)) : 0));
        }
      }
    }
  }
}
