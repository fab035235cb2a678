import { createRequire } from "node:module";
import ort from "onnxruntime-node";
import { prepare } from "./ort.mjs";
import { serve } from "./serve.mjs";

const threads = Number(process.env.BENCH_THREADS);
const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json");

serve({
  hello: () => ({ version: `onnxruntime-node ${version}`, mode: "native", threads }),
  prepare: (job) => prepare(ort, { intraOpNumThreads: threads, interOpNumThreads: 1 }, job),
});
