// The first convolution of a network, over pixels. An X-ray's three channels are equal before normalization, so its convolution is one of a
// single channel: with x_c = (g - mean_c) / std_c inside the image and 0 in its padding,
//
//   sum over r, s, c of x_c[r][s] * w_c[r][s]  =  sum over r, s of g[r][s] * (sum over c of w_c[r][s] / std_c)
//                                                - sum over r, s inside of (sum over c of w_c[r][s] * mean_c / std_c)
//
// and the gradient of w_c[r][s] is (sum of g dy - mean_c * sum over pixels whose tap is inside of dy) / std_c. Each image takes this path
// or that of three channels by its own pixels, so its result does not depend on the others of its batch.
//
// Letters as in ./conv2d.ts. R is the kernel's side; H and W are those of the image, PH and PW include its padding. Of an output pixel's taps
// (r, s), those inside the image are top <= r < bottom, left <= s < right. A sum over them is a difference of sums over r < a, s < b, which
// are kept in tables [a][b][panels * 16], 0 <= a, b <= R.
import { conv2d, conv2dScratch } from "./conv2d";
import { conv2dBackwardWeights, conv2dBackwardWeightsScratch } from "./conv2d-backward-weights";
import { epilogue } from "./lib/epilogue";
import { at, ceilDiv, storePair } from "./lib/lanes";
import { PANEL, ROWS } from "./lib/micro";
import { copyPanel } from "./lib/panel";
import { rowTable, strip, TILE_BYTES, TILE_PIXELS } from "./lib/strip";
import { normalizeImage, padImage } from "./lib/image";

/** Output pixels whose patches are gathered at once in the backward pass. */
const BLOCK_PIXELS: i32 = 128;
/** The largest R: two vectors hold a row of taps. */
const MAX_TAPS: i32 = 8;
const TABLE_BYTES: i32 = 64;

/** Floats from one gathered patch to the next: R * R taps, a one, and what the last store of a row of taps writes too much. */
// @ts-ignore: decorator
@inline
function patchPitch(R: i32): i32 {
  return ceilDiv(R * R + MAX_TAPS, 4) * 4;
}

/** Rows or columns of outputs for `length` pixels; 0 if the kernels here cannot compute them. */
export function stemSide(length: i32, R: i32, stride: i32, pad: i32): i32 {
  const padded = length + 2 * pad;
  return R < 1 || R > MAX_TAPS || stride < 1 || pad < 0 || padded < MAX_TAPS ? 0 : (padded - R) / stride + 1;
}

/** Floats of a table of sums over taps. */
export function stemTable(O: i32, R: i32): i32 {
  return (R + 1) * (R + 1) * ceilDiv(O, PANEL) * PANEL;
}

/**
 * grey[n] = 1 where the three channels of image n are equal. x[n]: bytes / 255 in a border of `pad` zeros; of a grey image the plane
 * [H + 2 pad][W + 2 pad], and the rest is not written; of others [H + 2 pad][W + 2 pad][3], normalized as by `normalize`. A tile is an image.
 *
 * @inout x f32[tiles * (H + 2 * pad) * (W + 2 * pad) * 3]
 * @out grey u8[tiles]
 * @in bytes u8[tiles * H * W * 3]
 */
export function stemPixels(
  x: usize, grey: usize, bytes: usize, H: i32, W: i32, pad: i32,
  meanR: f32, meanG: f32, meanB: f32, stdR: f32, stdG: f32, stdB: f32,
  tileBegin: i32, tileEnd: i32,
): void {
  for (let n = tileBegin; n < tileEnd; ++n) {
    const image = at(x, n * (H + 2 * pad) * (W + 2 * pad) * 3);
    const from = bytes + <usize>(n * H * W * 3);
    const equal = channelsEqual(from, H * W);
    store<u8>(grey + <usize>n, equal ? 1 : 0);
    if (equal) greyPlane(image, from, H, W, pad);
    else {
      padImage(image, from, H, W, 3, pad);
      normalizeImage(image, H, W, pad, meanR, meanG, meanB, stdR, stdG, stdB);
    }
  }
}

function channelsEqual(p: usize, pixels: i32): bool {
  let i = 0;
  // Of 16 bytes that begin with a pixel, each of the first 12 is compared with the next of its pixel, cyclically.
  for (; i + 6 <= pixels; i += 4, p += 12) {
    const a = v128.load(p);
    const next = i8x16.shuffle(a, a, 1, 2, 0, 4, 5, 3, 7, 8, 6, 10, 11, 9, 12, 13, 14, 15);
    if (v128.any_true(v128.xor(a, next))) return false;
  }
  for (; i < pixels; ++i, p += 3) {
    const r = load<u8>(p);
    if (load<u8>(p, 1) != r || load<u8>(p, 2) != r) return false;
  }
  return true;
}

function greyPlane(plane: usize, bytes: usize, H: i32, W: i32, pad: i32): void {
  const PW = W + 2 * pad;
  const scale = f32x4.splat(255);
  memory.fill(plane, 0, pad * PW * 4);
  memory.fill(at(plane, (H + pad) * PW), 0, pad * PW * 4);
  for (let h = 0; h < H; ++h) {
    const row = at(plane, (h + pad) * PW);
    memory.fill(row, 0, pad * 4);
    const to = at(row, pad);
    let w = 0;
    // Two more pixels follow, so that 16 bytes can be read.
    for (; w + 6 <= W; w += 4, bytes += 12) {
      const four = i8x16.shuffle(v128.load(bytes), i32x4.splat(0), 0, 16, 16, 16, 3, 16, 16, 16, 6, 16, 16, 16, 9, 16, 16, 16);
      v128.store(at(to, w), f32x4.div(f32x4.convert_i32x4_s(four), scale));
    }
    for (; w < W; ++w, bytes += 3) store<f32>(at(to, w), <f32>load<u8>(bytes) / 255);
    memory.fill(at(to, W), 0, pad * 4);
  }
}

/**
 * What `stem` needs of the weights panels[ceil(O/16)][R][R*3][16] for grey images: one-channel weights[ceil(O/16)][R*R][16], and sums of
 * -(w_c mean_c / std_c) over taps; sums = 0 if the mean is 0. A tile is a panel.
 *
 * @out weights f32[ceilDiv(O, PANEL) * R * R * PANEL]
 * @out? sums f32[stemTable(O, R)]
 * @in panels f32[ceilDiv(O, PANEL) * R * R * 3 * PANEL]
 * @tiles ceilDiv(O, PANEL)
 */
export function stemWeights(
  weights: usize, sums: usize, panels: usize, O: i32, R: i32,
  meanR: f32, meanG: f32, meanB: f32, stdR: f32, stdG: f32, stdB: f32,
  tileBegin: i32, tileEnd: i32,
): void {
  const width = ceilDiv(O, PANEL) * PANEL;
  const std0 = f32x4.splat(stdR), std1 = f32x4.splat(stdG), std2 = f32x4.splat(stdB);
  const ratio0 = f32x4.splat(-meanR / stdR), ratio1 = f32x4.splat(-meanG / stdG), ratio2 = f32x4.splat(-meanB / stdB);
  for (let p = tileBegin; p < tileEnd; ++p) {
    for (let j = 0; j < PANEL; j += 4) {
      let w = at(panels, p * R * R * 3 * PANEL + j);
      let out = at(weights, p * R * R * PANEL + j);
      const column = at(sums, p * PANEL + j);
      if (sums) for (let b = 0; b <= R; ++b) v128.store(at(column, b * width), f32x4.splat(0));
      for (let r = 0; r < R; ++r) {
        let inRow = f32x4.splat(0);
        const above = at(column, r * (R + 1) * width), below = at(above, (R + 1) * width);
        if (sums) v128.store(below, inRow);
        for (let s = 0; s < R; ++s, w += 12 * PANEL, out += 4 * PANEL) {
          const w0 = v128.load(w), w1 = v128.load(w, 4 * PANEL), w2 = v128.load(w, 8 * PANEL);
          v128.store(out, f32x4.add(f32x4.add(f32x4.div(w0, std0), f32x4.div(w1, std1)), f32x4.div(w2, std2)));
          if (!sums) continue;
          inRow = f32x4.add(inRow, f32x4.add(f32x4.add(f32x4.mul(w0, ratio0), f32x4.mul(w1, ratio1)), f32x4.mul(w2, ratio2)));
          v128.store(at(below, (s + 1) * width), f32x4.add(v128.load(at(above, (s + 1) * width)), inRow));
        }
      }
    }
  }
}

/** Bytes of worker scratch of `stem`: that of conv2d, or the edge tile, a table of rows and a tile's patches. */
export function stemScratch(R: i32): i32 {
  return max(conv2dScratch(R, 1, 3 * R), TILE_BYTES + TABLE_BYTES + 4 * TILE_PIXELS * patchPitch(R));
}

export function stemTiles(N: i32, H: i32, W: i32, R: i32, stride: i32, pad: i32): i32 {
  return N * ceilDiv(stemSide(H, R, stride, pad) * stemSide(W, R, stride, pad), TILE_PIXELS);
}

/**
 * y[N][OH][OW][O] from stemPixels' x and grey, as by conv2d over the normalized pixels. `weights` and `sums` are those of stemWeights; scale,
 * shift and relu are those of lib/epilogue.ts. O is at most 128 and a multiple of 8.
 *
 * @out y f32[N * stemSide(H, R, stride, pad) * stemSide(W, R, stride, pad) * O]
 * @in x f32[N * (H + 2 * pad) * (W + 2 * pad) * 3]
 * @in grey u8[N]
 * @in panels f32[ceilDiv(O, PANEL) * R * R * 3 * PANEL]
 * @in weights f32[ceilDiv(O, PANEL) * R * R * PANEL]
 * @in? sums f32[stemTable(O, R)]
 * @in? scale f32[O]
 * @in? shift f32[O]
 * @scratch stemScratch(R)
 * @tiles stemTiles(N, H, W, R, stride, pad)
 * @flops 2 * N * stemSide(H, R, stride, pad) * stemSide(W, R, stride, pad) * O * R * R
 */
export function stem(
  y: usize, x: usize, grey: usize, panels: usize, weights: usize, sums: usize, scratch: usize,
  N: i32, H: i32, W: i32, O: i32, R: i32, stride: i32, pad: i32,
  scale: usize, shift: usize, relu: i32, tileBegin: i32, tileEnd: i32,
): void {
  const PH = H + 2 * pad, PW = W + 2 * pad;
  const OH = stemSide(H, R, stride, pad), OW = stemSide(W, R, stride, pad);
  const K = R * R;
  const pitch = patchPitch(R);
  const table = scratch + TILE_BYTES;
  const patches = table + TABLE_BYTES;
  const perImage = stemTiles(1, H, W, R, stride, pad);
  const panelCount = ceilDiv(O, PANEL);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const n = tile / perImage;
    const block = tile % perImage;
    const image = at(x, n * PH * PW * 3);
    const out = at(y, n * OH * OW * O);
    if (!load<u8>(grey + <usize>n)) {
      conv2d(out, image, panels, scratch, 1, PH, PW, 3, 3 * R, OH, OW, O, R, 1, stride, 0, scale, shift, 0, relu, block, block + 1);
      continue;
    }
    const begin = block * TILE_PIXELS;
    const count = min(TILE_PIXELS, OH * OW - begin);
    gatherPatches(patches, pitch, image, begin, count, PW, OW, R, stride);
    const first = at(out, begin * O);
    if (sums) startSums(first, sums, begin, count, H, W, OW, O, R, stride, pad);
    for (let p = 0; p < panelCount; ++p) {
      for (let m = 0; m < count; m += ROWS) {
        const rows = min(ROWS, count - m);
        rowTable(table, at(patches, m * pitch), pitch, rows);
        strip(
          at(first, m * O + p * PANEL), O, rows, min(PANEL, O - p * PANEL), scratch,
          at(weights, p * K * PANEL), table, 1, K, 4, sums ? 1 : 0,
        );
      }
    }
    if (scale) epilogue(first, O, count, O, scale, shift, 0, relu);
  }
}

/** patches[i][R * R] <- the pixels of a padded plane that output pixel begin + i reads. */
function gatherPatches(
  patches: usize, pitch: i32, plane: usize, begin: i32, count: i32, PW: i32, OW: i32, R: i32, stride: i32,
): void {
  let oh = begin / OW, ow = begin % OW;
  for (let i = 0; i < count; ++i) {
    let from = at(plane, (oh * PW + ow) * stride);
    let to = at(patches, i * pitch);
    for (let r = 0; r < R; ++r) {
      storePair(to, v128.load(from), v128.load(from, 16));
      from = at(from, PW);
      to = at(to, R);
    }
    if (++ow == OW) {
      ow = 0;
      ++oh;
    }
  }
}

/** First and last (exclusive) of the taps 0 <= r < R that are inside `length` pixels, at output `o`. */
// @ts-ignore: decorator
@inline
function firstInside(o: i32, stride: i32, pad: i32, R: i32): i32 {
  return max(0, min(R, pad - o * stride));
}

// @ts-ignore: decorator
@inline
function lastInside(o: i32, stride: i32, pad: i32, R: i32, length: i32): i32 {
  return max(0, min(R, length + pad - o * stride));
}

/** y[i][O] <- the sums over the taps of output pixel begin + i that are inside the image. */
function startSums(
  y: usize, sums: usize, begin: i32, count: i32, H: i32, W: i32, OW: i32, O: i32, R: i32, stride: i32, pad: i32,
): void {
  const width = ceilDiv(O, PANEL) * PANEL;
  for (let i = 0; i < count; ++i) {
    const oh = (begin + i) / OW, ow = (begin + i) % OW;
    const top = firstInside(oh, stride, pad, R), bottom = lastInside(oh, stride, pad, R, H);
    const left = firstInside(ow, stride, pad, R), right = lastInside(ow, stride, pad, R, W);
    const to = at(y, i * O);
    const all = at(sums, (bottom * (R + 1) + right) * width);
    if (!(top | left)) {
      for (let o = 0; o < O; o += 8) storePair(at(to, o), v128.load(at(all, o)), v128.load(at(all, o), 16));
      continue;
    }
    const upper = at(sums, (top * (R + 1) + right) * width);
    const before = at(sums, (bottom * (R + 1) + left) * width);
    const both = at(sums, (top * (R + 1) + left) * width);
    for (let o = 0; o < O; o += 4) {
      const right4 = f32x4.sub(v128.load(at(all, o)), v128.load(at(upper, o)));
      const left4 = f32x4.sub(v128.load(at(before, o)), v128.load(at(both, o)));
      v128.store(at(to, o), f32x4.sub(right4, left4));
    }
  }
}

/** Bytes of worker scratch: that of conv2dBackwardWeights, or | edge tile | rows | patches | dy | products | sums over taps |. */
export function stemBackwardWeightsScratch(O: i32, R: i32): i32 {
  const width = ceilDiv(O, PANEL) * PANEL;
  const floats = BLOCK_PIXELS * (patchPitch(R) + width) + (R * R + 1) * width + stemTable(O, R);
  return max(conv2dBackwardWeightsScratch(R, 1, 3 * R), TILE_BYTES + TABLE_BYTES + 4 * floats);
}

/**
 * partial[N][ceil(O/16)][R*R*3][16]: each image's gradient of the weights; for sumSplits. x and grey are those of stemPixels; `centred`:
 * whether the mean is not 0. O is at most 128 and a multiple of 8. A tile is an image.
 *
 * @out partial f32[N * ceilDiv(O, PANEL) * R * R * 3 * PANEL]
 * @in x f32[N * (H + 2 * pad) * (W + 2 * pad) * 3]
 * @in grey u8[N]
 * @in dy f32[N * stemSide(H, R, stride, pad) * stemSide(W, R, stride, pad) * O]
 * @scratch stemBackwardWeightsScratch(O, R)
 * @tiles N
 * @flops 2 * N * stemSide(H, R, stride, pad) * stemSide(W, R, stride, pad) * O * R * R
 */
export function stemBackwardWeights(
  partial: usize, x: usize, grey: usize, dy: usize, scratch: usize,
  N: i32, H: i32, W: i32, O: i32, R: i32, stride: i32, pad: i32, centred: i32,
  meanR: f32, meanG: f32, meanB: f32, stdR: f32, stdG: f32, stdB: f32,
  tileBegin: i32, tileEnd: i32,
): void {
  const PH = H + 2 * pad, PW = W + 2 * pad;
  const OH = stemSide(H, R, stride, pad), OW = stemSide(W, R, stride, pad);
  const K = R * R;
  const pitch = patchPitch(R);
  const panelCount = ceilDiv(O, PANEL);
  const width = panelCount * PANEL;
  const table = scratch + TILE_BYTES;
  const patches = table + TABLE_BYTES;
  const dys = at(patches, BLOCK_PIXELS * pitch);
  const products = at(dys, BLOCK_PIXELS * width);
  const sums = at(products, (K + 1) * width);
  for (let n = tileBegin; n < tileEnd; ++n) {
    const image = at(x, n * PH * PW * 3);
    const dyImage = at(dy, n * OH * OW * O);
    const out = at(partial, n * K * 3 * width);
    if (!load<u8>(grey + <usize>n)) {
      conv2dBackwardWeights(out, image, dyImage, scratch, 1, PH, PW, 3, 3 * R, OH, OW, O, R, 1, stride, 0, 0, 1);
      continue;
    }
    for (let q = 0; q < OH * OW; q += BLOCK_PIXELS) {
      const count = min(BLOCK_PIXELS, OH * OW - q);
      gatherPatches(patches, pitch, image, q, count, PW, OW, R, stride);
      for (let i = 0; i < count; ++i) store<f32>(at(patches, i * pitch + K), 1);
      for (let p = 0; p < panelCount; ++p) {
        const panel = at(dys, p * BLOCK_PIXELS * PANEL);
        copyPanel(panel, at(dyImage, q * O + p * PANEL), count, O, min(PANEL, O - p * PANEL));
        for (let k = 0; k <= K; k += ROWS) {
          const rows = min(ROWS, K + 1 - k);
          rowTable(table, at(patches, k), 1, rows);
          strip(
            at(products, (p * (K + 1) + k) * PANEL), PANEL, rows, PANEL, scratch, panel, table, 1, count, pitch * 4, q > 0 ? 1 : 0,
          );
        }
      }
    }
    if (centred) insideSums(sums, products, dyImage, H, W, OH, OW, O, R, stride, pad);
    for (let p = 0; p < panelCount; ++p) {
      for (let t = 0; t < K; ++t) {
        const g = at(products, (p * (K + 1) + t) * PANEL);
        const inside = at(sums, ((t / R + 1) * (R + 1) + (t % R) + 1) * width + p * PANEL);
        const to = at(out, (p * K + t) * 3 * PANEL);
        spread(to, g, inside, centred, meanR, stdR);
        spread(at(to, PANEL), g, inside, centred, meanG, stdG);
        spread(at(to, 2 * PANEL), g, inside, centred, meanB, stdB);
      }
    }
  }
}

/** out[16] = (g - mean * inside) / std */
function spread(out: usize, g: usize, inside: usize, centred: i32, mean: f32, std: f32): void {
  const m = f32x4.splat(mean), d = f32x4.splat(std);
  for (let j = 0; j < PANEL; j += 4) {
    let value = v128.load(at(g, j));
    if (centred) value = f32x4.sub(value, f32x4.mul(m, v128.load(at(inside, j))));
    v128.store(at(out, j), f32x4.div(value, d));
  }
}

/**
 * sums[r + 1][s + 1] <- sum of dy over the output pixels whose tap (r, s) is inside the image. The last row of each panel of `products` is the sum
 * over all pixels; those whose taps are not all inside are moved to the entries of their own ranges.
 */
function insideSums(
  sums: usize, products: usize, dy: usize, H: i32, W: i32, OH: i32, OW: i32, O: i32, R: i32, stride: i32, pad: i32,
): void {
  const width = ceilDiv(O, PANEL) * PANEL;
  const K = R * R;
  const whole = at(sums, (R * (R + 1) + R) * width);
  memory.fill(sums, 0, 4 * stemTable(O, R));
  for (let p = 0; p * PANEL < width; ++p) memory.copy(at(whole, p * PANEL), at(products, (p * (K + 1) + K) * PANEL), 4 * PANEL);
  for (let oh = 0; oh < OH; ++oh) {
    const top = firstInside(oh, stride, pad, R), bottom = lastInside(oh, stride, pad, R, H);
    for (let ow = 0; ow < OW; ++ow) {
      const left = firstInside(ow, stride, pad, R), right = lastInside(ow, stride, pad, R, W);
      if (!(top | left) && bottom == R && right == R) continue;
      const from = at(dy, (oh * OW + ow) * O);
      addRow(whole, from, O, -1);
      addRow(at(sums, (bottom * (R + 1) + right) * width), from, O, 1);
      addRow(at(sums, (top * (R + 1) + right) * width), from, O, -1);
      addRow(at(sums, (bottom * (R + 1) + left) * width), from, O, -1);
      addRow(at(sums, (top * (R + 1) + left) * width), from, O, 1);
    }
  }
  // Entry (a, b) counts for the taps r < a, s < b: sums over the larger entries of each row, then of each column.
  for (let a = 1; a <= R; ++a) {
    for (let b = R; b > 1; --b) addRow(at(sums, (a * (R + 1) + b - 1) * width), at(sums, (a * (R + 1) + b) * width), width, 1);
  }
  for (let a = R; a > 1; --a) addRow(at(sums, (a - 1) * (R + 1) * width), at(sums, a * (R + 1) * width), (R + 1) * width, 1);
}

/** to[i] += sign * from[i]; count is a multiple of 4. */
function addRow(to: usize, from: usize, count: i32, sign: f32): void {
  const factor = f32x4.splat(sign);
  for (let i = 0; i < count; i += 4) {
    v128.store(at(to, i), f32x4.add(v128.load(at(to, i)), f32x4.mul(v128.load(at(from, i)), factor)));
  }
}
