// Plain loops over typed arrays, one thread: the speed of straightforward TypeScript in V8.
import { operandsOf } from "../operands.mjs";
import { serve, Unsupported } from "./serve.mjs";

function matmul({ M, N, K }, { a, b }) {
  const c = new Float32Array(M * N);
  const run = () => {
    c.fill(0);
    for (let m = 0; m < M; m++) {
      for (let k = 0; k < K; k++) {
        const factor = a[m * K + k];
        for (let n = 0; n < N; n++) c[m * N + n] += factor * b[k * N + n];
      }
    }
  };
  return { out: c, run };
}

function conv({ N, C, H, O, R, OH, stride, pad, pass }, { x, w, dy }) {
  const size = { forward: N * O * OH * OH, "backward-data": N * C * H * H, "backward-weights": O * C * R * R }[pass];
  const out = new Float32Array(size);
  /** Visits the products of one tap along an output row: offsets into x, w, y and their number. */
  const rows = (visit) => {
    for (let n = 0; n < N; n++)
      for (let o = 0; o < O; o++)
        for (let c = 0; c < C; c++) {
          for (let r = 0; r < R; r++)
            for (let s = 0; s < R; s++) {
              const first = Math.max(0, Math.ceil((pad - s) / stride));
              const last = Math.min(OH - 1, Math.floor((H - 1 + pad - s) / stride));
              const weight = ((o * C + c) * R + r) * R + s;
              for (let i = 0; i < OH; i++) {
                const h = i * stride + r - pad;
                if (h < 0 || h >= H) continue;
                visit(
                  ((n * C + c) * H + h) * H + first * stride + s - pad,
                  weight,
                  ((n * O + o) * OH + i) * OH + first,
                  last - first + 1,
                );
              }
            }
        }
  };
  const forward = (xi, wi, yi, count) => {
    const factor = w[wi];
    for (let j = 0; j < count; j++) out[yi + j] += factor * x[xi + j * stride];
  };
  const backwardData = (xi, wi, yi, count) => {
    const factor = w[wi];
    for (let j = 0; j < count; j++) out[xi + j * stride] += factor * dy[yi + j];
  };
  const backwardWeights = (xi, wi, yi, count) => {
    let sum = 0;
    for (let j = 0; j < count; j++) sum += dy[yi + j] * x[xi + j * stride];
    out[wi] += sum;
  };
  const visit = { forward: forward, "backward-data": backwardData, "backward-weights": backwardWeights }[pass];
  const run = () => {
    out.fill(0);
    rows(visit);
  };
  return { out, run };
}

function batchnorm({ N, C, H, pass }, { x, dy, gamma, beta }) {
  const P = H * H;
  const count = N * P;
  const out = new Float32Array(count * C);
  const channel = (c) => {
    let [mean, square, sumG, dot] = [0, 0, 0, 0];
    for (let n = 0; n < N; n++) for (let p = 0, i = (n * C + c) * P; p < P; p++, i++) mean += x[i];
    mean /= count;
    for (let n = 0; n < N; n++) for (let p = 0, i = (n * C + c) * P; p < P; p++, i++) square += (x[i] - mean) ** 2;
    const invstd = 1 / Math.sqrt(square / count + 1e-5);
    if (pass === "forward") {
      const scale = gamma[c] * invstd;
      for (let n = 0; n < N; n++) for (let p = 0, i = (n * C + c) * P; p < P; p++, i++) out[i] = (x[i] - mean) * scale + beta[c];
      return;
    }
    for (let n = 0; n < N; n++)
      for (let p = 0, i = (n * C + c) * P; p < P; p++, i++) {
        sumG += dy[i];
        dot += dy[i] * (x[i] - mean) * invstd;
      }
    for (let n = 0; n < N; n++)
      for (let p = 0, i = (n * C + c) * P; p < P; p++, i++) {
        out[i] = gamma[c] * invstd * (dy[i] - sumG / count - ((x[i] - mean) * invstd * dot) / count);
      }
  };
  const run = () => {
    for (let c = 0; c < C; c++) channel(c);
  };
  return { out, run };
}

function adam({ count }, { w, g }) {
  const [m, v] = [new Float32Array(count), new Float32Array(count)];
  let [power1, power2] = [1, 1];
  const run = () => {
    power1 *= 0.9;
    power2 *= 0.999;
    for (let i = 0; i < count; i++) {
      m[i] = 0.9 * m[i] + (1 - 0.9) * g[i];
      v[i] = 0.999 * v[i] + (1 - 0.999) * g[i] * g[i];
      w[i] -= ((1e-4 / (1 - power1)) * m[i]) / (Math.sqrt(v[i] / (1 - power2)) + 1e-8);
    }
  };
  return { out: w, run };
}

serve({
  hello: () => ({ version: `Node ${process.versions.node}`, mode: "plain loops", threads: 1, images: 1 }),
  prepare(job) {
    const kernel = { matmul, conv, batchnorm, adam }[job.op];
    if (!kernel) throw new Unsupported("kernels only");
    const { out, run } = kernel(job, operandsOf(job));
    return {
      run(times) {
        for (let i = 0; i < times; i++) run();
      },
      result: () => out,
    };
  },
});
