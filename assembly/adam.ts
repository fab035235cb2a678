// Adam (Kingma & Ba, arXiv:1412.6980) with PyTorch's arrangement:
//
//   m = beta1*m + (1 - beta1)*g        v = beta2*v + (1 - beta2)*g^2
//   w -= lr/(1 - beta1^t) * m / (sqrt(v)/sqrt(1 - beta2^t) + eps)
//
// All tensors of a model lie side by side, so one call updates them all.
import { at, ceilDiv, fma } from "./lib/lanes";

const TILE: i32 = 8192;

export function adamTiles(count: i32): i32 {
  return ceilDiv(count, TILE);
}

/**
 * Advances the step. state (f64 x 5): lr, beta1, beta2, beta1^t, beta2^t. Writes hyper (f32 x 6):
 * beta1, beta2, 1 - beta1, 1 - beta2, lr/(1 - beta1^t), 1/sqrt(1 - beta2^t), each rounded once. One tile.
 */
export function adamStep(hyper: usize, state: usize, tileBegin: i32, tileEnd: i32): void {
  const power1 = load<f64>(state, 24) * load<f64>(state, 8);
  const power2 = load<f64>(state, 32) * load<f64>(state, 16);
  store<f64>(state, power1, 24);
  store<f64>(state, power2, 32);
  store<f32>(hyper, <f32>load<f64>(state, 8));
  store<f32>(hyper, <f32>load<f64>(state, 16), 4);
  store<f32>(hyper, <f32>(1 - load<f64>(state, 8)), 8);
  store<f32>(hyper, <f32>(1 - load<f64>(state, 16)), 12);
  store<f32>(hyper, <f32>(load<f64>(state) / (1 - power1)), 16);
  store<f32>(hyper, <f32>(1 / Math.sqrt(1 - power2)), 20);
}

/** Updates w, m, v [count] from g [count]; count is a multiple of 4. Tiles: `adamTiles(count)`. */
export function adam(
  w: usize, m: usize, v: usize, g: usize, hyper: usize, count: i32, eps: f32, tileBegin: i32, tileEnd: i32,
): void {
  const beta1 = v128.load32_splat(hyper);
  const beta2 = v128.load32_splat(hyper, 4);
  const rate1 = v128.load32_splat(hyper, 8);
  const rate2 = v128.load32_splat(hyper, 12);
  const rate = v128.load32_splat(hyper, 16);
  const correction = v128.load32_splat(hyper, 20);
  const epsilon = f32x4.splat(eps);
  const end = min(tileEnd * TILE, count);
  for (let i = tileBegin * TILE; i < end; i += 4) {
    const grad = v128.load(at(g, i));
    const m1 = fma(v128.load(at(m, i)), beta1, f32x4.mul(grad, rate1));
    const v1 = fma(v128.load(at(v, i)), beta2, f32x4.mul(f32x4.mul(grad, grad), rate2));
    v128.store(at(m, i), m1);
    v128.store(at(v, i), v1);
    const denominator = fma(f32x4.sqrt(v1), correction, epsilon);
    v128.store(at(w, i), f32x4.sub(v128.load(at(w, i)), f32x4.mul(rate, f32x4.div(m1, denominator))));
  }
}
