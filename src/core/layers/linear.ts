import { ADAM } from "../adam.js";
import { PANEL } from "../kernel-table.js";
import { type Packing, panelsOf, uniform } from "../parameters.js";
import type { Call } from "../plan.js";
import { buffer, type ParameterRef, type Tape, type Tensor } from "../tape.js";

/** Up to this many outputs, lanes run along the inputs (narrow-linear.ts), otherwise along the outputs (linear.ts). */
const NARROW = 8;

/**
 * y[N][O] = relu?(x w^T + bias). x is [N][I] or an image [N][H][W][C], flattened; PyTorch's weight is [O][I], an image's
 * I in CHW order. Parameters `name`.weight and `name`.bias.
 */
export function linear(tape: Tape, x: Tensor, name: string, O: number, options: { relu?: boolean } = {}): Tensor {
  const [N, ...rest] = x.shape as [number, ...number[]];
  const I = rest.reduce((a, b) => a * b);
  const image = rest.length === 3;
  const relu = options.relu ?? false;
  // The narrow kernels have no ReLU.
  const narrowly = O <= NARROW && !relu;
  const packing: Packing = { kind: narrowly ? "rows" : "panels", O, A: image ? rest[0] * rest[1] : 1, B: image ? rest[2] : I };
  // The first layer: nothing reads its weights again in this step, so they can be updated at once.
  const fused = !narrowly && !x.differentiable;
  const weight = tape.parameter(`${name}.weight`, [O, I], packing, uniform(I), fused);
  const bias = tape.parameter(`${name}.bias`, [O], { kind: "rows", O, A: 1, B: 1 }, uniform(I));
  const y = tape.tensor(name, [N, O]);
  (narrowly ? narrow : wide)(tape, x, y, name, { N, I, O, relu, weight, bias, fused });
  nodes(tape, x, name, image, relu);
  return y;
}

function nodes(tape: Tape, x: Tensor, name: string, image: boolean, relu: boolean): void {
  if (image) tape.node("Flatten", [x.name], `${name}.flat`, { axis: 1 });
  const inputs = [image ? `${name}.flat` : x.name, `${name}.weight`, `${name}.bias`];
  tape.node("Gemm", inputs, relu ? `${name}.z` : name, { transB: 1 });
  if (relu) tape.node("Relu", [`${name}.z`], name);
}

interface Sizes {
  N: number;
  I: number;
  O: number;
  relu: boolean;
  weight: ParameterRef;
  fused: boolean;
  bias: ParameterRef;
}

function wide(tape: Tape, x: Tensor, y: Tensor, name: string, { N, I, O, relu, weight, bias, fused }: Sizes): void {
  const chunks = tape.pure.linearChunks(I);
  const partial = buffer(`${name} partial`, 4 * chunks * N * panelsOf(O) * PANEL);
  const panels = weight.data;
  tape.forward(
    tape.call("linearPartials", { partial, x: x.data, panels, N, I, O }, `${name} forward`),
    tape.call("linearSum", { y: y.data, partial, bias: bias.data, N, O, chunks, relu: relu ? 1 : 0 }, `${name} sum`),
  );
  // dz, the gradient before the ReLU, and its panels.
  const dz = relu ? buffer(`dz ${name}`, y.data.bytes) : y.grad!;
  const dyPanels = buffer(`${name} dy panels`, 4 * panelsOf(O) * N * PANEL);
  const packed = (): Call[] => {
    const unmask = () => tape.call("reluBackward", { dx: dz, dy: y.grad!, y: y.data, count: N * O }, `${name} relu backward`);
    const pack = tape.call("packPanels", { panels: dyPanels, b: dz, N: O, K: N, ldb: O }, `${name} pack dy`);
    return relu ? [unmask(), pack] : [pack];
  };
  tape.explain(() => [
    ...packed(),
    tape.call("linearBackwardInput", { dx: tape.soleGradient(x, name), dyPanels, panels, N, I, O }, `${name} backward input`),
  ]);
  tape.backward(() => {
    const operands = { x: x.data, dyPanels, N, I, O };
    const { data: w, moment1: m, moment2: v } = weight;
    const calls = [
      ...packed(),
      fused
        ? tape.call("linearUpdate", { w, m, v, ...operands, hyper: tape.hyper, eps: ADAM.eps }, `${name} update`)
        : tape.call("linearBackwardWeights", { dw: weight.grad, ...operands }, `${name} backward weights`),
      tape.call("biasGradient", { db: bias.grad, dy: dz, N, O }, `${name} bias gradient`),
    ];
    if (!x.grad) return calls;
    const { grad, accumulate } = tape.gradient(x);
    const transposed = buffer(`${name} transposed`, 4 * panelsOf(I) * O * PANEL);
    return [
      ...calls,
      tape.call("transposePanels", { out: transposed, panels, T: 1, C: I, O }, `${name} transpose`),
      tape.call(
        "matmul",
        { c: grad, a: dz, panels: transposed, M: N, N: I, K: O, lda: O, ldc: I, accumulate },
        `${name} backward data`,
      ),
    ];
  });
}

function narrow(tape: Tape, x: Tensor, y: Tensor, name: string, { N, I, O, weight, bias }: Sizes): void {
  const chunks = tape.pure.narrowLinearChunks(I);
  const partial = buffer(`${name} partial`, 4 * chunks * N * O);
  const { bytes } = x;
  const w = weight.data;
  tape.forward(
    // Pixels are read as bytes and widened.
    bytes
      ? tape.call("narrowLinearPixelsPartials", { partial, bytes, w, N, I, O }, `${name} forward`)
      : tape.call("narrowLinearPartials", { partial, x: x.data, w, N, I, O }, `${name} forward`),
    tape.call("narrowLinearSum", { y: y.data, partial, bias: bias.data, N, O, chunks }, `${name} sum`),
  );
  const backwardData = () =>
    tape.call(
      "narrowLinearBackwardData",
      { dx: tape.soleGradient(x, name), dy: y.grad!, w, I, O, tiles: N },
      `${name} backward data`,
    );
  tape.explain(() => [backwardData()]);
  tape.backward(() => {
    const dy = y.grad!;
    const calls = [
      bytes
        ? tape.call("narrowLinearPixelsBackwardWeights", { dw: weight.grad, bytes, dy, N, I, O }, `${name} backward weights`)
        : tape.call("narrowLinearBackwardWeights", { dw: weight.grad, x: x.data, dy, N, I, O }, `${name} backward weights`),
      tape.call("biasGradient", { db: bias.grad, dy, N, O }, `${name} bias gradient`),
    ];
    return x.grad ? [...calls, backwardData()] : calls;
  });
}
