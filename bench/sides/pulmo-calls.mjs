// The calls of a kernel case, recorded as pulmo's layers record them. Each returns
// { calls, set: [[buffer, values]...], result: () => Float32Array } over buffers that live as long as the program.
import { fromTorch, toTorch } from "../../dist/core/parameters.js";
import { buffer, createStore, Tape } from "../../dist/core/tape.js";
import { batchNorm as recordBatchNorm } from "../../dist/core/layers/batch-norm.js";
import { winogradBackwardWeights, winogradConvolution, winogradFits } from "../../dist/core/layers/winograd.js";
import { isBuffer } from "../../dist/core/plan.js";
import { operandsOf, swapAxes } from "../operands.mjs";
import { Unsupported } from "./serve.mjs";

/** A convolution from scratch: its weights are transformed in every run. */
const whole = ({ weights, calls }) => [weights, ...calls];

const floats = (name, length) => buffer(name, 4 * length, "persistent");

/** @param {object} job  @param {object} kernels shape functions  @param {(b: object) => Float32Array} view contents of a buffer */
export const record = (job, kernels, view) => ({ matmul, conv, batchnorm, adam })[job.op](job, kernels, view);

function matmul({ M, N, K, ...job }, kernels, view) {
  const { a, b } = operandsOf({ M, N, K, ...job });
  const panelCount = Math.ceil(N / 16);
  const [A, B, C] = [floats("a", M * K), floats("b", K * N), floats("c", M * N)];
  const panels = floats("panels", panelCount * 16 * K);
  return {
    calls: [
      call("packPanels", panelCount, [panels, B, N, K, N]),
      call("matmul", kernels.matmulTiles(M, N), [C, A, panels, { scratch: kernels.matmulScratch() }, M, N, K, K, N, 0]),
    ],
    set: [[A, a], [B, b]],
    result: () => view(C),
  };
}

function conv(job, kernels, view) {
  const { N, C, H, O, R, OH, stride, pad, pass, method } = job;
  const { x, w, dy } = operandsOf(job);
  const winograd = winogradFits({ N, H, W: H, C, O }, R, stride, pad);
  if (method === "winograd" && !winograd) throw new Unsupported("Winograd is for 3x3, stride 1");
  const stem = C === 3;
  const padded = stem ? H + 2 * pad : H;
  const packing = { kind: "panels", O, A: R * R, B: C };
  const panelFloats = Math.ceil(O / 16) * 16 * R * R * C;
  const X = floats("x", N * padded * padded * C);
  const W = floats("w", panelFloats);
  const Y = floats("y", N * OH * OH * O);
  const DX = floats("dx", N * H * H * C);
  const DW = floats("dw", panelFloats);
  const nhwc = swapAxes(x, N, C, H * H);
  const packed = new Float32Array(panelFloats);
  fromTorch(packed, w, packing);
  const set = [[X, stem ? withBorder(nhwc, N, H, C, pad) : nhwc], [W, packed]];
  // A row of the stem's 7x7x3 kernel is one tap of 21 neighbouring floats.
  const [S, depth, border] = stem ? [1, R * C, 0] : [R, C, pad];
  const geometry = [N, padded, padded, C, depth, OH, OH, O, R, S, stride, border];
  const shape = { N, H, W: H, C, O };
  const tape = new Tape(createStore(), kernels, true);
  if (pass === "forward") {
    const scratch = { scratch: kernels.conv2dScratch(R, S, depth) };
    return {
      calls: method === "winograd" ? whole(winogradConvolution(tape, "y", Y, X, W, shape, {}))
        : [call("conv2d", kernels.conv2dTiles(N, OH, OH, O), [Y, X, W, scratch, ...geometry, 0, 0, 0, 0])],
      set, result: () => swapAxes(view(Y), N, OH * OH, O),
    };
  }
  set.push([Y, swapAxes(dy, N, O, OH * OH)]);
  if (pass === "backward-data") {
    const transposed = floats("w transposed", Math.ceil(C / 16) * 16 * R * R * O);
    const scratch = { scratch: kernels.conv2dScratch(R, R, O) };
    return {
      calls: [
        call("transposePanels", Math.ceil(C / 16), [transposed, W, R * R, C, O]),
        ...(method === "winograd" ? whole(winogradConvolution(tape, "dx", DX, Y, transposed, { ...shape, C: O, O: C }, { turn: 1 }))
          : [call("conv2dBackwardData", kernels.conv2dBackwardDataTiles(N, H, H, C, stride), [
              DX, Y, transposed, scratch, N, H, H, C, OH, OH, O, R, R, stride, pad, 0,
            ])]),
      ],
      set, result: () => swapAxes(view(DX), N, H * H, C),
    };
  }
  const splits = kernels.conv2dBackwardWeightsSplits(N, O, R, S, depth);
  const count = Math.ceil(O / 16) * 16 * R * S * depth;
  const partial = floats("partial", splits * count);
  const scratch = { scratch: kernels.conv2dBackwardWeightsScratch(R, S, depth) };
  return {
    calls: method === "winograd" ? winogradBackwardWeights(tape, "dw", DW, { data: X }, Y, shape)
      : [
          call("conv2dBackwardWeights", kernels.conv2dBackwardWeightsTiles(N, O, R, S, depth), [partial, X, Y, scratch, ...geometry]),
          call("sumSplits", kernels.sumSplitsTiles(count), [DW, partial, count, splits]),
        ],
    set, result: () => toTorch(view(DW), packing),
  };
}

function withBorder(x, N, H, C, pad) {
  const P = H + 2 * pad;
  const out = new Float32Array(N * P * P * C);
  for (let n = 0; n < N; n++) {
    for (let h = 0; h < H; h++) {
      out.set(x.subarray((n * H + h) * H * C, (n * H + h + 1) * H * C), ((n * P + h + pad) * P + pad) * C);
    }
  }
  return out;
}

/** The layer itself: with the batch's statistics, no ReLU, no residual. */
function batchnorm(job, kernels, view) {
  const { N, C, H, pass } = job;
  const { x, dy, gamma, beta } = operandsOf(job);
  const store = createStore();
  const tape = new Tape(store, kernels, true);
  const input = tape.tensor("x", [N, H, H, C]);
  const y = recordBatchNorm(tape, input, "bn");
  const [forward, backward] = [tape.forwardCalls, tape.backwardCalls()];
  // The backward pass is run by itself: what the forward pass left must still be there.
  for (const { args } of [...forward, ...backward]) {
    for (const a of args) if (typeof a === "object" && isBuffer(a)) a.life = "persistent";
  }
  const weights = new Float32Array(store.weights.bytes / 4);
  store.parameters.forEach(({ name, offset }) => weights.set(name === "bn.weight" ? gamma : beta, offset));
  const set = [[input.data, swapAxes(x, N, C, H * H)], [store.weights, weights]];
  if (pass === "forward") return { calls: forward, set, result: () => swapAxes(view(y.data), N, H * H, C) };
  set.push([y.grad, swapAxes(dy, N, C, H * H)]);
  return { before: forward, calls: backward, set, result: () => swapAxes(view(input.grad), N, H * H, C) };
}

function adam(job, kernels, view) {
  const { w, g } = operandsOf(job);
  const [W, M, V, G] = ["w", "m", "v", "g"].map((name) => floats(name, job.count));
  const state = buffer("state", 40, "persistent");
  const hyper = buffer("hyper", 24, "persistent");
  return {
    calls: [
      call("adamStep", 1, [hyper, state]),
      call("adam", kernels.adamTiles(job.count), [W, M, V, G, hyper, job.count, 1e-8]),
    ],
    set: [[W, w], [G, g], [state, new Float32Array(new Float64Array([1e-4, 0.9, 0.999, 1, 1]).buffer)]],
    result: () => view(W),
  };
}

const call = (kernel, tiles, args) => ({ kernel, label: kernel, tiles, args });
