// Fully connected layer: y[N][O] = x[N][I] w^T + bias. Weights are panels[ceil(O/16)][I][16] (see lib/micro.ts): that is
// how they are stored, so nothing is packed. I may be 150528: it is cut into chunks, each chunk's product goes to its own
// partial[chunk][N][O'], O' = O rounded up to 16, and `linearSum` adds them in order.
import { at, ceilDiv } from "./lib/lanes";
import { PANEL, ROWS } from "./lib/micro";
import { rowTable, strip, TILE_BYTES } from "./lib/strip";

const CHUNK: i32 = 1024;
/** Columns of x that a tile of the weight gradient covers: a multiple of ROWS. */
const GRADIENT_ROWS: i32 = 240;
const SKEW: i32 = 16;

export function linearChunks(I: i32): i32 {
  return ceilDiv(I, CHUNK);
}

/** partial[chunks][N][O']: a tile is a chunk and a panel. */
export function linearPartials(
  partial: usize, x: usize, panels: usize, scratch: usize, N: i32, I: i32, O: i32, tileBegin: i32, tileEnd: i32,
): void {
  const table = scratch + TILE_BYTES;
  const panelCount = ceilDiv(O, PANEL);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const k = (tile / panelCount) * CHUNK;
    const p = tile % panelCount;
    const panel = at(panels, (p * I + k) * PANEL);
    for (let n = 0; n < N; n += ROWS) {
      const rows = min(ROWS, N - n);
      rowTable(table, at(x, n * I + k), I, rows);
      const out = at(partial, (((tile / panelCount) * N + n) * panelCount + p) * PANEL);
      strip(out, panelCount * PANEL, rows, PANEL, scratch, panel, table, 1, min(CHUNK, I - k), 4, 0);
    }
  }
}

/** y[N][O] = relu?(bias + the chunks in order). A tile is a row n. */
export function linearSum(
  y: usize, partial: usize, bias: usize, N: i32, O: i32, chunks: i32, relu: i32, tileBegin: i32, tileEnd: i32,
): void {
  const pitch = ceilDiv(O, PANEL) * PANEL;
  for (let n = tileBegin; n < tileEnd; ++n) {
    for (let o = 0; o < O; ++o) {
      let sum: f32 = 0;
      for (let k = 0; k < chunks; ++k) sum += load<f32>(at(partial, (k * N + n) * pitch + o));
      sum += load<f32>(at(bias, o));
      store<f32>(at(y, n * O + o), relu ? max<f32>(sum, 0) : sum);
    }
  }
}

export function linearBackwardWeightsScratch(N: i32): i32 {
  return TILE_BYTES + (ROWS + 1) * 4 + N * (GRADIENT_ROWS + SKEW) * 4 + 64;
}

export function linearBackwardWeightsTiles(I: i32): i32 {
  return ceilDiv(I, GRADIENT_ROWS);
}

/** dw panels[ceil(O/16)][I][16] = x^T dy, with dy packed by `packPanels` as dyPanels[ceil(O/16)][N][16]. */
export function linearBackwardWeights(
  dw: usize, x: usize, dyPanels: usize, scratch: usize, N: i32, I: i32, O: i32, tileBegin: i32, tileEnd: i32,
): void {
  const table = scratch + TILE_BYTES;
  const xs = table + (ROWS + 1) * 4;
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const begin = tile * GRADIENT_ROWS;
    const width = min(GRADIENT_ROWS, I - begin);
    const pitch = GRADIENT_ROWS + SKEW;
    for (let n = 0; n < N; ++n) memory.copy(at(xs, n * pitch), at(x, n * I + begin), width * 4);
    for (let p = 0; p < ceilDiv(O, PANEL); ++p) {
      for (let i = 0; i < width; i += ROWS) {
        const rows = min(ROWS, width - i);
        rowTable(table, at(xs, i), 1, rows);
        const out = at(dw, (p * I + begin + i) * PANEL);
        strip(out, PANEL, rows, PANEL, scratch, at(dyPanels, p * N * PANEL), table, 1, N, pitch * 4, 0);
      }
    }
  }
}

/** db[O] = sum over n of dy[n][o]. One tile. */
export function biasGradient(db: usize, dy: usize, N: i32, O: i32, tileBegin: i32, tileEnd: i32): void {
  for (let o = 0; o < O; ++o) {
    let sum: f32 = 0;
    for (let n = 0; n < N; ++n) sum += load<f32>(at(dy, n * O + o));
    store<f32>(at(db, o), sum);
  }
}
