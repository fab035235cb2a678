import ort from "onnxruntime-web";
import { prepare } from "./ort.mjs";
import { serve } from "./serve.mjs";

const threads = Number(process.env.BENCH_THREADS);
ort.env.wasm.numThreads = threads;

serve({
  hello: () => ({ version: `onnxruntime-web ${ort.env.versions.web}`, mode: `wasm, Node ${process.versions.node}`, threads }),
  prepare: (job) => prepare(ort, { executionProviders: ["wasm"] }, job),
});
