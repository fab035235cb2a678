// TensorFlow.js with its WebAssembly backend; in Node it has SIMD and one thread. NHWC, weights HWIO.
import { fileURLToPath } from "node:url";
import { setWasmPaths, version_wasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { operandsOf, swapAxes } from "../operands.mjs";
import { serve, Unsupported } from "./serve.mjs";

setWasmPaths(fileURLToPath(new URL("../node_modules/@tensorflow/tfjs-backend-wasm/dist/", import.meta.url)));
await tf.setBackend("wasm");
await tf.ready();

/** @returns {{ compute: () => object, toTorch: (values: Float32Array) => Float32Array }} */
function computationOf(job) {
  const same = (values) => values;
  if (job.op === "matmul") {
    const { a, b } = operandsOf(job);
    const [A, B] = [tf.tensor2d(a, [job.M, job.K]), tf.tensor2d(b, [job.K, job.N])];
    return { compute: () => tf.matMul(A, B), toTorch: same };
  }
  const { N, C, H } = job;
  if (job.op === "conv") {
    const { O, R, OH, stride, pad, pass } = job;
    if (pass === "backward-weights") throw new Unsupported("its wasm backend has no gradient of weights");
    const { x, w, dy } = operandsOf(job);
    const W = tf.tidy(() => tf.transpose(tf.tensor4d(w, [O, C, R, R]), [2, 3, 1, 0]));
    const X = tf.tensor4d(swapAxes(x, N, C, H * H), [N, H, H, C]);
    if (pass === "forward") {
      return { compute: () => tf.conv2d(X, W, stride, pad, "NHWC", [1, 1], "floor"), toTorch: (y) => swapAxes(y, N, OH * OH, O) };
    }
    const DY = tf.tensor4d(swapAxes(dy, N, O, OH * OH), [N, OH, OH, O]);
    const attributes = { strides: [stride, stride], pad, dataFormat: "NHWC", dimRoundingMode: "floor", inputShape: [N, H, H, C] };
    const compute = () => tf.engine().runKernel("Conv2DBackpropInput", { dy: DY, filter: W }, attributes);
    return { compute, toTorch: (dx) => swapAxes(dx, N, H * H, C) };
  }
  if (job.op === "batchnorm" && job.pass === "forward") {
    const { x, gamma, beta } = operandsOf(job);
    const [X, g, b] = [tf.tensor4d(swapAxes(x, N, C, H * H), [N, H, H, C]), tf.tensor1d(gamma), tf.tensor1d(beta)];
    const compute = () =>
      tf.tidy(() => {
        const { mean, variance } = tf.moments(X, [0, 1, 2]);
        return tf.batchNorm(X, mean, variance, b, g, 1e-5);
      });
    return { compute, toTorch: (y) => swapAxes(y, N, H * H, C) };
  }
  throw new Unsupported(job.mode === "infer" ? "not compared" : "its wasm backend has no gradients for this");
}

serve({
  hello: () => ({
    version: `tfjs ${version_wasm}`,
    mode: `wasm simd, Node ${process.versions.node}`,
    threads: tf.env().get("WASM_HAS_MULTITHREAD_SUPPORT") ? undefined : 1,
  }),
  prepare(job) {
    const { compute, toTorch } = computationOf(job);
    let last;
    return {
      run(times) {
        for (let i = 0; i < times; i++) {
          last?.dispose();
          last = compute();
        }
      },
      result: () => toTorch(last.dataSync()),
      release: () => tf.disposeVariables(),
    };
  },
});
