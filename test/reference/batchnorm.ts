/** Batch-norm over rows: x, y [rows][channels] with rows = N H W; gamma, beta and all statistics [channels]. */
export interface RowsShape {
  rows: number;
  channels: number;
}

export interface BatchNormForward {
  y: Float64Array;
  mean: Float64Array;
  /** Biased: divided by rows. */
  variance: Float64Array;
  /** 1 / sqrt(variance + eps) */
  invstd: Float64Array;
}

/** y = gamma (x - mean) invstd + beta, with the mean and biased variance of this batch. */
export function batchNormTrain(
  x: Float64Array,
  gamma: Float64Array,
  beta: Float64Array,
  { rows, channels }: RowsShape,
  eps = 1e-5,
): BatchNormForward {
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let i = 0; i < rows * channels; i++) mean[i % channels] += x[i] / rows;
  for (let i = 0; i < rows * channels; i++) variance[i % channels] += (x[i] - mean[i % channels]) ** 2 / rows;
  const y = batchNormEval(x, gamma, beta, mean, variance, eps);
  return { y, mean, variance, invstd: variance.map((v) => 1 / Math.sqrt(v + eps)) };
}

/** y = gamma (x - mean) / sqrt(variance + eps) + beta, with given (running) statistics. */
export function batchNormEval(
  x: Float64Array,
  gamma: Float64Array,
  beta: Float64Array,
  mean: Float64Array,
  variance: Float64Array,
  eps = 1e-5,
): Float64Array {
  const channels = gamma.length;
  return x.map((value, i) => {
    const c = i % channels;
    return (gamma[c] * (value - mean[c])) / Math.sqrt(variance[c] + eps) + beta[c];
  });
}

/**
 * running <- (1 - momentum) running + momentum batch, where the batch's variance is made unbiased first,
 * rows / (rows - 1) of the biased one. One row has no unbiased variance; PyTorch refuses to train on it.
 */
export function updateRunning(
  running: { mean: Float64Array; variance: Float64Array },
  batch: { mean: Float64Array; variance: Float64Array },
  rows: number,
  momentum = 0.1,
): { mean: Float64Array; variance: Float64Array } {
  const unbias = rows / (rows - 1);
  return {
    mean: running.mean.map((m, c) => (1 - momentum) * m + momentum * batch.mean[c]),
    variance: running.variance.map((v, c) => (1 - momentum) * v + momentum * unbias * batch.variance[c]),
  };
}

export interface BatchNormGradients {
  dx: Float64Array;
  dgamma: Float64Array;
  dbeta: Float64Array;
}

/**
 * With xhat = (x - mean) invstd, means over rows:
 *   dbeta = sum dy,  dgamma = sum dy xhat,  dx = gamma invstd (dy - mean(dy) - xhat mean(dy xhat)).
 */
export function batchNormBackward(
  dy: Float64Array,
  x: Float64Array,
  gamma: Float64Array,
  mean: Float64Array,
  invstd: Float64Array,
  { rows, channels }: RowsShape,
): BatchNormGradients {
  const dgamma = new Float64Array(channels);
  const dbeta = new Float64Array(channels);
  const xhat = x.map((value, i) => (value - mean[i % channels]) * invstd[i % channels]);
  for (let i = 0; i < rows * channels; i++) {
    dbeta[i % channels] += dy[i];
    dgamma[i % channels] += dy[i] * xhat[i];
  }
  const dx = dy.map((g, i) => {
    const c = i % channels;
    return gamma[c] * invstd[c] * (g - dbeta[c] / rows - (xhat[i] * dgamma[c]) / rows);
  });
  return { dx, dgamma, dbeta };
}
