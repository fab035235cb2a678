// The packed layouts, implemented independently for the tests (see assembly/lib/micro.ts).

const PANEL = 16;
export const panelCount = (columns: number): number => Math.ceil(columns / PANEL);

/** panels[ceil(N/16)][K][16] of B, element(k, n); columns past N are zero. */
export function panelsOf(K: number, N: number, element: (k: number, n: number) => number): Float32Array<ArrayBuffer> {
  const panels = new Float32Array(panelCount(N) * K * PANEL);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) panels[(Math.floor(n / PANEL) * K + k) * PANEL + (n % PANEL)] = element(k, n);
  }
  return panels;
}

/** panels[ceil(O/16)][K][16] of weights stored row by row, w[O][K]: a convolution's K runs over R, S, C. */
export const panelsOfRows = (w: ArrayLike<number>, O: number, K: number): Float32Array<ArrayBuffer> =>
  panelsOf(K, O, (k, o) => w[o * K + k]);

/** w[O][K] from its panels; throws unless the padding is zero. */
export function rowsOfPanels(panels: Float32Array, O: number, K: number): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(O * K);
  panels.forEach((value, i) => {
    const o = Math.floor(i / (K * PANEL)) * PANEL + (i % PANEL);
    const k = Math.floor(i / PANEL) % K;
    if (o < O) rows[o * K + k] = value;
    else if (value !== 0) throw new Error(`padding at [${i}] is ${value}`);
  });
  return rows;
}

/** Transposed panels[ceil(C/16)][T][O][16] of w[O][T][C], tap by tap: what a convolution's backward pass multiplies by. */
export const transposedPanels = (w: ArrayLike<number>, O: number, T: number, C: number): Float32Array<ArrayBuffer> =>
  panelsOf(T * O, C, (k, c) => w[((k % O) * T + Math.floor(k / O)) * C + c]);
