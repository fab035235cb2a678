// Softmax and cross-entropy over logits[N][K] (K classes). N*K is tiny, so this is float64 and one tile: exact enough to
// forget about, and always summed in the same order.
import { at } from "./lib/lanes";
import { exp, log } from "./lib/explog";

/** probabilities[N][K] = softmax(logits). One tile. */
export function softmax(probabilities: usize, logits: usize, N: i32, K: i32, tileBegin: i32, tileEnd: i32): void {
  for (let n = 0; n < N; ++n) {
    const row = at(logits, n * K);
    const top = largest(row, K);
    let sum: f64 = 0;
    for (let k = 0; k < K; ++k) sum += exp(<f64>load<f32>(at(row, k)) - top);
    for (let k = 0; k < K; ++k) {
      store<f32>(at(probabilities, n * K + k), <f32>(exp(<f64>load<f32>(at(row, k)) - top) / sum));
    }
  }
}

function largest(row: usize, K: i32): f64 {
  let top: f64 = -Infinity;
  for (let k = 0; k < K; ++k) top = max<f64>(top, <f64>load<f32>(at(row, k)));
  return top;
}

/**
 * loss = mean over n of -log softmax(logits[n])[label[n]];  dlogits = (softmax - onehot) / N.
 * Adds to totals (two f64): [0] += sum of the rows' losses, [1] += rows whose largest logit (first on ties) is the label.
 * labels: a byte each. One tile.
 */
export function crossEntropy(
  loss: usize, dlogits: usize, totals: usize, logits: usize, labels: usize, N: i32, K: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  let total: f64 = 0;
  let correct = 0;
  for (let n = 0; n < N; ++n) {
    const row = at(logits, n * K);
    const label = <i32>load<u8>(labels + n);
    const top = largest(row, K);
    let sum: f64 = 0;
    let guess = 0;
    for (let k = 0; k < K; ++k) {
      sum += exp(<f64>load<f32>(at(row, k)) - top);
      if (load<f32>(at(row, k)) > load<f32>(at(row, guess))) guess = k;
    }
    total += log(sum) + top - <f64>load<f32>(at(row, label));
    correct += i32(guess == label);
    for (let k = 0; k < K; ++k) {
      const p = exp(<f64>load<f32>(at(row, k)) - top) / sum;
      store<f32>(at(dlogits, n * K + k), <f32>((p - (k == label ? 1.0 : 0.0)) / <f64>N));
    }
  }
  store<f32>(loss, <f32>(total / <f64>N));
  store<f64>(totals, load<f64>(totals) + total);
  store<f64>(totals, load<f64>(totals, 8) + <f64>correct, 8);
}
