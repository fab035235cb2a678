// Fully connected layer: y[N][O] = x[N][I] w^T + bias. Weights are stored as panels[ceil(O/16)][I][16] (see lib/micro.ts), so a step
// packs nothing. I can be 150528: it is cut into chunks, each chunk's product goes to its own partial[chunk][N][O'], O' = O rounded up
// to 16, and `linearSum` adds them in order.
import { at, ceilDiv, fma, storePair, sumLanes } from "./lib/lanes";
import { adamUpdate } from "./lib/adam-update";
import { micro, PANEL, ROWS, stripRows } from "./lib/micro";
import { rowTable, strip, TILE_BYTES } from "./lib/strip";

const CHUNK: i32 = 1024;
const DEPTH: i32 = 256;
/** Columns of x per tile of the weight gradient: a multiple of ROWS. */
const GRADIENT_ROWS: i32 = 240;
/**
 * Pitch in floats of the gathered columns. A power of two costs nothing here: of the 32 rows of a batch, eight share a cache set, and a
 * set has twelve ways. Pitches of 240 to 272 and 96 to 480 columns per tile were no faster.
 */
const GRADIENT_PITCH: i32 = GRADIENT_ROWS + 16;

export function linearChunks(I: i32): i32 {
  return ceilDiv(I, CHUNK);
}

/**
 * partial[chunks][N][O']. A tile is one panel of one chunk.
 *
 * @out partial f32[linearChunks(I) * N * ceilDiv(O, PANEL) * PANEL]
 * @in x f32[N * I]
 * @in panels f32[ceilDiv(O, PANEL) * I * PANEL]
 * @scratch matmulScratch()
 * @tiles linearChunks(I) * ceilDiv(O, PANEL)
 * @flops 2 * N * I * O
 */
export function linearPartials(
  partial: usize, x: usize, panels: usize, scratch: usize, N: i32, I: i32, O: i32, tileBegin: i32, tileEnd: i32,
): void {
  const table = scratch + TILE_BYTES;
  const panelCount = ceilDiv(O, PANEL);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const k = (tile / panelCount) * CHUNK;
    const p = tile % panelCount;
    const width = min(CHUNK, I - k);
    for (let j = 0; j < width; j += DEPTH) {
      const panel = at(panels, (p * I + k + j) * PANEL);
      for (let n = 0, rows = 0; n < N; n += rows) {
        rows = stripRows(N - n);
        rowTable(table, at(x, n * I + k + j), I, rows);
        const out = at(partial, (((tile / panelCount) * N + n) * panelCount + p) * PANEL);
        strip(out, panelCount * PANEL, rows, PANEL, scratch, panel, table, 1, min(DEPTH, width - j), 4, j > 0 ? 1 : 0);
      }
    }
  }
}

/**
 * y[N][O] = relu?(bias + the sum of the chunks, in order). A tile is a row n.
 *
 * @out y f32[N * O]
 * @in partial f32[chunks * N * ceilDiv(O, PANEL) * PANEL]
 * @in bias f32[O]
 * @tiles N
 */
export function linearSum(
  y: usize, partial: usize, bias: usize, N: i32, O: i32, chunks: i32, relu: i32, tileBegin: i32, tileEnd: i32,
): void {
  const pitch = ceilDiv(O, PANEL) * PANEL;
  const floor = f32x4.splat(relu ? 0 : -Infinity);
  for (let n = tileBegin; n < tileEnd; ++n) {
    let o = 0;
    // A whole cache line of each chunk: chunks are so far apart that their lines share a few cache sets.
    for (; o + 16 <= O; o += 16) {
      let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
      for (let k = 0; k < chunks; ++k) {
        const from = at(partial, (k * N + n) * pitch + o);
        s0 = f32x4.add(s0, v128.load(from));
        s1 = f32x4.add(s1, v128.load(from, 16));
        s2 = f32x4.add(s2, v128.load(from, 32));
        s3 = f32x4.add(s3, v128.load(from, 48));
      }
      const b = at(bias, o);
      s0 = f32x4.max(f32x4.add(s0, v128.load(b)), floor);
      s1 = f32x4.max(f32x4.add(s1, v128.load(b, 16)), floor);
      s2 = f32x4.max(f32x4.add(s2, v128.load(b, 32)), floor);
      s3 = f32x4.max(f32x4.add(s3, v128.load(b, 48)), floor);
      const to = at(y, n * O + o);
      storePair(to, s0, s1);
      storePair(to + 32, s2, s3);
    }
    for (; o < O; ++o) {
      let sum: f32 = 0;
      for (let k = 0; k < chunks; ++k) sum += load<f32>(at(partial, (k * N + n) * pitch + o));
      sum += load<f32>(at(bias, o));
      store<f32>(at(y, n * O + o), relu ? max<f32>(sum, 0) : sum);
    }
  }
}

export function linearBackwardWeightsScratch(N: i32): i32 {
  return TILE_BYTES + (ROWS + 1) * 4 + N * GRADIENT_PITCH * 4;
}

export function linearBackwardWeightsTiles(I: i32): i32 {
  return ceilDiv(I, GRADIENT_ROWS);
}

/**
 * dw panels[ceil(O/16)][I][16] = x^T dy, with dy packed by `packPanels` as dyPanels[ceil(O/16)][N][16].
 *
 * @out dw f32[ceilDiv(O, PANEL) * I * PANEL]
 * @in x f32[N * I]
 * @in dyPanels f32[ceilDiv(O, PANEL) * N * PANEL]
 * @scratch linearBackwardWeightsScratch(N)
 * @tiles linearBackwardWeightsTiles(I)
 * @flops 2 * N * I * O
 */
export function linearBackwardWeights(
  dw: usize, x: usize, dyPanels: usize, scratch: usize, N: i32, I: i32, O: i32, tileBegin: i32, tileEnd: i32,
): void {
  const table = scratch + TILE_BYTES;
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const begin = tile * GRADIENT_ROWS;
    const width = min(GRADIENT_ROWS, I - begin);
    const xs = gatherColumns(table + (ROWS + 1) * 4, at(x, begin), N, I, width);
    for (let p = 0; p < ceilDiv(O, PANEL); ++p) {
      for (let i = 0; i < width; i += ROWS) {
        const rows = min(ROWS, width - i);
        rowTable(table, at(xs, i), 1, rows);
        const out = at(dw, (p * I + begin + i) * PANEL);
        strip(out, PANEL, rows, PANEL, scratch, at(dyPanels, p * N * PANEL), table, 1, N, GRADIENT_PITCH * 4, 0);
      }
    }
  }
}

/**
 * The same gradient, applied at once: Adam updates w, m and v (panels) strip by strip while the gradient is in the first-level cache.
 * The gradient is never stored: a layer with 77 million weights moves 2.5 GB less per step. hyper, eps: see adam.ts.
 *
 * @inout w f32[ceilDiv(O, PANEL) * I * PANEL]
 * @inout m f32[ceilDiv(O, PANEL) * I * PANEL]
 * @inout v f32[ceilDiv(O, PANEL) * I * PANEL]
 * @in x f32[N * I]
 * @in dyPanels f32[ceilDiv(O, PANEL) * N * PANEL]
 * @in hyper f32[ADAM_HYPER]
 * @scratch linearBackwardWeightsScratch(N)
 * @tiles linearBackwardWeightsTiles(I)
 * @flops 2 * N * I * O
 */
export function linearUpdate(
  w: usize, m: usize, v: usize, x: usize, dyPanels: usize, hyper: usize, scratch: usize, N: i32, I: i32, O: i32,
  eps: f32, tileBegin: i32, tileEnd: i32,
): void {
  const table = scratch + TILE_BYTES;
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const begin = tile * GRADIENT_ROWS;
    const width = min(GRADIENT_ROWS, I - begin);
    const xs = gatherColumns(table + (ROWS + 1) * 4, at(x, begin), N, I, width);
    for (let p = 0; p < ceilDiv(O, PANEL); ++p) {
      for (let i = 0; i < width; i += ROWS) {
        const rows = min(ROWS, width - i);
        rowTable(table, at(xs, i), 1, rows);
        micro(ROWS, scratch, PANEL, at(dyPanels, p * N * PANEL), table, 1, N, GRADIENT_PITCH * 4, 0);
        const at0 = (p * I + begin + i) * PANEL;
        adamUpdate(at(w, at0), at(m, at0), at(v, at0), scratch, hyper, rows * PANEL, eps);
      }
    }
  }
}

/** out[N][GRADIENT_PITCH] <- `width` columns of x[N][I]: side by side, rows of x do not compete for one cache set. */
function gatherColumns(out: usize, x: usize, N: i32, I: i32, width: i32): usize {
  for (let n = 0; n < N; ++n) memory.copy(at(out, n * GRADIENT_PITCH), at(x, n * I), width * 4);
  return out;
}

/**
 * db[O] = sum over n of dy[n][o].
 *
 * @out db f32[O]
 * @in dy f32[N * O]
 * @tiles 1
 */
export function biasGradient(db: usize, dy: usize, N: i32, O: i32, tileBegin: i32, tileEnd: i32): void {
  for (let o = 0; o < O; ++o) {
    let sum: f32 = 0;
    for (let n = 0; n < N; ++n) sum += load<f32>(at(dy, n * O + o));
    store<f32>(at(db, o), sum);
  }
}

/**
 * dx[n][i] = sum over o of dy[n][o] * w[o][i], with dy packed as above. Reads the panels as stored: a transposed copy, which training
 * makes for small layers, would double the weights of the DNN's first layer.
 *
 * @out dx f32[N * I]
 * @in dyPanels f32[ceilDiv(O, PANEL) * N * PANEL]
 * @in panels f32[ceilDiv(O, PANEL) * I * PANEL]
 * @tiles linearChunks(I)
 * @flops 2 * N * I * O
 */
export function linearBackwardInput(
  dx: usize, dyPanels: usize, panels: usize, N: i32, I: i32, O: i32, tileBegin: i32, tileEnd: i32,
): void {
  const end = min(tileEnd * CHUNK, I);
  for (let p = 0; p < ceilDiv(O, PANEL); ++p) {
    for (let i = tileBegin * CHUNK; i < end; ++i) {
      const w = at(panels, (p * I + i) * PANEL);
      for (let n = 0; n < N; ++n) {
        const to = at(dx, n * I + i);
        const sum = dot16(at(dyPanels, (p * N + n) * PANEL), w);
        store<f32>(to, p > 0 ? load<f32>(to) + sum : sum);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function dot16(a: usize, b: usize): f32 {
  const s0 = fma(v128.load(a, 32), v128.load(b, 32), f32x4.mul(v128.load(a), v128.load(b)));
  const s1 = fma(v128.load(a, 48), v128.load(b, 48), f32x4.mul(v128.load(a, 16), v128.load(b, 16)));
  return sumLanes(f32x4.add(s0, s1));
}
