// jax-js on its WebAssembly backend; one thread in Node. A call consumes its arguments: hence `.ref`.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { defaultDevice, init, jit, lax, numpy as np, vjp } from "@jax-js/jax";
import { operandsOf } from "../operands.mjs";
import { serve, Unsupported } from "./serve.mjs";

await init("wasm");
defaultDevice("wasm");
const main = createRequire(import.meta.url).resolve("@jax-js/jax");
const { version } = JSON.parse(readFileSync(join(dirname(main), "../package.json"), "utf8"));

const array = (values, shape) => np.array(values).reshape(shape);

/** @returns {() => object} a function that returns a new array */
function computationOf(job) {
  if (job.op === "matmul") {
    const { a, b } = operandsOf(job);
    const [A, B] = [array(a, [job.M, job.K]), array(b, [job.K, job.N])];
    const f = jit((p, q) => np.matmul(p, q));
    return () => f(A.ref, B.ref);
  }
  if (job.op === "conv") {
    const { N, C, H, O, R, OH, stride, pad, pass } = job;
    const { x, w, dy } = operandsOf(job);
    const [X, W, DY] = [array(x, [N, C, H, H]), array(w, [O, C, R, R]), array(dy, [N, O, OH, OH])];
    const convolve = (p, q) =>
      lax.convGeneralDilated(
        p,
        q,
        [stride, stride],
        [
          [pad, pad],
          [pad, pad],
        ],
      );
    if (pass === "forward") {
      const f = jit(convolve);
      return () => f(X.ref, W.ref);
    }
    const f = jit((p, q, g) => {
      const toData = pass === "backward-data";
      const [y, back] = toData ? vjp((v) => convolve(v, q.ref), [p]) : vjp((v) => convolve(p.ref, v), [q]);
      y.dispose?.();
      const [d] = back(g);
      return d;
    });
    return () => f(X.ref, W.ref, DY.ref);
  }
  if (job.op === "batchnorm" && job.pass === "forward") {
    const { N, C, H } = job;
    const { x, gamma, beta } = operandsOf(job);
    const [X, G, B] = [array(x, [N, C, H, H]), array(gamma, [1, C, 1, 1]), array(beta, [1, C, 1, 1])];
    const f = jit((v, g, b) => {
      const mean = np.mean(v.ref, [0, 2, 3], { keepdims: true });
      const d = v.sub(mean);
      const variance = np.mean(d.ref.mul(d.ref), [0, 2, 3], { keepdims: true });
      return d.mul(g.div(np.sqrt(variance.add(1e-5)))).add(b);
    });
    return () => f(X.ref, G.ref, B.ref);
  }
  throw new Unsupported("not compared");
}

serve({
  // Its convolutions take seconds for 32 images.
  hello: () => ({ version: `jax-js ${version}`, mode: `wasm, Node ${process.versions.node}`, threads: 1, images: 1 }),
  prepare(job) {
    const compute = computationOf(job);
    let last;
    return {
      async run(times) {
        for (let i = 0; i < times; i++) {
          last?.dispose();
          last = await compute().blockUntilReady();
        }
      },
      result: () => last.ref.data(),
      release: () => last?.dispose(),
    };
  },
});
