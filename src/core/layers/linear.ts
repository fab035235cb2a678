import type { Buffer, Call } from "../plan.js";
import { uniform, type Packing } from "../parameters.js";
import { ADAM_EPS, buffer, type ParameterRef, type Tape, type Tensor } from "../tape.js";

/** At most this many outputs run along the inputs (narrowLinear.ts) instead of along the outputs (linear.ts). */
const NARROW = 8;

/**
 * y[N][O] = relu?(x w^T + bias). x is [N][I] or an image [N][H][W][C], flattened; PyTorch's weight is [O][I], an image's
 * I in CHW order. Parameters `name`.weight and `name`.bias.
 */
export function linear(tape: Tape, x: Tensor, name: string, O: number, options: { relu?: boolean } = {}): Tensor {
  const [N, ...rest] = x.shape as [number, ...number[]];
  const I = rest.reduce((a, b) => a * b);
  const image = rest.length === 3;
  const packing: Packing = {
    kind: O <= NARROW ? "rows" : "panels",
    O,
    A: image ? rest[0] * rest[1] : 1,
    B: image ? rest[2] : I,
  };
  // The first layer: nothing reads its weights again in this step, so they may change at once.
  const fused = O > NARROW && !x.differentiable;
  const weight = tape.parameter(`${name}.weight`, [O, I], packing, uniform(I), fused);
  const bias = tape.parameter(`${name}.bias`, [O], { kind: "rows", O, A: 1, B: 1 }, uniform(I));
  const relu = options.relu ?? false;
  if (O <= NARROW && relu) throw new Error(`${name}: a narrow layer has no ReLU`);
  const y = tape.tensor(name, [N, O]);
  const record = O <= NARROW ? narrow : wide;
  record(tape, x, y, name, { N, I, O, relu, weight, bias, fused });
  return y;
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
  const { kernels } = tape;
  const chunks = kernels.linearChunks(I);
  const panels = Math.ceil(O / 16);
  const partial = buffer(`${name} partial`, 4 * chunks * N * panels * 16);
  const flops = 2 * N * I * O;
  tape.forward(
    {
      kernel: "linearPartials", label: `${name} forward`, tiles: chunks * panels, flops, bytes: 4 * (I * O + N * I),
      args: [partial, x.data, weight.data, { scratch: kernels.matmulScratch() }, N, I, O],
    },
    {
      kernel: "linearSum", label: `${name} sum`, tiles: N, bytes: partial.bytes,
      args: [y.data, partial, bias.data, N, O, chunks, relu ? 1 : 0],
    },
  );
  const dyPanels = buffer(`${name} dy panels`, 4 * panels * N * 16);
  /** dz, the gradient before the ReLU, and its panels. */
  const packed = (): { dz: Buffer; packing: Call[] } => {
    const dz = relu ? buffer(`dz ${name}`, y.data.bytes) : y.grad!;
    const unmask: Call = {
      kernel: "reluBackward", label: `${name} relu backward`, tiles: kernels.elementwiseTiles(N * O),
      args: [dz, y.grad!, y.data, N * O],
    };
    const pack: Call = { kernel: "packPanels", label: `${name} pack dy`, tiles: panels, args: [dyPanels, dz, O, N, O] };
    return { dz, packing: relu ? [unmask, pack] : [pack] };
  };
  tape.explain(() => [
    ...packed().packing,
    {
      kernel: "linearBackwardInput", label: `${name} backward input`, tiles: chunks, flops, bytes: 4 * (I * O + N * I),
      args: [onlyGradient(tape, x, name), dyPanels, weight.data, N, I, O],
    },
  ]);
  tape.backward(() => {
    const { dz, packing } = packed();
    const tiles = kernels.linearBackwardWeightsTiles(I);
    const scratch = { scratch: kernels.linearBackwardWeightsScratch(N) };
    const calls: Call[] = [
      ...packing,
      fused
        ? {
            kernel: "linearUpdate", label: `${name} update`, tiles, flops, bytes: 4 * (6 * I * O + N * I),
            args: [
              weight.data, weight.moment1, weight.moment2, x.data, dyPanels, tape.hyper, scratch, N, I, O, ADAM_EPS,
            ],
          }
        : {
            kernel: "linearBackwardWeights", label: `${name} backward weights`, tiles, flops, bytes: 4 * (I * O + N * I),
            args: [weight.grad, x.data, dyPanels, scratch, N, I, O],
          },
      { kernel: "biasGradient", label: `${name} bias gradient`, tiles: 1, args: [bias.grad, dz, N, O] },
    ];
    if (!x.grad) return calls;
    const { grad, accumulate } = tape.gradient(x);
    const transposed = buffer(`${name} transposed`, 4 * Math.ceil(I / 16) * O * 16);
    calls.push(
      {
        kernel: "transposePanels", label: `${name} transpose`, tiles: Math.ceil(I / 16),
        args: [transposed, weight.data, 1, I, O],
      },
      {
        kernel: "matmul", label: `${name} backward data`, tiles: kernels.matmulTiles(N, I), flops, bytes: 4 * I * O,
        args: [grad, dz, transposed, { scratch: kernels.matmulScratch() }, N, I, O, O, I, accumulate],
      },
    );
    return calls;
  });
}

function narrow(tape: Tape, x: Tensor, y: Tensor, name: string, { N, I, O, weight, bias }: Sizes): void {
  const chunks = tape.kernels.narrowLinearChunks(I);
  const partial = buffer(`${name} partial`, 4 * chunks * N * O);
  const flops = 2 * N * I * O;
  // Pixels are read as bytes, widened on the way.
  const [kernel, input, scratch] = x.bytes
    ? ["narrowLinearPixels", x.bytes, [{ scratch: tape.kernels.narrowLinearPixelsScratch() }]]
    : ["narrowLinear", x.data, []];
  const bytes = (x.bytes ? 1 : 4) * N * I + 4 * I * O;
  tape.forward(
    {
      kernel: `${kernel}Partials`, label: `${name} forward`, tiles: chunks, flops, bytes,
      args: [partial, input, weight.data, ...scratch, N, I, O],
    },
    { kernel: "narrowLinearSum", label: `${name} sum`, tiles: 1, args: [y.data, partial, bias.data, N, O, chunks] },
  );
  const backwardData = (): Call => ({
    kernel: "narrowLinearBackwardData", label: `${name} backward data`, tiles: N, flops, bytes,
    args: [onlyGradient(tape, x, name), y.grad!, weight.data, I, O],
  });
  tape.explain(() => [backwardData()]);
  tape.backward(() => {
    const calls: Call[] = [
      {
        kernel: `${kernel}BackwardWeights`, label: `${name} backward weights`, tiles: chunks, flops, bytes,
        args: [weight.grad, input, y.grad!, ...scratch, N, I, O],
      },
      { kernel: "biasGradient", label: `${name} bias gradient`, tiles: 1, args: [bias.grad, y.grad!, N, O] },
    ];
    return x.grad ? [...calls, backwardData()] : calls;
  });
}

/** x's gradient, for kernels that cannot add to it. */
function onlyGradient(tape: Tape, x: Tensor, name: string): Buffer {
  const { grad, accumulate } = tape.gradient(x);
  if (accumulate) throw new Error(`${name}: its input must have no other consumer`);
  return grad;
}
