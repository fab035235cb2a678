export interface CrossEntropy {
  /** -mean over n of log p[n][label[n]] */
  loss: number;
  /** How many rows have their largest logit at the label; of equal logits the first counts, as PyTorch's argmax. */
  correct: number;
  /** [n][classes], softmax of each row. */
  probabilities: Float64Array;
}

/** logits [n][classes], labels [n].  p = exp(z - max) / sum exp(z - max) per row. */
export function softmaxCrossEntropy(logits: Float64Array, labels: ArrayLike<number>, classes: number): CrossEntropy {
  const n = labels.length;
  const probabilities = new Float64Array(n * classes);
  let loss = 0;
  let correct = 0;
  for (let i = 0; i < n; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const largest = row.reduce((a, b) => Math.max(a, b));
    const sum = row.reduce((total, z) => total + Math.exp(z - largest), 0);
    row.forEach((z, k) => (probabilities[i * classes + k] = Math.exp(z - largest) / sum));
    loss += (Math.log(sum) - (row[labels[i]] - largest)) / n;
    if (row.indexOf(largest) === labels[i]) correct++;
  }
  return { loss, correct, probabilities };
}

/** dlogits = (p - onehot(label)) / n: the gradient of the mean loss. */
export function softmaxCrossEntropyBackward(
  probabilities: Float64Array,
  labels: ArrayLike<number>,
  classes: number,
): Float64Array {
  return probabilities.map((p, i) => (p - (i % classes === labels[Math.floor(i / classes)] ? 1 : 0)) / labels.length);
}
