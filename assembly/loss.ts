// Softmax cross-entropy over logits[N][K] (K classes). N*K is small, so this is float64 and one tile: negligible rounding, and always
// the same order of summation.
import { at } from "./lib/lanes";
import { exp, log } from "./lib/explog";

function largest(row: usize, K: i32): f64 {
  let top: f64 = -Infinity;
  for (let k = 0; k < K; ++k) top = max<f64>(top, <f64>load<f32>(at(row, k)));
  return top;
}

/**
 * dlogits = (softmax - onehot) / N, the gradient of the mean over n of -log softmax(logits[n])[label[n]].
 * Adds to totals: [0] += sum of the rows' losses, [1] += rows whose largest logit (the first one on ties) is the label. Writes
 * report: [0] the mean loss, [1] and [2] a copy of the totals, because the next step changes them. One byte per label.
 *
 * @out report f64[STEP_REPORT]
 * @out dlogits f32[N * K]
 * @inout totals f64[2]
 * @in logits f32[N * K]
 * @in labels u8[N]
 * @tiles 1
 */
export function crossEntropy(
  report: usize, dlogits: usize, totals: usize, logits: usize, labels: usize, N: i32, K: i32,
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
  const losses = load<f64>(totals) + total;
  const hits = load<f64>(totals, 8) + <f64>correct;
  store<f64>(totals, losses);
  store<f64>(totals, hits, 8);
  store<f64>(report, total / <f64>N);
  store<f64>(report, losses, 8);
  store<f64>(report, hits, 16);
}
