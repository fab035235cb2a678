/**
 * [outer][a][b] -> [outer][b][a]. Both differences between PyTorch's layouts and channels-last are this one:
 *   conv weights  [O][C][R][S] -> [O][R][S][C]:  transposeInner(w, O, C, R * S), and back with (O, R * S, C);
 *   the first Linear after a flattened image, columns C,H,W -> H,W,C:  transposeInner(w, out, C, H * W), and back.
 */
export function transposeInner<T extends Float32Array | Float64Array | Uint8Array>(
  data: T,
  outer: number,
  a: number,
  b: number,
): T {
  const result = data.slice() as T;
  for (let o = 0; o < outer; o++) {
    const base = o * a * b;
    for (let i = 0; i < a; i++) {
      for (let j = 0; j < b; j++) result[base + j * a + i] = data[base + i * b + j];
    }
  }
  return result;
}

interface PaddedImages {
  n: number;
  h: number;
  w: number;
  c: number;
  pad: number;
}

/** x[N][H][W][C] inside a border of zeros, [N][H + 2 pad][W + 2 pad][C]: what a stem reads without padding. */
export function padded(x: Float32Array, { n, h, w, c, pad }: PaddedImages): Float32Array<ArrayBuffer> {
  const [H, W] = [h + 2 * pad, w + 2 * pad];
  const result = new Float32Array(n * H * W * c);
  for (let row = 0; row < n * h; row++) {
    const at = ((Math.floor(row / h) * H + (row % h) + pad) * W + pad) * c;
    result.set(x.subarray(row * w * c, (row + 1) * w * c), at);
  }
  return result;
}
