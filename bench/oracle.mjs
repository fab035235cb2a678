// Single elements of a kernel's result in float64, from the definition: the reference for all sides.
import { operandsOf } from "./operands.mjs";

const SAMPLES = 200;

/** @returns {{ index: number, value: number }[]} elements of the result in PyTorch's layout, spread evenly; corners included. */
export function sampleOracle(job) {
  const { length, at } = { matmul, conv, batchnorm, adam }[job.op](job, operandsOf(job));
  const count = Math.min(SAMPLES, length);
  return Array.from({ length: count }, (_, i) => {
    const index = count === 1 ? 0 : Math.round((i * (length - 1)) / (count - 1));
    return { index, value: at(index) };
  });
}

function matmul({ M, N, K }, { a, b }) {
  const at = (index) => {
    const m = Math.floor(index / N);
    let sum = 0;
    for (let k = 0; k < K; k++) sum += a[m * K + k] * b[k * N + (index % N)];
    return sum;
  };
  return { length: M * N, at };
}

function conv({ N, C, H, O, R, OH, stride, pad, pass }, { x, w, dy }) {
  const inside = (h) => h >= 0 && h < H;
  const forward = (index) => {
    const [n, o, i, j] = digits(index, [N, O, OH, OH]);
    let sum = 0;
    for (let c = 0; c < C; c++) {
      for (let r = 0; r < R; r++) {
        for (let s = 0; s < R; s++) {
          const [h, v] = [i * stride + r - pad, j * stride + s - pad];
          if (inside(h) && inside(v)) sum += x[((n * C + c) * H + h) * H + v] * w[((o * C + c) * R + r) * R + s];
        }
      }
    }
    return sum;
  };
  const backwardData = (index) => {
    const [n, c, h, v] = digits(index, [N, C, H, H]);
    let sum = 0;
    for (let r = 0; r < R; r++) {
      for (let s = 0; s < R; s++) {
        const [i, j] = [(h + pad - r) / stride, (v + pad - s) / stride];
        if (!Number.isInteger(i) || !Number.isInteger(j) || i < 0 || j < 0 || i >= OH || j >= OH) continue;
        for (let o = 0; o < O; o++) sum += dy[((n * O + o) * OH + i) * OH + j] * w[((o * C + c) * R + r) * R + s];
      }
    }
    return sum;
  };
  const backwardWeights = (index) => {
    const [o, c, r, s] = digits(index, [O, C, R, R]);
    let sum = 0;
    for (let n = 0; n < N; n++) {
      for (let i = 0; i < OH; i++) {
        const h = i * stride + r - pad;
        if (!inside(h)) continue;
        for (let j = 0; j < OH; j++) {
          const v = j * stride + s - pad;
          if (inside(v)) sum += x[((n * C + c) * H + h) * H + v] * dy[((n * O + o) * OH + i) * OH + j];
        }
      }
    }
    return sum;
  };
  if (pass === "forward") return { length: N * O * OH * OH, at: forward };
  if (pass === "backward-data") return { length: N * C * H * H, at: backwardData };
  return { length: O * C * R * R, at: backwardWeights };
}

/** Training mode, eps 1e-5. */
function batchnorm({ N, C, H, pass }, { x, dy, gamma, beta }) {
  const P = H * H;
  const count = N * P;
  const channel = (c, visit) => {
    for (let n = 0; n < N; n++) for (let p = 0; p < P; p++) visit((n * C + c) * P + p);
  };
  const statistics = remember((c) => {
    let [mean, square, sumG, dot] = [0, 0, 0, 0];
    channel(c, (i) => (mean += x[i] / count));
    channel(c, (i) => (square += (x[i] - mean) ** 2 / count));
    const invstd = 1 / Math.sqrt(square + 1e-5);
    channel(c, (i) => {
      sumG += dy[i];
      dot += dy[i] * (x[i] - mean) * invstd;
    });
    return { mean, invstd, sumG, dot };
  });
  const at = (index) => {
    const c = Math.floor(index / P) % C;
    const { mean, invstd, sumG, dot } = statistics(c);
    const xhat = (x[index] - mean) * invstd;
    if (pass === "forward") return gamma[c] * xhat + beta[c];
    return gamma[c] * invstd * (dy[index] - sumG / count - (xhat * dot) / count);
  };
  return { length: count * C, at };
}

/** The first step, lr 1e-4, betas 0.9 and 0.999, eps 1e-8: the bias corrections cancel the betas. */
function adam({ count }, { w, g }) {
  return { length: count, at: (i) => w[i] - (1e-4 * g[i]) / (Math.abs(g[i]) + 1e-8) };
}

/** Digits of index in a mixed base, most significant first. */
function digits(index, base) {
  return base.map((_, i) => Math.floor(index / base.slice(i + 1).reduce((a, b) => a * b, 1)) % base[i]);
}

function remember(compute) {
  const known = new Map();
  return (key) => known.get(key) ?? known.set(key, compute(key)).get(key);
}
