// Batch normalisation over rows x[P][C] (P = N*H*W pixels), with the residual add and the ReLU that follow it in a ResNet
// done in the same pass. C is a multiple of 4.
//
//   z = gamma * (x - mean) * invstd + beta (+ residual)        y = relu ? max(z, 0) : z
//
// Statistics are gathered per chunk of rows, a mean and a sum of squared deviations each, and merged in order with
// Chan, Golub & LeVeque (1979): no cancellation, and the same bits on any number of threads.
import { at, ceilDiv, fma } from "./lib/lanes";

/** Rows in a chunk of statistics. */
const CHUNK_ROWS: i32 = 256;
/** Rows in a tile of the elementwise passes. */
const TILE_ROWS: i32 = 64;

export function batchNormChunks(P: i32): i32 {
  return ceilDiv(P, CHUNK_ROWS);
}

export function batchNormTiles(P: i32): i32 {
  return ceilDiv(P, TILE_ROWS);
}

/** partial[chunk] = { mean[C], m2[C] } of x's rows in that chunk. A tile is a chunk. */
export function batchNormPartials(partial: usize, x: usize, P: i32, C: i32, tileBegin: i32, tileEnd: i32): void {
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const rows = min(CHUNK_ROWS, P - tile * CHUNK_ROWS);
    const scale = f32x4.splat(1 / <f32>rows);
    for (let c = 0; c < C; c += 4) {
      const column = at(x, tile * CHUNK_ROWS * C + c);
      let p = column;
      let sum = f32x4.splat(0);
      for (let i = 0; i < rows; ++i) {
        sum = f32x4.add(sum, v128.load(p));
        p = at(p, C);
      }
      const mean = f32x4.mul(sum, scale);
      let m2 = f32x4.splat(0);
      p = column;
      for (let i = 0; i < rows; ++i) {
        const d = f32x4.sub(v128.load(p), mean);
        m2 = fma(d, d, m2);
        p = at(p, C);
      }
      v128.store(at(partial, tile * 2 * C + c), mean);
      v128.store(at(partial, tile * 2 * C + C + c), m2);
    }
  }
}

/**
 * Merges the chunks: mean[C], invstd[C] = 1/sqrt(variance + eps), and the running statistics with PyTorch's rule,
 * running = (1 - momentum)*running + momentum*batch, the variance there unbiased (P/(P-1)). One tile.
 */
export function batchNormStatistics(
  mean: usize, invstd: usize, runningMean: usize, runningVar: usize, partial: usize, P: i32, C: i32,
  momentum: f32, eps: f32, tileBegin: i32, tileEnd: i32,
): void {
  const chunks = batchNormChunks(P);
  for (let c = 0; c < C; ++c) {
    let count: f64 = 0;
    let mu: f64 = 0;
    let m2: f64 = 0;
    for (let k = 0; k < chunks; ++k) {
      const n = <f64>min(CHUNK_ROWS, P - k * CHUNK_ROWS);
      const delta = <f64>load<f32>(at(partial, k * 2 * C + c)) - mu;
      const total = count + n;
      mu += (delta * n) / total;
      m2 += <f64>load<f32>(at(partial, k * 2 * C + C + c)) + (delta * delta * count * n) / total;
      count = total;
    }
    store<f32>(at(mean, c), <f32>mu);
    store<f32>(at(invstd, c), <f32>(1 / Math.sqrt(m2 / count + <f64>eps)));
    const oldMean = <f64>load<f32>(at(runningMean, c));
    const oldVar = <f64>load<f32>(at(runningVar, c));
    const rate = <f64>momentum;
    store<f32>(at(runningMean, c), <f32>((1 - rate) * oldMean + rate * mu));
    store<f32>(at(runningVar, c), <f32>((1 - rate) * oldVar + (rate * m2) / max<f64>(count - 1, 1)));
  }
}

/** invstd[C] = 1/sqrt(variance[C] + eps), for evaluation with running statistics. One tile. */
export function invertStd(invstd: usize, variance: usize, C: i32, eps: f32, tileBegin: i32, tileEnd: i32): void {
  for (let c = 0; c < C; ++c) {
    store<f32>(at(invstd, c), <f32>(1 / Math.sqrt(<f64>load<f32>(at(variance, c)) + <f64>eps)));
  }
}

/** y[P][C]; residual is 0 or an address. Tiles: `batchNormTiles(P)`. */
export function batchNorm(
  y: usize, x: usize, mean: usize, invstd: usize, gamma: usize, beta: usize, residual: usize, P: i32, C: i32, relu: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  const floor = f32x4.splat(relu ? 0 : -f32.MAX_VALUE);
  const end = min(tileEnd * TILE_ROWS, P);
  for (let c = 0; c < C; c += 4) {
    const scale = f32x4.mul(v128.load(at(gamma, c)), v128.load(at(invstd, c)));
    const mu = v128.load(at(mean, c));
    const shift = v128.load(at(beta, c));
    let i = tileBegin * TILE_ROWS * C + c;
    for (let row = tileBegin * TILE_ROWS; row < end; ++row) {
      let z = fma(f32x4.sub(v128.load(at(x, i)), mu), scale, shift);
      if (residual) z = f32x4.add(z, v128.load(at(residual, i)));
      v128.store(at(y, i), f32x4.max(z, floor));
      i += C;
    }
  }
}

// Backward, with g = dy where y > 0 (all of dy without a ReLU) and xhat = (x - mean) * invstd:
//   dbeta = sum g      dgamma = sum g*xhat      dresidual = g
//   dx = gamma * invstd * (g - dbeta/P - xhat * dgamma/P)

/** partial[chunk] = { sum g [C], sum g*xhat [C] }; `y` is 0 where no ReLU follows. A tile is a chunk. */
export function batchNormBackwardPartials(
  partial: usize, dy: usize, y: usize, x: usize, mean: usize, invstd: usize, P: i32, C: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  const zero = f32x4.splat(0);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const rows = min(CHUNK_ROWS, P - tile * CHUNK_ROWS);
    for (let c = 0; c < C; c += 4) {
      const mu = v128.load(at(mean, c));
      let sum = zero;
      let dot = zero;
      let i = tile * CHUNK_ROWS * C + c;
      for (let row = 0; row < rows; ++row) {
        let g = v128.load(at(dy, i));
        if (y) g = v128.and(g, f32x4.gt(v128.load(at(y, i)), zero));
        sum = f32x4.add(sum, g);
        dot = fma(g, f32x4.sub(v128.load(at(x, i)), mu), dot);
        i += C;
      }
      v128.store(at(partial, tile * 2 * C + c), sum);
      v128.store(at(partial, tile * 2 * C + C + c), f32x4.mul(dot, v128.load(at(invstd, c))));
    }
  }
}

/** dbeta[C], dgamma[C]: the chunks added in order. One tile. */
export function batchNormBackwardSums(
  dgamma: usize, dbeta: usize, partial: usize, P: i32, C: i32, tileBegin: i32, tileEnd: i32,
): void {
  const chunks = batchNormChunks(P);
  for (let c = 0; c < C; ++c) {
    let sum: f64 = 0;
    let dot: f64 = 0;
    for (let k = 0; k < chunks; ++k) {
      sum += <f64>load<f32>(at(partial, k * 2 * C + c));
      dot += <f64>load<f32>(at(partial, k * 2 * C + C + c));
    }
    store<f32>(at(dbeta, c), <f32>sum);
    store<f32>(at(dgamma, c), <f32>dot);
  }
}

/** dx[P][C], and dresidual[P][C] (+)= g where its address is not 0. Tiles: `batchNormTiles(P)`. */
export function batchNormBackward(
  dx: usize, dresidual: usize, dy: usize, y: usize, x: usize, mean: usize, invstd: usize, gamma: usize,
  dgamma: usize, dbeta: usize, P: i32, C: i32, accumulateResidual: i32, tileBegin: i32, tileEnd: i32,
): void {
  const zero = f32x4.splat(0);
  const perRow = f32x4.splat(1 / <f32>P);
  const end = min(tileEnd * TILE_ROWS, P);
  for (let c = 0; c < C; c += 4) {
    const std = v128.load(at(invstd, c));
    const mu = v128.load(at(mean, c));
    const scale = f32x4.mul(v128.load(at(gamma, c)), std);
    const meanG = f32x4.mul(v128.load(at(dbeta, c)), perRow);
    const slope = f32x4.mul(f32x4.mul(v128.load(at(dgamma, c)), perRow), std);
    let i = tileBegin * TILE_ROWS * C + c;
    for (let row = tileBegin * TILE_ROWS; row < end; ++row) {
      let g = v128.load(at(dy, i));
      if (y) g = v128.and(g, f32x4.gt(v128.load(at(y, i)), zero));
      if (dresidual) {
        v128.store(at(dresidual, i), accumulateResidual ? f32x4.add(v128.load(at(dresidual, i)), g) : g);
      }
      const centred = f32x4.sub(v128.load(at(x, i)), mu);
      v128.store(at(dx, i), f32x4.mul(scale, f32x4.sub(f32x4.sub(g, meanG), f32x4.mul(centred, slope))));
      i += C;
    }
  }
}
