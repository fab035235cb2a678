// Fully connected layer with few outputs (the two logits): y[N][O] = x[N][I] w[O][I]^T + bias, w stored row by row.
// Lanes run along I. Logistic regression consists of this layer with I = 150528.
import { at, ceilDiv, fma, storePair, sumLanes } from "./lib/lanes";

const CHUNK: i32 = 2048;

export function narrowLinearChunks(I: i32): i32 {
  return ceilDiv(I, CHUNK);
}

/**
 * partial[chunk][N][O]: dot products over that chunk of I. A tile is a chunk; `narrowLinearSum` adds them in order.
 *
 * @out partial f32[narrowLinearChunks(I) * N * O]
 * @in x f32[N * I]
 * @in w f32[O * I]
 * @tiles narrowLinearChunks(I)
 * @flops 2 * N * I * O
 */
export function narrowLinearPartials(
  partial: usize, x: usize, w: usize, N: i32, I: i32, O: i32, tileBegin: i32, tileEnd: i32,
): void {
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const begin = tile * CHUNK;
    const width = min(CHUNK, I - begin);
    for (let n = 0; n < N; ++n) {
      for (let o = 0; o < O; ++o) {
        store<f32>(at(partial, (tile * N + n) * O + o), dot(at(x, n * I + begin), at(w, o * I + begin), width));
      }
    }
  }
}

function dot(a: usize, b: usize, count: i32): f32 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let i = 0;
  for (; i + 16 <= count; i += 16) {
    const p = at(a, i);
    const q = at(b, i);
    s0 = fma(v128.load(p), v128.load(q), s0);
    s1 = fma(v128.load(p, 16), v128.load(q, 16), s1);
    s2 = fma(v128.load(p, 32), v128.load(q, 32), s2);
    s3 = fma(v128.load(p, 48), v128.load(q, 48), s3);
  }
  let sum = sumLanes(f32x4.add(f32x4.add(s0, s2), f32x4.add(s1, s3)));
  for (; i < count; ++i) sum += load<f32>(at(a, i)) * load<f32>(at(b, i));
  return sum;
}

/**
 * y[N][O] = bias + the sum of the chunks, in order.
 *
 * @out y f32[N * O]
 * @in partial f32[chunks * N * O]
 * @in bias f32[O]
 * @tiles 1
 */
export function narrowLinearSum(
  y: usize, partial: usize, bias: usize, N: i32, O: i32, chunks: i32, tileBegin: i32, tileEnd: i32,
): void {
  for (let i = 0; i < N * O; ++i) {
    let sum: f32 = 0;
    for (let k = 0; k < chunks; ++k) sum += load<f32>(at(partial, k * N * O + i));
    store<f32>(at(y, i), sum + load<f32>(at(bias, i % O)));
  }
}

/**
 * dw[o][i] = sum over n of dy[n][o] * x[n][i]. A tile is a chunk of I.
 *
 * @out dw f32[O * I]
 * @in x f32[N * I]
 * @in dy f32[N * O]
 * @tiles narrowLinearChunks(I)
 * @flops 2 * N * I * O
 */
export function narrowLinearBackwardWeights(
  dw: usize, x: usize, dy: usize, N: i32, I: i32, O: i32, tileBegin: i32, tileEnd: i32,
): void {
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const end = min((tile + 1) * CHUNK, I);
    for (let o = 0; o < O; ++o) {
      let i = tile * CHUNK;
      for (; i + 8 <= end; i += 8) {
        let a = f32x4.splat(0);
        let b = f32x4.splat(0);
        for (let n = 0; n < N; ++n) {
          const g = v128.load32_splat(at(dy, n * O + o));
          const from = at(x, n * I + i);
          a = fma(g, v128.load(from), a);
          b = fma(g, v128.load(from, 16), b);
        }
        storePair(at(dw, o * I + i), a, b);
      }
      for (; i < end; ++i) {
        let sum: f32 = 0;
        for (let n = 0; n < N; ++n) sum += load<f32>(at(dy, n * O + o)) * load<f32>(at(x, n * I + i));
        store<f32>(at(dw, o * I + i), sum);
      }
    }
  }
}

// The same two products for pixels, x = bytes / 255, which are widened when they are needed. Images are read as bytes, a quarter of the memory
// traffic.

/**
 * partial[chunk][N][O] from bytes[N][I]. A tile is a chunk. Needs no scratch; the argument remains because model files list the arguments of
 * their calls.
 *
 * @out partial f32[narrowLinearChunks(I) * N * O]
 * @in bytes u8[N * I]
 * @in w f32[O * I]
 * @scratch 0
 * @tiles narrowLinearChunks(I)
 * @flops 2 * N * I * O
 */
export function narrowLinearPixelsPartials(
  partial: usize, bytes: usize, w: usize, scratch: usize, N: i32, I: i32, O: i32, tileBegin: i32, tileEnd: i32,
): void {
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const begin = tile * CHUNK;
    const width = min(CHUNK, I - begin);
    for (let n = 0; n < N; ++n) {
      const row = at(partial, (tile * N + n) * O);
      for (let o = 0; o < O; o += 2) {
        // Of an odd number of outputs, the last is computed twice.
        const next = min(o + 1, O - 1);
        pixelDots(at(row, o), at(row, next), bytes + <usize>(n * I + begin), at(w, o * I + begin), at(w, next * I + begin), width);
      }
    }
  }
}

/** y0, y1 <- dot products of bytes / 255 with w0 and w1, in the order of `dot`: each pixel is read and widened once for two outputs. */
function pixelDots(y0: usize, y1: usize, bytes: usize, w0: usize, w1: usize, count: i32): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  let i = 0;
  for (; i + 16 <= count; i += 16) {
    const low = v128.load8x8_u(bytes + <usize>i), high = v128.load8x8_u(bytes + <usize>i, 8);
    const x0 = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)), x1 = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low));
    const x2 = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)), x3 = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high));
    const p = at(w0, i), q = at(w1, i);
    a0 = fma(x0, v128.load(p), a0);
    a1 = fma(x1, v128.load(p, 16), a1);
    a2 = fma(x2, v128.load(p, 32), a2);
    a3 = fma(x3, v128.load(p, 48), a3);
    b0 = fma(x0, v128.load(q), b0);
    b1 = fma(x1, v128.load(q, 16), b1);
    b2 = fma(x2, v128.load(q, 32), b2);
    b3 = fma(x3, v128.load(q, 48), b3);
  }
  let sum0 = sumLanes(f32x4.add(f32x4.add(a0, a2), f32x4.add(a1, a3)));
  let sum1 = sumLanes(f32x4.add(f32x4.add(b0, b2), f32x4.add(b1, b3)));
  for (; i < count; ++i) {
    const x = <f32>load<u8>(bytes + <usize>i);
    sum0 += x * load<f32>(at(w0, i));
    sum1 += x * load<f32>(at(w1, i));
  }
  store<f32>(y0, sum0 / 255);
  store<f32>(y1, sum1 / 255);
}

/** Bytes of worker scratch for the gradients of N rows. */
export function narrowLinearPixelsBackwardScratch(N: i32): i32 {
  return 2 * 16 * N;
}

/**
 * dw[o][i] = sum over n of dy[n][o] / 255 * bytes[n][i]. A tile is a chunk of I.
 *
 * @out dw f32[O * I]
 * @in bytes u8[N * I]
 * @in dy f32[N * O]
 * @scratch narrowLinearPixelsBackwardScratch(N)
 * @tiles narrowLinearChunks(I)
 * @flops 2 * N * I * O
 */
export function narrowLinearPixelsBackwardWeights(
  dw: usize, bytes: usize, dy: usize, scratch: usize, N: i32, I: i32, O: i32, tileBegin: i32, tileEnd: i32,
): void {
  const end = min(tileEnd * CHUNK, I);
  for (let o = 0; o < O; o += 2) {
    // Of an odd number of outputs, the last is computed twice.
    const next = min(o + 1, O - 1);
    for (let n = 0; n < N; ++n) {
      v128.store(scratch + 32 * <usize>n, f32x4.splat(load<f32>(at(dy, n * O + o)) / 255));
      v128.store(scratch + 32 * <usize>n, f32x4.splat(load<f32>(at(dy, n * O + next)) / 255), 16);
    }
    const row0 = at(dw, o * I), row1 = at(dw, next * I);
    let i = tileBegin * CHUNK;
    for (; i + 16 <= end; i += 16) pixelGradients(at(row0, i), at(row1, i), bytes + <usize>i, scratch, N, I);
    for (; i < end; ++i) {
      let sum0: f32 = 0, sum1: f32 = 0;
      for (let n = 0; n < N; ++n) {
        const x = <f32>load<u8>(bytes + <usize>(n * I + i));
        sum0 += load<f32>(scratch + 32 * <usize>n) * x;
        sum1 += load<f32>(scratch + 32 * <usize>n, 16) * x;
      }
      store<f32>(at(row0, i), sum0);
      store<f32>(at(row1, i), sum1);
    }
  }
}

/** dw0[16], dw1[16] <- sums over n of factors[n][0 or 1] * bytes[n][16]: each pixel is read and widened once for two outputs. */
function pixelGradients(dw0: usize, dw1: usize, bytes: usize, factors: usize, N: i32, I: i32): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  for (let n = 0; n < N; ++n, bytes += I, factors += 32) {
    const low = v128.load8x8_u(bytes), high = v128.load8x8_u(bytes, 8);
    const x0 = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)), x1 = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low));
    const x2 = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)), x3 = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high));
    const f = v128.load(factors), g = v128.load(factors, 16);
    a0 = fma(f, x0, a0);
    a1 = fma(f, x1, a1);
    a2 = fma(f, x2, a2);
    a3 = fma(f, x3, a3);
    b0 = fma(g, x0, b0);
    b1 = fma(g, x1, b1);
    b2 = fma(g, x2, b2);
    b3 = fma(g, x3, b3);
  }
  storePair(dw0, a0, a1);
  storePair(dw0 + 32, a2, a3);
  storePair(dw1, b0, b1);
  storePair(dw1 + 32, b2, b3);
}

/**
 * dx[n][i] = sum over o of dy[n][o] * w[o][i]. A tile is a row n.
 *
 * @out dx f32[tiles * I]
 * @in dy f32[tiles * O]
 * @in w f32[O * I]
 * @flops 2 * tiles * I * O
 */
export function narrowLinearBackwardData(
  dx: usize, dy: usize, w: usize, I: i32, O: i32, tileBegin: i32, tileEnd: i32,
): void {
  for (let n = tileBegin; n < tileEnd; ++n) {
    for (let i = 0; i < I; ++i) {
      let sum: f32 = 0;
      for (let o = 0; o < O; ++o) sum += load<f32>(at(dy, n * O + o)) * load<f32>(at(w, o * I + i));
      store<f32>(at(dx, n * I + i), sum);
    }
  }
}
