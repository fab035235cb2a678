export interface MatmulShape {
  m: number;
  n: number;
  k: number;
  /** A is stored [k][m] instead of [m][k]. */
  transposeA?: boolean;
  /** B is stored [n][k] instead of [k][n]. */
  transposeB?: boolean;
  alpha?: number;
  beta?: number;
}

/** alpha op(A) op(B) + beta C.  op(A) [m][k], op(B) [k][n], C and the result [m][n]; C is read only where beta != 0. */
export function matmul(a: Float64Array, b: Float64Array, shape: MatmulShape, c?: Float64Array): Float64Array {
  const { m, n, k, transposeA = false, transposeB = false, alpha = 1, beta = 0 } = shape;
  const result = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) {
        sum += a[transposeA ? p * m + i : i * k + p] * b[transposeB ? j * k + p : p * n + j];
      }
      result[i * n + j] = alpha * sum + (beta !== 0 && c ? beta * c[i * n + j] : 0);
    }
  }
  return result;
}
