// Matrix product: M rows, N columns, sum over K. B is packed into panels first (see lib/micro.ts):
//
//   panels[ceil(N/16)][K][16], columns past N are zero.
import { at, ceilDiv } from "./lib/lanes";
import { PANEL } from "./lib/micro";
import { copyPanel } from "./lib/panel";
import { blocksOf, productScratch, productTile } from "./lib/product";

/** Least rows per tile, unless M is less: many enough to use what a tile reads of B again. */
const BLOCK_ROWS: i32 = 48;
/** Rows of B that are packed together: their pages and lines stay in the first-level caches while all panels take their columns. */
const PACKED_ROWS: i32 = 16;
/** Least rows of B per tile of packPanels. */
const CUT_ROWS: i32 = 32;

/** Rows per tile: blocks of nearly equal length, so that B is not read again for a few rows at the end. */
function blockRows(M: i32): i32 {
  return ceilDiv(M, max(1, M / BLOCK_ROWS));
}

/** Tiles of `matmul` for an M x N product. */
export function matmulTiles(M: i32, N: i32): i32 {
  return blocksOf(M, N, blockRows(M));
}

/**
 * panels <- B[K][N], rows ldb floats apart. A tile is a part of B's rows: whole rows are read much faster than 64 bytes of each.
 *
 * @out panels f32[ceilDiv(N, PANEL) * K * PANEL]
 * @in b f32[(K - 1) * ldb + N]
 * @tiles ceilDiv(N, PANEL)
 */
export function packPanels(panels: usize, b: usize, N: i32, K: i32, ldb: i32, tileBegin: i32, tileEnd: i32): void {
  const panelCount = ceilDiv(N, PANEL);
  // Of few rows, a tile is a panel: threads would write lines that are too close together.
  const cut = K >= CUT_ROWS * panelCount;
  const rowEnd = cut ? (tileEnd * K) / panelCount : K;
  const panelBegin = cut ? 0 : tileBegin;
  const panelEnd = cut ? panelCount : tileEnd;
  for (let k = cut ? (tileBegin * K) / panelCount : 0; k < rowEnd; k += PACKED_ROWS) {
    const rows = min(PACKED_ROWS, rowEnd - k);
    for (let p = panelBegin; p < panelEnd; ++p) {
      copyPanel(at(panels, (p * K + k) * PANEL), at(b, k * ldb + p * PANEL), rows, ldb, min(PANEL, N - p * PANEL));
    }
  }
}

/**
 * Panels of B^T from panels of B, tap by tap: out[ceil(C/16)][T][O][16] <- panels[ceil(O/16)][T][C][16].
 * For the backward pass of a convolution (T = R*S) or linear layer (T = 1). A tile is an output panel.
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
  const rows = blockRows(M);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    productTile(c, a, panels, scratch, M, N, K, K, lda, 1, ldc, PANEL, rows, accumulate, tile);
  }
}

/** Bytes of worker scratch that matmul and linearPartials need. */
export function matmulScratch(): i32 {
  return productScratch();
}
