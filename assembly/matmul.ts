// Matrix product. M rows, N columns, K summed over. B is packed into panels first (see lib/micro.ts):
//
//   panels[ceil(N/16)][K][16], columns past N are zero.
import { at, ceilDiv } from "./lib/lanes";
import { PANEL, ROWS } from "./lib/micro";
import { rowTable, strip, TILE_BYTES } from "./lib/strip";

/** Rows and panels that a tile covers: small enough for 24 threads to share layer4 of ResNet-18, divisible by ROWS. */
const BLOCK_ROWS: i32 = 48;
const BLOCK_PANELS: i32 = 8;
/** k is cut here so that a panel's slice (32 KiB) and a strip of A stay in the first-level cache. */
const BLOCK_DEPTH: i32 = 512;

/** Tiles of `matmul` for an M x N product. */
export function matmulTiles(M: i32, N: i32): i32 {
  return ceilDiv(M, BLOCK_ROWS) * ceilDiv(ceilDiv(N, PANEL), BLOCK_PANELS);
}

/**
 * panels <- B[K][N], rows ldb floats apart. One tile a panel.
 *
 * @out panels f32[ceilDiv(N, PANEL) * K * PANEL]
 * @in b f32[(K - 1) * ldb + N]
 * @tiles ceilDiv(N, PANEL)
 */
export function packPanels(panels: usize, b: usize, N: i32, K: i32, ldb: i32, tileBegin: i32, tileEnd: i32): void {
  for (let p = tileBegin; p < tileEnd; ++p) {
    const cols = min(PANEL, N - p * PANEL);
    let out = at(panels, p * K * PANEL);
    let row = at(b, p * PANEL);
    for (let k = 0; k < K; ++k) {
      if (cols == PANEL) {
        v128.store(out, v128.load(row));
        v128.store(out, v128.load(row, 16), 16);
        v128.store(out, v128.load(row, 32), 32);
        v128.store(out, v128.load(row, 48), 48);
      } else {
        memory.copy(out, row, cols * 4);
        memory.fill(out + cols * 4, 0, (PANEL - cols) * 4);
      }
      out += 4 * PANEL;
      row = at(row, ldb);
    }
  }
}

/**
 * Panels of B^T from panels of B, tap by tap: out[ceil(C/16)][T][O][16] <- panels[ceil(O/16)][T][C][16].
 * The backward pass of a convolution (T = R*S) or linear layer (T = 1) multiplies by it. One tile an output panel.
 *
 * @out out f32[ceilDiv(C, PANEL) * T * O * PANEL]
 * @in panels f32[ceilDiv(O, PANEL) * T * C * PANEL]
 * @tiles ceilDiv(C, PANEL)
 */
export function transposePanels(
  out: usize, panels: usize, T: i32, C: i32, O: i32, tileBegin: i32, tileEnd: i32,
): void {
  for (let p = tileBegin; p < tileEnd; ++p) {
    const cols = min(PANEL, C - p * PANEL);
    let to = at(out, p * T * O * PANEL);
    for (let t = 0; t < T; ++t) {
      for (let o = 0; o < O; ++o) {
        const from = at(panels, (((o / PANEL) * T + t) * C + p * PANEL) * PANEL + (o % PANEL));
        for (let c = 0; c < cols; ++c) store<f32>(at(to, c), load<f32>(at(from, c * PANEL)));
        for (let c = cols; c < PANEL; ++c) store<f32>(at(to, c), 0);
        to += 4 * PANEL;
      }
    }
  }
}

/** Floats between k and k + 1, and between rows, of A as it is stored: A[M][K], or A[K][M] when transposed. */
// @ts-ignore: decorator
@inline
function matmulBlock(
  c: usize, a: usize, panels: usize, scratch: usize, M: i32, N: i32, K: i32, rowPitch: i32, depthPitch: i32, ldc: i32,
  accumulate: i32, tileBegin: i32, tileEnd: i32,
): void {
  const table = scratch + TILE_BYTES;
  const panelCount = ceilDiv(N, PANEL);
  const groups = ceilDiv(panelCount, BLOCK_PANELS);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const rowBegin = (tile / groups) * BLOCK_ROWS;
    const rowEnd = min(rowBegin + BLOCK_ROWS, M);
    const panelBegin = (tile % groups) * BLOCK_PANELS;
    const panelEnd = min(panelBegin + BLOCK_PANELS, panelCount);
    for (let k = 0; k < K; k += BLOCK_DEPTH) {
      const depth = min(BLOCK_DEPTH, K - k);
      for (let p = panelBegin; p < panelEnd; ++p) {
        const panel = at(panels, (p * K + k) * PANEL);
        for (let m = rowBegin; m < rowEnd; m += ROWS) {
          const rows = min(ROWS, rowEnd - m);
          rowTable(table, at(a, m * rowPitch + k * depthPitch), rowPitch, rows);
          strip(
            at(c, m * ldc + p * PANEL), ldc, rows, min(PANEL, N - p * PANEL), scratch,
            panel, table, 1, depth, depthPitch * 4, k > 0 ? 1 : accumulate,
          );
        }
      }
    }
  }
}

/**
 * C[M][N] = (accumulate ? C : 0) + A[M][K] B. lda, ldc: floats between rows.
 *
 * @inout c f32[(M - 1) * ldc + N]
 * @in a f32[(M - 1) * lda + K]
 * @in panels f32[ceilDiv(N, PANEL) * K * PANEL]
 * @scratch matmulScratch()
 * @tiles matmulTiles(M, N)
 * @flops 2 * M * N * K
 */
export function matmul(
  c: usize, a: usize, panels: usize, scratch: usize, M: i32, N: i32, K: i32, lda: i32, ldc: i32, accumulate: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  matmulBlock(c, a, panels, scratch, M, N, K, lda, 1, ldc, accumulate, tileBegin, tileEnd);
}

/** Bytes of worker scratch that matmul and linearPartials need. */
export function matmulScratch(): i32 {
  return TILE_BYTES + (ROWS + 1) * 4;
}
