/** x [N][H][W][C], weight [O][R][S][C], y [N][P][Q][O] with P, Q = outputExtent of H, W. No bias (ResNet's have none). */
export interface ConvShape {
  n: number;
  h: number;
  w: number;
  c: number;
  o: number;
  r: number;
  s: number;
  stride: number;
  pad: number;
}

/** floor((size + 2 pad - kernel) / stride) + 1 */
export function outputExtent(size: number, kernel: number, stride: number, pad: number): number {
  return Math.floor((size + 2 * pad - kernel) / stride) + 1;
}

/**
 * Calls visit(yAt, xAt, wAt) for each pair of pixels and kernel tap that meet: offsets of y[n][p][q][0],
 * x[n][p*stride + r - pad][q*stride + s - pad][0] and weight[0][r][s][0]. Taps in the padding are left out.
 */
function forEachTap(shape: ConvShape, visit: (yAt: number, xAt: number, wAt: number) => void): void {
  const { n, h, w, c, o, r, s, stride, pad } = shape;
  const rows = outputExtent(h, r, stride, pad);
  const columns = outputExtent(w, s, stride, pad);
  for (let pixel = 0; pixel < n * rows * columns; pixel++) {
    const q = pixel % columns;
    const p = Math.floor(pixel / columns) % rows;
    const image = Math.floor(pixel / (rows * columns));
    for (let tap = 0; tap < r * s; tap++) {
      const y = p * stride + Math.floor(tap / s) - pad;
      const x = q * stride + (tap % s) - pad;
      if (y >= 0 && y < h && x >= 0 && x < w) visit(pixel * o, ((image * h + y) * w + x) * c, tap * c);
    }
  }
}

/** y[n][p][q][o] = sum over r, s, c of x[n][p*stride + r - pad][q*stride + s - pad][c] weight[o][r][s][c], x = 0 outside. */
export function conv2d(x: Float64Array, weight: Float64Array, shape: ConvShape): Float64Array {
  const { n, h, w, c, o, r, s, stride, pad } = shape;
  const y = new Float64Array(n * outputExtent(h, r, stride, pad) * outputExtent(w, s, stride, pad) * o);
  forEachTap(shape, (yAt, xAt, wAt) => {
    for (let out = 0; out < o; out++) {
      const filter = out * r * s * c + wAt;
      let sum = 0;
      for (let k = 0; k < c; k++) sum += x[xAt + k] * weight[filter + k];
      y[yAt + out] += sum;
    }
  });
  return y;
}

/** dx[n][y][x][c] = sum of dy[n][p][q][o] weight[o][r][s][c] over all p, q, r, s that read that pixel, and o. */
export function conv2dBackwardData(dy: Float64Array, weight: Float64Array, shape: ConvShape): Float64Array {
  const { n, h, w, c, o, r, s } = shape;
  const dx = new Float64Array(n * h * w * c);
  forEachTap(shape, (yAt, xAt, wAt) => {
    for (let out = 0; out < o; out++) {
      const filter = out * r * s * c + wAt;
      for (let k = 0; k < c; k++) dx[xAt + k] += dy[yAt + out] * weight[filter + k];
    }
  });
  return dx;
}

/** dweight[o][r][s][c] = sum over n, p, q of dy[n][p][q][o] x[n][p*stride + r - pad][q*stride + s - pad][c]. */
export function conv2dBackwardWeights(dy: Float64Array, x: Float64Array, shape: ConvShape): Float64Array {
  const { c, o, r, s } = shape;
  const dweight = new Float64Array(o * r * s * c);
  forEachTap(shape, (yAt, xAt, wAt) => {
    for (let out = 0; out < o; out++) {
      const filter = out * r * s * c + wAt;
      for (let k = 0; k < c; k++) dweight[filter + k] += dy[yAt + out] * x[xAt + k];
    }
  });
  return dweight;
}
