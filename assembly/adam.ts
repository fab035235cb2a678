// Adam (Kingma & Ba, arXiv:1412.6980) in PyTorch's form:
//
//   m = beta1*m + (1 - beta1)*g        v = beta2*v + (1 - beta2)*g^2
//   w -= lr/(1 - beta1^t) * m / (sqrt(v)/sqrt(1 - beta2^t) + eps)
//
// All tensors of a model are adjacent in memory, so one call updates them all.
import { adamUpdate } from "./lib/adam-update";
import { at, ceilDiv } from "./lib/lanes";

const TILE: i32 = 8192;

export function adamTiles(count: i32): i32 {
  return ceilDiv(count, TILE);
}

/**
 * Advances the step counter. state (f64 x 5): lr, beta1, beta2, beta1^t, beta2^t; schedule: a factor of lr. Writes hyper (f32 x 6):
 * beta1, beta2, 1 - beta1, 1 - beta2, schedule lr/(1 - beta1^t), 1/sqrt(1 - beta2^t), each rounded once.
 *
 * @out hyper f32[ADAM_HYPER]
 * @inout state f64[ADAM_STATE]
 * @in schedule f64[1]
 * @tiles 1
 */
export function adamStep(hyper: usize, state: usize, schedule: usize, tileBegin: i32, tileEnd: i32): void {
  const power1 = load<f64>(state, 24) * load<f64>(state, 8);
  const power2 = load<f64>(state, 32) * load<f64>(state, 16);
  store<f64>(state, power1, 24);
  store<f64>(state, power2, 32);
  store<f32>(hyper, <f32>load<f64>(state, 8));
  store<f32>(hyper, <f32>load<f64>(state, 16), 4);
  store<f32>(hyper, <f32>(1 - load<f64>(state, 8)), 8);
  store<f32>(hyper, <f32>(1 - load<f64>(state, 16)), 12);
  store<f32>(hyper, <f32>(load<f64>(schedule) * load<f64>(state) / (1 - power1)), 16);
  store<f32>(hyper, <f32>(1 / Math.sqrt(1 - power2)), 20);
}

/**
 * Updates w, m, v [count] from g [count]; count is a multiple of 8.
 *
 * @inout w f32[count]
 * @inout m f32[count]
 * @inout v f32[count]
 * @in g f32[count]
 * @in hyper f32[ADAM_HYPER]
 * @tiles adamTiles(count)
 */
export function adam(
  w: usize, m: usize, v: usize, g: usize, hyper: usize, count: i32, eps: f32, tileBegin: i32, tileEnd: i32,
): void {
  const i = tileBegin * TILE;
  adamUpdate(at(w, i), at(m, i), at(v, i), at(g, i), hyper, min(tileEnd * TILE, count) - i, eps);
}
