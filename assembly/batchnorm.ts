// Batch normalization over rows x[P][C] (P = N*H*W pixels), fused with the residual addition and ReLU that follow it in a ResNet.
// C is a multiple of 8: vectors come in adjacent pairs, which V8 can combine.
//
//   z = gamma * (x - mean) * invstd + beta (+ residual)        y = relu ? max(z, 0) : z
//
// Each chunk of rows gives a mean and a sum of squared deviations. Chunks are merged in order by Chan, Golub & LeVeque (1979):
// no cancellation, and the same bits for any number of threads.
import { backwardCoefficients, backwardRow, coefficientBytes, gated } from "./lib/batchnorm-backward";
import { at, ceilDiv, fma, storePair } from "./lib/lanes";

/** Rows per chunk of statistics. */
const CHUNK_ROWS: i32 = 128;
/** Rows per tile of the elementwise passes. */
const TILE_ROWS: i32 = 64;
/** Channels per tile of the merges. */
const TILE_CHANNELS: i32 = 8;

export function batchNormChunks(P: i32): i32 {
  return ceilDiv(P, CHUNK_ROWS);
}

/** Tiles of the kernels that merge chunks. */
export function batchNormMergeTiles(C: i32): i32 {
  return ceilDiv(C, TILE_CHANNELS);
}

export function batchNormTiles(P: i32): i32 {
  return ceilDiv(P, TILE_ROWS);
}

/**
 * partial[chunk] = { mean[C], m2[C] } of x's rows in that chunk. A tile is a chunk.
 *
 * @out partial f32[batchNormChunks(P) * 2 * C]
 * @in x f32[P * C]
 * @tiles batchNormChunks(P)
 */
export function batchNormPartials(partial: usize, x: usize, P: i32, C: i32, tileBegin: i32, tileEnd: i32): void {
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const rows = min(CHUNK_ROWS, P - tile * CHUNK_ROWS);
    const chunk = at(x, tile * CHUNK_ROWS * C);
    const mean = at(partial, tile * 2 * C);
    const m2 = at(mean, C);
    memory.fill(mean, 0, 8 * C);
    for (let row = 0; row < rows; ++row) addRow(mean, at(chunk, row * C), C);
    scaleRow(mean, 1 / <f32>rows, C);
    for (let row = 0; row < rows; ++row) addSquares(m2, at(chunk, row * C), mean, C);
  }
}

/** sum += x, C floats. */
function addRow(sum: usize, x: usize, C: i32): void {
  for (let c = 0; c < C; c += 8) {
    const to = at(sum, c);
    const from = at(x, c);
    storePair(to, f32x4.add(v128.load(to), v128.load(from)), f32x4.add(v128.load(to, 16), v128.load(from, 16)));
  }
}

function scaleRow(x: usize, factor: f32, C: i32): void {
  for (let c = 0; c < C; c += 4) v128.store(at(x, c), f32x4.mul(v128.load(at(x, c)), f32x4.splat(factor)));
}

/** m2 += (x - mean)^2, C floats. */
function addSquares(m2: usize, x: usize, mean: usize, C: i32): void {
  for (let c = 0; c < C; c += 8) {
    const to = at(m2, c);
    const from = at(x, c);
    const centre = at(mean, c);
    const a = f32x4.sub(v128.load(from), v128.load(centre));
    const b = f32x4.sub(v128.load(from, 16), v128.load(centre, 16));
    storePair(to, fma(a, a, v128.load(to)), fma(b, b, v128.load(to, 16)));
  }
}

/**
 * Merges the chunks: mean[C], invstd[C] = 1/sqrt(variance + eps), and the running statistics with PyTorch's rule,
 * running = (1 - momentum)*running + momentum*batch, with the unbiased variance (P/(P-1)).
 *
 * @out mean f32[C]
 * @out invstd f32[C]
 * @inout runningMean f32[C]
 * @inout runningVar f32[C]
 * @in partial f32[batchNormChunks(P) * 2 * C]
 * @tiles batchNormMergeTiles(C)
 */
export function batchNormStatistics(
  mean: usize, invstd: usize, runningMean: usize, runningVar: usize, partial: usize, P: i32, C: i32,
  momentum: f32, eps: f32, tileBegin: i32, tileEnd: i32,
): void {
  const chunks = batchNormChunks(P);
  for (let c = tileBegin * TILE_CHANNELS; c < min(tileEnd * TILE_CHANNELS, C); ++c) {
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

/**
 * invstd[C] = 1/sqrt(variance[C] + eps), for evaluation with running statistics.
 *
 * @out invstd f32[C]
 * @in variance f32[C]
 * @tiles 1
 */
export function invertStd(invstd: usize, variance: usize, C: i32, eps: f32, tileBegin: i32, tileEnd: i32): void {
  for (let c = 0; c < C; ++c) {
    store<f32>(at(invstd, c), <f32>(1 / Math.sqrt(<f64>load<f32>(at(variance, c)) + <f64>eps)));
  }
}

/**
 * gamma * (x - mean) / sqrt(variance + eps) + beta = scale * x + shift, all [C]: for lib/epilogue.ts.
 *
 * @out scale f32[C]
 * @out shift f32[C]
 * @in gamma f32[C]
 * @in beta f32[C]
 * @in mean f32[C]
 * @in variance f32[C]
 * @tiles 1
 */
export function foldBatchNorm(
  scale: usize, shift: usize, gamma: usize, beta: usize, mean: usize, variance: usize, C: i32, eps: f32,
  tileBegin: i32, tileEnd: i32,
): void {
  for (let c = 0; c < C; ++c) {
    const s = <f64>load<f32>(at(gamma, c)) / Math.sqrt(<f64>load<f32>(at(variance, c)) + <f64>eps);
    store<f32>(at(scale, c), <f32>s);
    store<f32>(at(shift, c), <f32>(<f64>load<f32>(at(beta, c)) - s * <f64>load<f32>(at(mean, c))));
  }
}

/**
 * y[P][C]; residual is an address, or 0 if absent.
 *
 * @out y f32[P * C]
 * @in x f32[P * C]
 * @in mean f32[C]
 * @in invstd f32[C]
 * @in gamma f32[C]
 * @in beta f32[C]
 * @in? residual f32[P * C]
 * @tiles batchNormTiles(P)
 */
export function batchNorm(
  y: usize, x: usize, mean: usize, invstd: usize, gamma: usize, beta: usize, residual: usize, P: i32, C: i32, relu: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  const floor = f32x4.splat(relu ? 0 : -Infinity);
  // Masks instead of branches: without a residual, x is read in its place and masked out.
  const keep = i32x4.splat(residual ? -1 : 0);
  const other = residual ? residual : x;
  const end = min(tileEnd * TILE_ROWS, P);
  for (let row = tileBegin * TILE_ROWS; row < end; ++row) {
    for (let c = 0; c < C; c += 8) {
      const i = row * C + c;
      const from = at(x, i);
      const mu = at(mean, c);
      const std = at(invstd, c);
      const g = at(gamma, c);
      const b = at(beta, c);
      const r = at(other, i);
      const to = at(y, i);
      const s0 = f32x4.mul(v128.load(g), v128.load(std));
      const s1 = f32x4.mul(v128.load(g, 16), v128.load(std, 16));
      const z0 = fma(f32x4.sub(v128.load(from), v128.load(mu)), s0, v128.load(b));
      const z1 = fma(f32x4.sub(v128.load(from, 16), v128.load(mu, 16)), s1, v128.load(b, 16));
      storePair(
        to,
        f32x4.max(f32x4.add(z0, v128.and(v128.load(r), keep)), floor),
        f32x4.max(f32x4.add(z1, v128.and(v128.load(r, 16), keep)), floor),
      );
    }
  }
}

// Backward, with g = dy where y > 0 (g = dy without ReLU) and xhat = (x - mean) * invstd:
//   dbeta = sum g      dgamma = sum g*xhat      dresidual = g
//   dx: see lib/batchnorm-backward.ts

/**
 * partial[chunk] = { sum g [C], sum g*xhat [C] }; `y` is 0 if no ReLU follows. A tile is a chunk.
 *
 * @out partial f32[batchNormChunks(P) * 2 * C]
 * @in dy f32[P * C]
 * @in? y f32[P * C]
 * @in x f32[P * C]
 * @in mean f32[C]
 * @in invstd f32[C]
 * @tiles batchNormChunks(P)
 */
export function batchNormBackwardPartials(
  partial: usize, dy: usize, y: usize, x: usize, mean: usize, invstd: usize, P: i32, C: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const sum = at(partial, tile * 2 * C);
    const dot = at(sum, C);
    memory.fill(sum, 0, 8 * C);
    const end = min((tile + 1) * CHUNK_ROWS, P);
    for (let row = tile * CHUNK_ROWS; row < end; ++row) {
      addGradient(sum, dot, at(dy, row * C), y ? at(y, row * C) : 0, at(x, row * C), mean, C);
    }
    for (let c = 0; c < C; c += 4) {
      v128.store(at(dot, c), f32x4.mul(v128.load(at(dot, c)), v128.load(at(invstd, c))));
    }
  }
}

/** sum += g, dot += g * (x - mean), C floats. */
function addGradient(sum: usize, dot: usize, dy: usize, y: usize, x: usize, mean: usize, C: i32): void {
  const all = i32x4.splat(y ? 0 : -1);
  const gate = y ? y : dy;
  for (let c = 0; c < C; c += 8) {
    const s = at(sum, c);
    const d = at(dot, c);
    const from = at(dy, c);
    const open = at(gate, c);
    const value = at(x, c);
    const mu = at(mean, c);
    const g0 = gated(v128.load(from), v128.load(open), all);
    const g1 = gated(v128.load(from, 16), v128.load(open, 16), all);
    storePair(s, f32x4.add(v128.load(s), g0), f32x4.add(v128.load(s, 16), g1));
    storePair(
      d,
      fma(g0, f32x4.sub(v128.load(value), v128.load(mu)), v128.load(d)),
      fma(g1, f32x4.sub(v128.load(value, 16), v128.load(mu, 16)), v128.load(d, 16)),
    );
  }
}

/**
 * dbeta[C], dgamma[C]: the sums of the chunks, in order.
 *
 * @out dgamma f32[C]
 * @out dbeta f32[C]
 * @in partial f32[batchNormChunks(P) * 2 * C]
 * @tiles batchNormMergeTiles(C)
 */
export function batchNormBackwardSums(
  dgamma: usize, dbeta: usize, partial: usize, P: i32, C: i32, tileBegin: i32, tileEnd: i32,
): void {
  const chunks = batchNormChunks(P);
  for (let c = tileBegin * TILE_CHANNELS; c < min(tileEnd * TILE_CHANNELS, C); ++c) {
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

/** Bytes of worker scratch for batchNormBackward. */
export function batchNormBackwardScratch(C: i32): i32 {
  return coefficientBytes(C);
}

/**
 * dx[P][C], and dresidual[P][C] (+)= g if its address is not 0.
 *
 * @out dx f32[P * C]
 * @inout? dresidual f32[P * C]
 * @in dy f32[P * C]
 * @in? y f32[P * C]
 * @in x f32[P * C]
 * @in mean f32[C]
 * @in invstd f32[C]
 * @in gamma f32[C]
 * @in dgamma f32[C]
 * @in dbeta f32[C]
 * @scratch batchNormBackwardScratch(C)
 * @tiles batchNormTiles(P)
 */
export function batchNormBackward(
  dx: usize, dresidual: usize, dy: usize, y: usize, x: usize, mean: usize, invstd: usize, gamma: usize,
  dgamma: usize, dbeta: usize, scratch: usize, P: i32, C: i32, accumulate: i32, tileBegin: i32, tileEnd: i32,
): void {
  backwardCoefficients(scratch, invstd, gamma, dgamma, dbeta, P, C);
  const end = min(tileEnd * TILE_ROWS, P);
  for (let row = tileBegin * TILE_ROWS; row < end; ++row) {
    const i = row * C;
    const gate = y ? at(y, i) : 0;
    if (dresidual) passGradient(at(dresidual, i), at(dy, i), gate, C, accumulate);
    backwardRow(at(dx, i), at(dy, i), gate, at(x, i), mean, scratch, C);
  }
}

/** out (+)= g, C floats. */
function passGradient(out: usize, dy: usize, y: usize, C: i32, accumulate: i32): void {
  const all = i32x4.splat(y ? 0 : -1);
  const keep = i32x4.splat(-accumulate);
  const gate = y ? y : dy;
  for (let c = 0; c < C; c += 8) {
    const to = at(out, c);
    const from = at(dy, c);
    const open = at(gate, c);
    const g0 = gated(v128.load(from), v128.load(open), all);
    const g1 = gated(v128.load(from, 16), v128.load(open, 16), all);
    storePair(to, f32x4.add(v128.and(v128.load(to), keep), g0), f32x4.add(v128.and(v128.load(to, 16), keep), g1));
  }
}
