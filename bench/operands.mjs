// Inputs by formula: each process computes the same numbers. sides/operands.py is the same in Python.

/** Integer hash of (stream, i), 32 bits. */
function hash(stream, i) {
  let h = (Math.imul(i, 0x9e3779b1) + Math.imul(stream, 0x85ebca77)) >>> 0;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}

/** `length` floats in [-1, 1), exact in float32, times `scale` plus `offset`. */
export function uniform(stream, length, scale = 1, offset = 0) {
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = ((hash(stream, i) >>> 8) * 2 ** -23 - 1) * scale + offset;
  return values;
}

/** `length` bytes of grey images: three equal channels, as X-rays have. */
export function greyPixels(stream, length) {
  const values = new Uint8Array(length);
  for (let i = 0; i < length; i++) values[i] = hash(stream, Math.floor(i / 3)) >>> 24;
  return values;
}

/** A separate stream per parameter name. */
export function streamOf(name) {
  let h = 0x811c9dc5;
  for (const c of name) h = Math.imul(h ^ c.charCodeAt(0), 0x01000193) >>> 0;
  return h;
}

/** A parameter or running statistic of a whole model, in PyTorch's layout. */
export function parameter(name, shape) {
  const length = shape.reduce((a, b) => a * b);
  const stream = streamOf(name);
  if (name.endsWith("running_mean")) return uniform(stream, length, 0.1);
  if (name.endsWith("running_var")) return uniform(stream, length, 0.5, 1);
  if (shape.length === 1) return uniform(stream, length, 0.1, name.endsWith("weight") ? 1 : 0);
  const fanIn = length / shape[0];
  // He's scale before a ReLU; a small last layer, so that probabilities are not close to 0 or 1.
  return uniform(stream, length, shape[0] === 2 ? 0.1 / Math.sqrt(fanIn) : Math.sqrt(6 / fanIn));
}

/** out[n][p][c] <- x[n][c][p]: NCHW to NHWC, and with C and P exchanged the way back. */
export function swapAxes(x, N, C, P) {
  const out = new Float32Array(x.length);
  for (let n = 0; n < N; n++) {
    const base = n * C * P;
    for (let c = 0; c < C; c++) for (let p = 0; p < P; p++) out[base + p * C + c] = x[base + c * P + p];
  }
  return out;
}

/**
 * The operands of a kernel case in PyTorch's layouts (NCHW, OIHW), the input of all sides.
 * Streams: 1 x or a, 2 w or b, 3 dy or g, 4.. per-channel vectors.
 */
export function operandsOf(job) {
  if (job.op === "matmul") return { a: uniform(1, job.M * job.K), b: uniform(2, job.K * job.N) };
  if (job.op === "conv") {
    const { N, C, H, O, R, OH } = job;
    return { x: uniform(1, N * C * H * H), w: uniform(2, O * C * R * R), dy: uniform(3, N * O * OH * OH) };
  }
  if (job.op === "batchnorm") {
    const { N, C, H } = job;
    const length = N * C * H * H;
    return { x: uniform(1, length, 2, 0.5), dy: uniform(3, length), gamma: uniform(4, C, 0.5, 1), beta: uniform(5, C, 0.1) };
  }
  if (job.op === "adam") return { w: uniform(2, job.count), g: uniform(3, job.count, 0.01) };
  throw new Error(`no operands for ${job.op}`);
}
