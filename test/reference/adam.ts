export interface AdamSettings {
  /** Counts from 1. */
  step: number;
  lr: number;
  beta1: number;
  beta2: number;
  eps: number;
}

export interface AdamState {
  parameters: Float64Array;
  /** First and second moments, zero before step 1. */
  m: Float64Array;
  v: Float64Array;
}

/**
 * torch.optim.Adam:  m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2;
 *   p <- p - lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps).
 */
export function adam(state: AdamState, gradient: Float64Array, { step, lr, beta1, beta2, eps }: AdamSettings): AdamState {
  const m = state.m.map((old, i) => beta1 * old + (1 - beta1) * gradient[i]);
  const v = state.v.map((old, i) => beta2 * old + (1 - beta2) * gradient[i] ** 2);
  const stepSize = lr / (1 - beta1 ** step);
  const rootCorrection = Math.sqrt(1 - beta2 ** step);
  const parameters = state.parameters.map((p, i) => p - (stepSize * m[i]) / (Math.sqrt(v[i]) / rootCorrection + eps));
  return { parameters, m, v };
}
