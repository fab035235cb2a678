// ONNX Runtime, native and Web: the same sessions over the same graphs. Inference only.
import { convModel, matmulModel, resnet18Model } from "../onnx.mjs";
import { greyPixels, operandsOf, swapAxes } from "../operands.mjs";
import { Unsupported } from "./serve.mjs";

function modelOf(job) {
  if (job.op === "matmul") {
    const { a, b } = operandsOf(job);
    return { graph: matmulModel(job), feeds: { a: [a, [job.M, job.K]], b: [b, [job.K, job.N]] } };
  }
  if (job.op === "conv") {
    if (job.pass === "backward-weights") throw new Unsupported("no gradient of weights");
    const { x, w, dy } = operandsOf(job);
    const forward = job.pass === "forward";
    const shape = forward ? [job.N, job.C, job.H, job.H] : [job.N, job.O, job.OH, job.OH];
    return { graph: convModel(job, w), feeds: { x: [forward ? x : dy, shape] } };
  }
  if (job.op === "step" && job.mode === "infer") {
    const pixels = Float32Array.from(greyPixels(1, job.batch * 224 * 224 * 3), (v) => Math.fround(v / 255));
    return {
      graph: resnet18Model(job.batch),
      feeds: { x: [swapAxes(pixels, job.batch, 224 * 224, 3), [job.batch, 3, 224, 224]] },
    };
  }
  throw new Unsupported("does not train");
}

/** @param {object} ort the API of either package  @param {object} options of the session */
export async function prepare(ort, options, job) {
  const { graph, feeds } = modelOf(job);
  const session = await ort.InferenceSession.create(graph, options);
  const tensors = Object.fromEntries(Object.entries(feeds).map(([k, [v, shape]]) => [k, new ort.Tensor("float32", v, shape)]));
  let outputs;
  return {
    async run(times) {
      for (let i = 0; i < times; i++) outputs = await session.run(tensors);
    },
    result: () => Object.values(outputs)[0].data,
    release: () => session.release(),
  };
}
