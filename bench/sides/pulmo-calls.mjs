// The calls of a kernel case. Layers are recorded like in models, from the descriptions that the tests compare with their oracles
// (test/cases/layer.ts). Each returns { before?, calls, set: [[buffer, values]...], result: () => Float32Array }.
import { batchNormCase, convolutionCase } from "../../build/test/cases/layer.js";
import { padded } from "../../build/test/reference/layout.js";
import { ADAM, adamState } from "../../dist/core/adam.js";
import { call } from "../../dist/core/call.js";
import { ADAM_HYPER, ADAM_STATE, PANEL } from "../../dist/core/kernel-table.js";
import { fromTorch, packedLength, panelsOf, toTorch } from "../../dist/core/parameters.js";
import { buffersOf } from "../../dist/core/plan.js";
import { buffer, createStore, Tape } from "../../dist/core/tape.js";
import { operandsOf, swapAxes } from "../operands.mjs";
import { Unsupported } from "./serve.mjs";

const floats = (name, length) => buffer(name, 4 * length, "persistent");
const kept = (buffer) => Object.assign(buffer, { life: "persistent" });

/** @param {object} job  @param {object} pure the core's pure functions  @param {(b: object) => Float32Array} view contents of a buffer */
export const record = (job, pure, view) => ({ matmul, conv, batchnorm, adam })[job.op](job, pure, view);

function matmul({ M, N, K, ...job }, pure, view) {
  const { a, b } = operandsOf({ M, N, K, ...job });
  const [A, B, C] = [floats("a", M * K), floats("b", K * N), floats("c", M * N)];
  const panels = floats("panels", panelsOf(N) * PANEL * K);
  return {
    calls: [
      call(pure, "packPanels", { panels, b: B, N, K, ldb: N }, "pack"),
      call(pure, "matmul", { c: C, a: A, panels, M, N, K, lda: K, ldc: N, accumulate: 0 }, "multiply"),
    ],
    set: [
      [A, a],
      [B, b],
    ],
    result: () => view(C),
  };
}

/** The passes of a convolution, by the labels of its calls. */
const PASSES = {
  forward: /^c forward/,
  "backward-data": /^c (transpose|backward data)/,
  "backward-weights": /^c (backward weights|sum splits)/,
};

function conv(job, pure, view) {
  const { N, C, H, O, R, OH, stride, pad, pass, method } = job;
  if (method === "im2col") return im2col(job, pure, view);
  const { x, w, dy } = operandsOf(job);
  // The pixels have a border of zeros, as in ResNet's stem, and need no gradient.
  const border = C === 3 ? pad : 0;
  const shape = { O, kernel: R, stride, pad };
  const layer = recorded(
    convolutionCase({ n: N, h: H + 2 * border, w: H + 2 * border, c: C }, shape, method !== "winograd"),
    pure,
    border,
  );
  const calls = layer.calls.filter(({ label }) => PASSES[pass].test(label));
  if (method === "winograd" && !calls.some(({ kernel }) => /^(winograd|polyphase)/.test(kernel)))
    throw new Unsupported("Winograd is for 3x3, stride 1 or 2, and some images");
  const nhwc = swapAxes(x, N, C, H * H);
  const [weight] = layer.store.parameters;
  const results = {
    forward: () => swapAxes(view(layer.y.data), N, OH * OH, O),
    "backward-data": () => swapAxes(view(layer.x.grad), N, H * H, C),
    "backward-weights": () => toTorch(view(layer.store.gradients), weight.packing),
  };
  const set = [[layer.x.data, border ? padded(nhwc, { n: N, h: H, w: H, c: C, pad }) : nhwc], layer.weights({ "c.weight": w })];
  if (pass !== "forward") set.push([layer.y.grad, swapAxes(dy, N, O, OH * OH)]);
  return { calls, set, result: results[pass] };
}

/** The textbook method, for comparison: each receptive field copied into a row, then one product. */
function im2col(job, pure, view) {
  const { N, C, H, O, R, OH, stride, pad, pass } = job;
  if (pass !== "forward") throw new Unsupported("im2col is the forward pass");
  const { x, w } = operandsOf(job);
  const [M, K] = [N * OH * OH, R * R * C];
  const packing = { kind: "panels", O, A: R * R, B: C };
  const [X, columns, panels, Y] = [
    floats("x", x.length),
    floats("columns", M * K),
    floats("w", packedLength(packing)),
    floats("y", M * O),
  ];
  const packed = new Float32Array(packedLength(packing));
  fromTorch(packed, w, packing);
  return {
    calls: [
      call(pure, "im2col", { columns, x: X, H, W: H, C, OH, OW: OH, R, S: R, stride, pad, tiles: N * OH }, "im2col"),
      call(pure, "matmul", { c: Y, a: columns, panels, M, N: O, K, lda: K, ldc: O, accumulate: 0 }, "multiply"),
    ],
    set: [
      [X, swapAxes(x, N, C, H * H)],
      [panels, packed],
    ],
    result: () => swapAxes(view(Y), N, OH * OH, O),
  };
}

/** With the batch's statistics, no ReLU, no residual. */
function batchnorm(job, pure, view) {
  const { N, C, H, pass } = job;
  const { x, dy, gamma, beta } = operandsOf(job);
  const layer = recorded(batchNormCase({ n: N, h: H, w: H, c: C }), pure);
  // The backward pass runs alone: the results of the forward pass must persist.
  for (const one of layer.calls) buffersOf(one).forEach(kept);
  const set = [[layer.x.data, swapAxes(x, N, C, H * H)], layer.weights({ "bn.weight": gamma, "bn.bias": beta })];
  const result = (buffer) => () => swapAxes(view(buffer), N, H * H, C);
  if (pass === "forward") return { calls: layer.forward, set, result: result(layer.y.data) };
  set.push([layer.y.grad, swapAxes(dy, N, C, H * H)]);
  return { before: layer.forward, calls: layer.backward, set, result: result(layer.x.grad) };
}

function adam({ count, ...job }, pure, view) {
  const { w: initial, g: gradient } = operandsOf({ count, ...job });
  const [w, m, v, g] = ["w", "m", "v", "g"].map((name) => floats(name, count));
  const state = buffer("state", 8 * ADAM_STATE, "persistent");
  const schedule = buffer("schedule", 8, "persistent");
  const hyper = floats("hyper", ADAM_HYPER);
  return {
    calls: [
      call(pure, "adamStep", { hyper, state, schedule }, "step"),
      call(pure, "adam", { w, m, v, g, hyper, count, eps: ADAM.eps }, "adam"),
    ],
    set: [
      [w, initial],
      [g, gradient],
      [state, new Float32Array(Float64Array.from(adamState(1e-4)).buffer)],
      [schedule, new Float32Array(Float64Array.of(1).buffer)],
    ],
    result: () => view(w),
  };
}

/** A training step of one layer on x with the given border of zeros; buffers that the bench fills and reads persist. */
function recorded({ input, record }, pure, border = 0) {
  const store = createStore();
  const tape = new Tape(store, pure, "train");
  const x = { ...tape.tensor("x", input, border === 0), ...(border > 0 && { border }) };
  const y = record(tape, x);
  tape.gradient(y);
  const [forward, backward] = [tape.forwardCalls, tape.backwardCalls()];
  [x.data, x.grad, y.data, y.grad].filter(Boolean).forEach(kept);
  const weights = (values) => {
    const all = new Float32Array(store.weights.bytes / 4);
    for (const { name, offset, packing } of store.parameters) {
      fromTorch(all.subarray(offset, offset + packedLength(packing)), values[name], packing);
    }
    return [store.weights, all];
  };
  return { store, x, y, forward, backward, calls: [...forward, ...backward], weights };
}
