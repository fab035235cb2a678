/** What test/fixtures/make-torch-reference.py wrote, and how to read it. */
import { readFileSync } from "node:fs";
import type { ParameterKind } from "./formula.js";

/** A tensor that PyTorch computed in float64, too large to keep whole. Compare with `gradientError`. */
export interface TensorSummary {
  number: number;
  name: string;
  /** PyTorch's layout. */
  shape: number[];
  /** L2 norm. */
  norm: number;
  projections: number[];
  samples: number[];
  /** |g32 - g64| / |g64| of PyTorch's own float32 run: what good float32 arithmetic reaches here. */
  float32Error: number;
}

export interface ParameterSummary extends TensorSummary {
  kind: ParameterKind;
  /** The first four values of the parameter itself (not of its gradient), to check the formula by. */
  first: number[];
}

export interface ModelFixture {
  torch: string;
  model: string;
  batch: number;
  pixelStream: number;
  labels: number[];
  pixelSum: number;
  adam: { lr: number; betas: [number, number]; eps: number };
  /** [batch][2] of the first forward pass, in train mode. */
  logits: number[];
  float32Logits: number[];
  /** Mean cross-entropy before each of ten updates on the same batch; losses[0] belongs to `logits` and the gradients. */
  losses: number[];
  float32Losses: number[];
  /** [batch][2] in eval mode after the ten updates. */
  evaluatedLogits: number[];
  float32EvaluatedLogits: number[];
  /** Gradients of the first batch, in state_dict order. */
  parameters: ParameterSummary[];
  /** After the first forward pass; empty without batch-norm. */
  runningStatistics: TensorSummary[];
}

export function readFixture(model: "logistic" | "dnn" | "resnet18"): ModelFixture {
  return JSON.parse(readFileSync(`test/fixtures/torch-${model}.json`, "utf8"));
}
