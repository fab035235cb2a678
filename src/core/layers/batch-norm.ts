import type { KernelArguments } from "../kernels.js";
import { constant } from "../parameters.js";
import type { Call, Operand } from "../plan.js";
import { buffer, type ParameterRef, type Tape, type Tensor } from "../tape.js";
import type { Epilogue } from "./epilogue.js";
import { maxPoolNode, pooled } from "./pooling.js";

const MOMENTUM = 0.1;
const EPS = 1e-5;

export interface BatchNormOptions {
  relu?: boolean;
  /** Added before the ReLU. */
  residual?: Tensor | undefined;
}

interface Parameters {
  gamma: ParameterRef;
  beta: ParameterRef;
  runningMean: Operand;
  runningVar: Operand;
}

function parametersOf(tape: Tape, name: string, C: number): Parameters {
  if (C % 8 !== 0) throw new Error(`${name}: ${C} channels, the kernels need a multiple of 8`);
  const row = { kind: "rows", O: C, A: 1, B: 1 } as const;
  return {
    gamma: tape.parameter(`${name}.weight`, [C], row, constant(1)),
    beta: tape.parameter(`${name}.bias`, [C], row, constant(0)),
    runningMean: tape.statistic(`${name}.running_mean`, C, constant(0)),
    runningVar: tape.statistic(`${name}.running_var`, C, constant(1)),
  };
}

/**
 * y = relu?(gamma * (x - mean) / sqrt(var + eps) + beta (+ residual)) over the pixels of x[N][H][W][C]. Training uses the
 * batch's statistics and updates the running ones; evaluation uses the running ones. After a convolution, use convBatchNorm.
 */
export function batchNorm(tape: Tape, x: Tensor, name: string, options: BatchNormOptions = {}): Tensor {
  const C = x.shape.at(-1)!;
  const P = x.data.bytes / 4 / C;
  const { residual } = options;
  const relu = options.relu ? 1 : 0;
  const { gamma, beta, mean, invstd } = normalized(tape, x, name);
  const y = tape.tensor(name, x.shape);
  tape.forward(
    tape.call(
      "batchNorm",
      { y: y.data, x: x.data, mean, invstd, gamma: gamma.data, beta: beta.data, residual: residual?.data ?? 0, P, C, relu },
      `${name} forward`,
    ),
  );
  batchNormNodes(tape, x.name, name, options);

  tape.backward(() => {
    const gate = relu ? y.data : 0;
    const dy = y.grad!;
    const toResidual = residual ? tape.gradient(residual) : undefined;
    const dx = tape.soleGradient(x, name);
    const [dgamma, dbeta] = [gamma.grad, beta.grad];
    return [
      ...gradientSums(tape, name, name, { dy, y: gate, x: x.data, mean, invstd, P, C }, { dgamma, dbeta }),
      tape.call(
        "batchNormBackward",
        {
          dx,
          dresidual: toResidual?.grad ?? 0,
          dy,
          y: gate,
          x: x.data,
          mean,
          invstd,
          gamma: gamma.data,
          dgamma,
          dbeta,
          P,
          C,
          accumulate: toResidual?.accumulate ?? 0,
        },
        `${name} backward`,
      ),
    ];
  });
  return y;
}

/**
 * maxPool(relu(batchNorm(x))) in training, x[N][H][W][C]: one pass over x each way (assembly/batchnorm-pool.ts). `pool` names the pooling and
 * the result.
 */
export function batchNormMaxPool(tape: Tape, x: Tensor, name: string, pool: string): Tensor {
  const [N, H, W, C] = x.shape as [number, number, number, number];
  const { gamma, beta, mean, invstd } = normalized(tape, x, name);
  batchNormNodes(tape, x.name, name, { relu: true });
  maxPoolNode(tape, name, pool);
  const y = pooled(tape, x, pool);
  const [, OH, OW] = y.shape as [number, number, number, number];
  const top = buffer(`${pool} top`, y.data.bytes);
  const winner = buffer(`${pool} winner`, N * OH * OW * C);
  const parameters = { mean, invstd, gamma: gamma.data };
  const size = { H, W, C, OH, OW };
  tape.forward(
    tape.call(
      "batchNormMaxPool",
      { y: y.data, top, winner, x: x.data, ...parameters, beta: beta.data, ...size, tiles: N * OH },
      `${pool} forward`,
    ),
  );
  tape.backward(() => {
    const dy = y.grad!;
    const [dgamma, dbeta] = [gamma.grad, beta.grad];
    const rows = { dy, y: y.data, x: top, mean, invstd, P: N * OH * OW, C };
    return [
      ...gradientSums(tape, pool, name, rows, { dgamma, dbeta }),
      tape.call(
        "batchNormMaxPoolBackward",
        { dx: tape.soleGradient(x, pool), dy, winner, x: x.data, ...parameters, dgamma, dbeta, N, ...size },
        `${pool} backward`,
      ),
    ];
  });
  return y;
}

/** The parameters, and the statistics of x: in training recorded as sums over the batch, otherwise the running ones. */
function normalized(tape: Tape, x: Tensor, name: string) {
  const C = x.shape.at(-1)!;
  const P = x.data.bytes / 4 / C;
  const { gamma, beta, runningMean, runningVar } = parametersOf(tape, name, C);
  const invstd = buffer(`${name} invstd`, 4 * C);
  if (tape.mode !== "train") {
    tape.forward(tape.call("invertStd", { invstd, variance: runningVar, C, eps: EPS }, `${name} invstd`));
    return { gamma, beta, mean: runningMean, invstd };
  }
  const mean = buffer(`${name} mean`, 4 * C);
  const partial = partialSums(tape, name, P, C);
  tape.forward(
    tape.call("batchNormPartials", { partial, x: x.data, P, C }, `${name} partials`),
    tape.call(
      "batchNormStatistics",
      { mean, invstd, runningMean, runningVar, partial, P, C, momentum: MOMENTUM, eps: EPS },
      `${name} statistics`,
    ),
  );
  return { gamma, beta, mean, invstd };
}

const partialSums = (tape: Tape, name: string, P: number, C: number) =>
  buffer(`${name} partial`, 4 * 2 * C * tape.pure.batchNormChunks(P));

/** The calls of dbeta = sum g and dgamma = sum g*xhat over P rows. */
function gradientSums(
  tape: Tape,
  label: string,
  name: string,
  rows: Omit<KernelArguments["batchNormBackwardPartials"], "partial">,
  sums: { dgamma: Operand; dbeta: Operand },
): Call[] {
  const { P, C } = rows;
  const partial = partialSums(tape, name, P, C);
  return [
    tape.call("batchNormBackwardPartials", { partial, ...rows }, `${label} backward partials`),
    tape.call("batchNormBackwardSums", { ...sums, partial, P, C }, `${name} backward sums`),
  ];
}

/** Batch-norm with running statistics as an affine map per channel, computed once before many steps. */
export function foldedBatchNorm(tape: Tape, name: string, C: number, { relu = false, residual }: BatchNormOptions): Epilogue {
  const { gamma, beta, runningMean, runningVar } = parametersOf(tape, name, C);
  const [scale, shift] = ["scale", "shift"].map((what) => tape.prepared(`${name} ${what}`, 4 * C));
  tape.prepare(
    tape.call(
      "foldBatchNorm",
      { scale, shift, gamma: gamma.data, beta: beta.data, mean: runningMean, variance: runningVar, C, eps: EPS },
      `${name} fold`,
    ),
  );
  return { scale, shift, residual: residual?.data ?? 0, relu: relu ? 1 : 0 };
}

/** BatchNormalization, then Add and Relu if requested; the last one's output is `name`. */
export function batchNormNodes(tape: Tape, x: string, name: string, { relu, residual }: BatchNormOptions): void {
  const parts = ["weight", "bias", "running_mean", "running_var"].map((part) => `${name}.${part}`);
  const normal = relu || residual ? `${name}.normal` : name;
  tape.node("BatchNormalization", [x, ...parts], normal, { epsilon: EPS });
  const sum = residual && relu ? `${name}.sum` : name;
  if (residual) tape.node("Add", [normal, residual.name], sum);
  if (relu) tape.node("Relu", [residual ? sum : normal], name);
}
