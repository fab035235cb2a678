import { constant } from "../parameters.js";
import type { Operand } from "../plan.js";
import { buffer, type ParameterRef, type Tape, type Tensor } from "../tape.js";
import type { Epilogue } from "./epilogue.js";

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
  const { gamma, beta, runningMean, runningVar } = parametersOf(tape, name, C);
  const [mean, invstd] = [buffer(`${name} mean`, 4 * C), buffer(`${name} invstd`, 4 * C)];
  const partial = () => buffer(`${name} partial`, 4 * 2 * C * tape.pure.batchNormChunks(P));
  const y = tape.tensor(name, x.shape);

  if (tape.mode === "train") {
    const sums = partial();
    tape.forward(
      tape.call("batchNormPartials", { partial: sums, x: x.data, P, C }, `${name} partials`),
      tape.call(
        "batchNormStatistics",
        { mean, invstd, runningMean, runningVar, partial: sums, P, C, momentum: MOMENTUM, eps: EPS },
        `${name} statistics`,
      ),
    );
  } else {
    tape.forward(tape.call("invertStd", { invstd, variance: runningVar, C, eps: EPS }, `${name} invstd`));
  }
  tape.forward(
    tape.call(
      "batchNorm",
      {
        y: y.data,
        x: x.data,
        mean: tape.mode === "train" ? mean : runningMean,
        invstd,
        gamma: gamma.data,
        beta: beta.data,
        residual: residual?.data ?? 0,
        P,
        C,
        relu,
      },
      `${name} forward`,
    ),
  );
  batchNormNodes(tape, x.name, name, options);

  tape.backward(() => {
    const sums = partial();
    const gate = relu ? y.data : 0;
    const dy = y.grad!;
    const toResidual = residual ? tape.gradient(residual) : undefined;
    const dx = tape.soleGradient(x, name);
    const [dgamma, dbeta] = [gamma.grad, beta.grad];
    return [
      tape.call(
        "batchNormBackwardPartials",
        { partial: sums, dy, y: gate, x: x.data, mean, invstd, P, C },
        `${name} backward partials`,
      ),
      tape.call("batchNormBackwardSums", { dgamma, dbeta, partial: sums, P, C }, `${name} backward sums`),
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

/** The same with running statistics: an affine map per channel, computed once before many steps. */
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
