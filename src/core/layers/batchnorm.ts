import { constant } from "../parameters.js";
import type { Argument, Call } from "../plan.js";
import { buffer, type Tape, type Tensor } from "../tape.js";

const MOMENTUM = 0.1;
const EPS = 1e-5;

/**
 * y = relu?(gamma * (x - mean) / sqrt(var + eps) + beta (+ residual)) over the pixels of x[N][H][W][C]. Training uses the
 * batch's statistics and moves the running ones; evaluation uses the running ones, in the epilogue of the convolution that
 * made x.
 */
export function batchNorm(
  tape: Tape, x: Tensor, name: string, options: { relu?: boolean; residual?: Tensor } = {},
): Tensor {
  const C = x.shape.at(-1)!;
  if (C % 8 !== 0) throw new Error(`${name}: ${C} channels, the kernels need a multiple of 8`);
  const P = x.data.bytes / 4 / C;
  const { kernels } = tape;
  const relu = options.relu ?? false;
  const { residual } = options;
  const row = { kind: "rows", O: C, A: 1, B: 1 } as const;
  const gamma = tape.parameter(`${name}.weight`, [C], row, constant(1));
  const beta = tape.parameter(`${name}.bias`, [C], row, constant(0));
  const runningMean = tape.statistic(`${name}.running_mean`, C, constant(0));
  const runningVar = tape.statistic(`${name}.running_var`, C, constant(1));
  if (!tape.training && x.fuse) {
    const [scale, shift] = ["scale", "shift"].map((what) => tape.prepared(`${name} ${what}`, 4 * C));
    tape.prepare({
      kernel: "foldBatchNorm", label: `${name} fold`, tiles: 1,
      args: [scale, shift, gamma.data, beta.data, runningMean, runningVar, C, EPS],
    });
    x.fuse({ scale, shift, residual, relu });
    return { ...x, fuse: undefined };
  }
  const invstd = buffer(`${name} invstd`, 4 * C);
  const batchMean = buffer(`${name} mean`, 4 * C);
  const mean: Argument = tape.training ? batchMean : runningMean;
  const chunks = kernels.batchNormChunks(P);
  const partial = () => buffer(`${name} partial`, 4 * 2 * C * chunks);
  const y = tape.tensor(name, x.shape);
  const bytes = x.data.bytes;

  if (tape.training) {
    const sums = partial();
    tape.forward(
      { kernel: "batchNormPartials", label: `${name} partials`, tiles: chunks, bytes, args: [sums, x.data, P, C] },
      {
        kernel: "batchNormStatistics", label: `${name} statistics`, tiles: kernels.batchNormMergeTiles(C), bytes: sums.bytes,
        args: [batchMean, invstd, runningMean, runningVar, sums, P, C, MOMENTUM, EPS],
      },
    );
  } else {
    tape.forward({ kernel: "invertStd", label: `${name} invstd`, tiles: 1, args: [invstd, runningVar, C, EPS] });
  }
  tape.forward({
    kernel: "batchNorm", label: `${name} forward`, tiles: kernels.batchNormTiles(P), bytes: 2 * bytes,
    args: [y.data, x.data, mean, invstd, gamma.data, beta.data, residual?.data ?? 0, P, C, relu ? 1 : 0],
  });

  tape.backward((): Call[] => {
    const sums = partial();
    const mask: Argument = relu ? y.data : 0;
    const toResidual = residual ? tape.gradient(residual) : undefined;
    const { grad, accumulate } = tape.gradient(x);
    if (accumulate) throw new Error(`${name}: its input must have no other consumer`);
    return [
      {
        kernel: "batchNormBackwardPartials", label: `${name} backward partials`, tiles: chunks, bytes: 3 * bytes,
        args: [sums, y.grad!, mask, x.data, batchMean, invstd, P, C],
      },
      {
        kernel: "batchNormBackwardSums", label: `${name} backward sums`, tiles: kernels.batchNormMergeTiles(C), bytes: sums.bytes,
        args: [gamma.grad, beta.grad, sums, P, C],
      },
      {
        kernel: "batchNormBackward", label: `${name} backward`, tiles: kernels.batchNormTiles(P), bytes: 4 * bytes,
        args: [
          grad, toResidual?.grad ?? 0, y.grad!, mask, x.data, batchMean, invstd, gamma.data, gamma.grad, beta.grad,
          { scratch: kernels.batchNormBackwardScratch(C) }, P, C, toResidual?.accumulate ?? 0,
        ],
      },
    ];
  });
  return y;
}
