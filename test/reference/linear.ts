/** x [n][inputs], weight [outputs][inputs] (PyTorch's layout), bias [outputs], y [n][outputs]. */
export interface LinearShape {
  n: number;
  inputs: number;
  outputs: number;
}

/** y = x W^T + b. */
export function linear(
  x: Float64Array,
  weight: Float64Array,
  bias: Float64Array,
  { n, inputs, outputs }: LinearShape,
): Float64Array {
  const y = new Float64Array(n * outputs);
  for (let i = 0; i < n; i++) {
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let p = 0; p < inputs; p++) sum += x[i * inputs + p] * weight[o * inputs + p];
      y[i * outputs + o] = sum + bias[o];
    }
  }
  return y;
}

export interface LinearGradients {
  dx: Float64Array;
  dweight: Float64Array;
  dbias: Float64Array;
}

/** dx = dy W;  dW = dy^T x;  db = sum over the batch of dy. */
export function linearBackward(dy: Float64Array, x: Float64Array, weight: Float64Array, shape: LinearShape): LinearGradients {
  const { n, inputs, outputs } = shape;
  const dx = new Float64Array(n * inputs);
  const dweight = new Float64Array(outputs * inputs);
  const dbias = new Float64Array(outputs);
  for (let i = 0; i < n; i++) {
    for (let o = 0; o < outputs; o++) {
      const g = dy[i * outputs + o];
      dbias[o] += g;
      for (let p = 0; p < inputs; p++) {
        dx[i * inputs + p] += g * weight[o * inputs + p];
        dweight[o * inputs + p] += g * x[i * inputs + p];
      }
    }
  }
  return { dx, dweight, dbias };
}
