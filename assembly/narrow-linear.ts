// Fully connected layer with few outputs (the two logits): y[N][O] = x[N][I] w[O][I]^T + bias, w stored row by row.
// Lanes run along I. Logistic regression consists of this layer with I = 150528.
import { at, ceilDiv, fma, sumLanes } from "./lib/lanes";

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
        v128.store(at(dw, o * I + i), a);
        v128.store(at(dw, o * I + i), b, 16);
      }
      for (; i < end; ++i) {
        let sum: f32 = 0;
        for (let n = 0; n < N; ++n) sum += load<f32>(at(dy, n * O + o)) * load<f32>(at(x, n * I + i));
        store<f32>(at(dw, o * I + i), sum);
      }
    }
  }
}

// The same two products for pixels, x = bytes / 255: a row is widened in the first-level cache when it is needed, and each sum is divided
// once. Images are read as bytes, a quarter of the memory traffic.

/** Bytes of worker scratch for a widened row of a chunk. */
export function narrowLinearPixelsScratch(): i32 {
  return 4 * CHUNK;
}

/**
 * partial[chunk][N][O] from bytes[N][I]. A tile is a chunk.
 *
 * @out partial f32[narrowLinearChunks(I) * N * O]
 * @in bytes u8[N * I]
 * @in w f32[O * I]
 * @scratch narrowLinearPixelsScratch()
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
      widen(scratch, bytes + <usize>(n * I + begin), width);
      for (let o = 0; o < O; ++o) {
        store<f32>(at(partial, (tile * N + n) * O + o), dot(scratch, at(w, o * I + begin), width) / 255);
      }
    }
  }
}

/**
 * dw[o][i] = sum over n of dy[n][o] / 255 * bytes[n][i]. A tile is a chunk of I.
 *
 * @out dw f32[O * I]
 * @in bytes u8[N * I]
 * @in dy f32[N * O]
 * @scratch narrowLinearPixelsScratch()
 * @tiles narrowLinearChunks(I)
 * @flops 2 * N * I * O
 */
export function narrowLinearPixelsBackwardWeights(
  dw: usize, bytes: usize, dy: usize, scratch: usize, N: i32, I: i32, O: i32, tileBegin: i32, tileEnd: i32,
): void {
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const begin = tile * CHUNK;
    const width = min(CHUNK, I - begin);
    for (let o = 0; o < O; ++o) memory.fill(at(dw, o * I + begin), 0, 4 * width);
    for (let n = 0; n < N; ++n) {
      widen(scratch, bytes + <usize>(n * I + begin), width);
      for (let o = 0; o < O; ++o) {
        addScaled(at(dw, o * I + begin), scratch, load<f32>(at(dy, n * O + o)) / 255, width);
      }
    }
  }
}

/** out[i] = bytes[i] as a float (exact). */
function widen(out: usize, bytes: usize, count: i32): void {
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const wide = v128.load8x8_u(bytes + i);
    v128.store(at(out, i), f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(wide)));
    v128.store(at(out, i), f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(wide)), 16);
  }
  for (; i < count; ++i) store<f32>(at(out, i), <f32>load<u8>(bytes + i));
}

/** out += factor * x. */
function addScaled(out: usize, x: usize, factor: f32, count: i32): void {
  const scale = f32x4.splat(factor);
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const to = at(out, i);
    const from = at(x, i);
    v128.store(to, fma(scale, v128.load(from), v128.load(to)));
    v128.store(to, fma(scale, v128.load(from, 16), v128.load(to, 16)), 16);
  }
  for (; i < count; ++i) store<f32>(at(out, i), load<f32>(at(out, i)) + factor * load<f32>(at(x, i)));
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
