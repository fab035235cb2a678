/** y = max(x, 0); NaN stays NaN. */
export function relu(x: Float64Array): Float64Array {
  return x.map((value) => Math.max(value, 0));
}

/** dx = dy where y > 0, else 0 (so the derivative at 0 is 0, as in PyTorch). */
export function reluBackward(dy: Float64Array, y: Float64Array): Float64Array {
  return dy.map((g, i) => (y[i] > 0 ? g : 0));
}

/** y = a + b: the residual connection. Backwards, da and db both receive dy. */
export function residualAdd(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]);
}
