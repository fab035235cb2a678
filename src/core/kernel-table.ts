// Made by assembly/table.mjs from the kernels' declarations and tags: `npm run build:core` writes it anew.
import type { KernelSpec } from "./kernels.js";
import type { Operand } from "./plan.js";

const ceilDiv = (a: number, b: number): number => Math.ceil(a / b);

/** f64 values of the optimiser's state: lr, beta1, beta2, beta1^t, beta2^t. */
export const ADAM_STATE = 5;
/** f32 values that a step's update reads: beta1, beta2, 1 - beta1, 1 - beta2, lr/(1 - beta1^t), 1/sqrt(1 - beta2^t). */
export const ADAM_HYPER = 6;
/** f64 values of a training step's report: its mean loss, then the totals. */
export const STEP_REPORT = 3;
/** Products of a 6x6 patch by Winograd: an elementwise product in each of 36 frequencies. */
export const FREQUENCIES = 36;
/** f32 values that say how an image is augmented: a b c d e f of the affine map, brightness, contrast. */
export const TRANSFORM = 8;
/** Columns in a panel, whatever the variant: packed weights are the same bytes everywhere. */
export const PANEL = 16;

/** The core's exports as WebAssembly gives them: addresses in bytes, sizes in elements, a kernel's tile range last. */
export interface Kernels {
  matmulTiles(M: number, N: number): number;
  packPanels(panels: number, b: number, N: number, K: number, ldb: number, tileBegin: number, tileEnd: number): void;
  transposePanels(out: number, panels: number, T: number, C: number, O: number, tileBegin: number, tileEnd: number): void;
  matmul(c: number, a: number, panels: number, scratch: number, M: number, N: number, K: number, lda: number, ldc: number, accumulate: number, tileBegin: number, tileEnd: number): void;
  matmulScratch(): number;
  linearChunks(I: number): number;
  linearPartials(partial: number, x: number, panels: number, scratch: number, N: number, I: number, O: number, tileBegin: number, tileEnd: number): void;
  linearSum(y: number, partial: number, bias: number, N: number, O: number, chunks: number, relu: number, tileBegin: number, tileEnd: number): void;
  linearBackwardWeightsScratch(N: number): number;
  linearBackwardWeightsTiles(I: number): number;
  linearBackwardWeights(dw: number, x: number, dyPanels: number, scratch: number, N: number, I: number, O: number, tileBegin: number, tileEnd: number): void;
  linearUpdate(w: number, m: number, v: number, x: number, dyPanels: number, hyper: number, scratch: number, N: number, I: number, O: number, eps: number, tileBegin: number, tileEnd: number): void;
  biasGradient(db: number, dy: number, N: number, O: number, tileBegin: number, tileEnd: number): void;
  linearBackwardInput(dx: number, dyPanels: number, panels: number, N: number, I: number, O: number, tileBegin: number, tileEnd: number): void;
  narrowLinearChunks(I: number): number;
  narrowLinearPartials(partial: number, x: number, w: number, N: number, I: number, O: number, tileBegin: number, tileEnd: number): void;
  narrowLinearSum(y: number, partial: number, bias: number, N: number, O: number, chunks: number, tileBegin: number, tileEnd: number): void;
  narrowLinearBackwardWeights(dw: number, x: number, dy: number, N: number, I: number, O: number, tileBegin: number, tileEnd: number): void;
  narrowLinearPixelsScratch(): number;
  narrowLinearPixelsPartials(partial: number, bytes: number, w: number, scratch: number, N: number, I: number, O: number, tileBegin: number, tileEnd: number): void;
  narrowLinearPixelsBackwardWeights(dw: number, bytes: number, dy: number, scratch: number, N: number, I: number, O: number, tileBegin: number, tileEnd: number): void;
  narrowLinearBackwardData(dx: number, dy: number, w: number, I: number, O: number, tileBegin: number, tileEnd: number): void;
  conv2dScratch(R: number, S: number, depth: number): number;
  conv2dTiles(N: number, OH: number, OW: number, O: number): number;
  conv2d(y: number, x: number, panels: number, scratch: number, N: number, H: number, W: number, pixel: number, depth: number, OH: number, OW: number, O: number, R: number, S: number, stride: number, pad: number, scale: number, shift: number, residual: number, relu: number, tileBegin: number, tileEnd: number): void;
  conv2dBackwardDataTiles(N: number, H: number, W: number, C: number, stride: number): number;
  conv2dBackwardData(dx: number, dy: number, panels: number, scratch: number, N: number, H: number, W: number, C: number, OH: number, OW: number, O: number, R: number, S: number, stride: number, pad: number, accumulate: number, tileBegin: number, tileEnd: number): void;
  conv2dBackwardWeightsScratch(R: number, S: number, depth: number): number;
  conv2dBackwardWeightsSplits(N: number, O: number, R: number, S: number, depth: number): number;
  conv2dBackwardWeightsTiles(N: number, O: number, R: number, S: number, depth: number): number;
  conv2dBackwardWeights(partial: number, x: number, dy: number, scratch: number, N: number, H: number, W: number, pixel: number, depth: number, OH: number, OW: number, O: number, R: number, S: number, stride: number, pad: number, tileBegin: number, tileEnd: number): void;
  sumSplitsTiles(count: number): number;
  sumSplits(out: number, partial: number, count: number, splits: number, tileBegin: number, tileEnd: number): void;
  winogradPatches(N: number, H: number, W: number): number;
  winogradPitch(C: number): number;
  winogradPlane(rows: number, pitch: number): number;
  winogradWeightPlane(O: number, C: number): number;
  winogradScratch(C: number): number;
  winogradTransformTiles(T: number): number;
  winogradInput(v: number, x: number, scratch: number, H: number, W: number, C: number, T: number, ldv: number, plane: number, tileBegin: number, tileEnd: number): void;
  winogradGradient(z: number, dy: number, scratch: number, H: number, W: number, O: number, T: number, plane: number, tileBegin: number, tileEnd: number): void;
  winogradOutput(y: number, m: number, scratch: number, H: number, W: number, O: number, T: number, plane: number, accumulate: number, scale: number, shift: number, residual: number, relu: number, tileBegin: number, tileEnd: number): void;
  winogradWeightTiles(O: number, C: number): number;
  winogradWeights(u: number, panels: number, scratch: number, O: number, C: number, turn: number, tileBegin: number, tileEnd: number): void;
  winogradWeightsGradient(dw: number, s: number, scratch: number, O: number, C: number, tileBegin: number, tileEnd: number): void;
  winogradProductTiles(R: number, O: number): number;
  winogradProducts(m: number, v: number, u: number, scratch: number, T: number, C: number, O: number, ldv: number, planeM: number, planeV: number, tileBegin: number, tileEnd: number): void;
  winogradWeightProducts(s: number, v: number, z: number, scratch: number, T: number, C: number, O: number, ldv: number, planeV: number, planeZ: number, accumulate: number, tileBegin: number, tileEnd: number): void;
  winogradFusedTiles(T: number): number;
  winogradFusedScratch(C: number, O: number): number;
  winogradFused(y: number, x: number, u: number, scratch: number, H: number, W: number, C: number, O: number, T: number, accumulate: number, scale: number, shift: number, residual: number, relu: number, tileBegin: number, tileEnd: number): void;
  im2col(columns: number, x: number, H: number, W: number, C: number, OH: number, OW: number, R: number, S: number, stride: number, pad: number, tileBegin: number, tileEnd: number): void;
  batchNormChunks(P: number): number;
  batchNormMergeTiles(C: number): number;
  batchNormTiles(P: number): number;
  batchNormPartials(partial: number, x: number, P: number, C: number, tileBegin: number, tileEnd: number): void;
  batchNormStatistics(mean: number, invstd: number, runningMean: number, runningVar: number, partial: number, P: number, C: number, momentum: number, eps: number, tileBegin: number, tileEnd: number): void;
  invertStd(invstd: number, variance: number, C: number, eps: number, tileBegin: number, tileEnd: number): void;
  foldBatchNorm(scale: number, shift: number, gamma: number, beta: number, mean: number, variance: number, C: number, eps: number, tileBegin: number, tileEnd: number): void;
  batchNorm(y: number, x: number, mean: number, invstd: number, gamma: number, beta: number, residual: number, P: number, C: number, relu: number, tileBegin: number, tileEnd: number): void;
  batchNormBackwardPartials(partial: number, dy: number, y: number, x: number, mean: number, invstd: number, P: number, C: number, tileBegin: number, tileEnd: number): void;
  batchNormBackwardSums(dgamma: number, dbeta: number, partial: number, P: number, C: number, tileBegin: number, tileEnd: number): void;
  batchNormBackwardScratch(C: number): number;
  batchNormBackward(dx: number, dresidual: number, dy: number, y: number, x: number, mean: number, invstd: number, gamma: number, dgamma: number, dbeta: number, scratch: number, P: number, C: number, accumulate: number, tileBegin: number, tileEnd: number): void;
  maxPoolScratch(C: number): number;
  maxPool(y: number, winner: number, x: number, scratch: number, H: number, W: number, C: number, OH: number, OW: number, tileBegin: number, tileEnd: number): void;
  maxPoolBackward(dx: number, dy: number, winner: number, H: number, W: number, C: number, OH: number, OW: number, tileBegin: number, tileEnd: number): void;
  averagePool(y: number, x: number, P: number, C: number, tileBegin: number, tileEnd: number): void;
  averagePoolBackward(dx: number, dy: number, P: number, C: number, tileBegin: number, tileEnd: number): void;
  elementwiseTiles(count: number): number;
  reluBackward(dx: number, dy: number, y: number, count: number, tileBegin: number, tileEnd: number): void;
  crossEntropy(report: number, dlogits: number, totals: number, logits: number, labels: number, N: number, K: number, tileBegin: number, tileEnd: number): void;
  logOdds(r: number, logits: number, count: number, tileBegin: number, tileEnd: number): void;
  logOddsBackward(dlogits: number, count: number, tileBegin: number, tileEnd: number): void;
  pixelMap(map: number, dx: number, bytes: number, row: number, C: number, tileBegin: number, tileEnd: number): void;
  adamTiles(count: number): number;
  adamStep(hyper: number, state: number, schedule: number, tileBegin: number, tileEnd: number): void;
  adam(w: number, m: number, v: number, g: number, hyper: number, count: number, eps: number, tileBegin: number, tileEnd: number): void;
  pixels(x: number, bytes: number, row: number, tileBegin: number, tileEnd: number): void;
  pixelsPadded(x: number, bytes: number, H: number, W: number, C: number, pad: number, tileBegin: number, tileEnd: number): void;
  normalize(x: number, H: number, W: number, pad: number, meanR: number, meanG: number, meanB: number, stdR: number, stdG: number, stdB: number, tileBegin: number, tileEnd: number): void;
  augment(out: number, input: number, transforms: number, H: number, W: number, tileBegin: number, tileEnd: number): void;
  blurScratch(H: number, W: number): number;
  blur(out: number, input: number, sigmas: number, scratch: number, H: number, W: number, tileBegin: number, tileEnd: number): void;
  resizeHorizontal(out: number, input: number, bounds: number, weights: number, inWidth: number, outWidth: number, channels: number, taps: number, tileBegin: number, tileEnd: number): void;
  resizeVertical(out: number, input: number, bounds: number, weights: number, rowBytes: number, taps: number, tileBegin: number, tileEnd: number): void;
}

/** What a call of each kernel is recorded with; scratch, and tiles where they follow from the shapes, are filled in. */
export interface KernelArguments {
  /** panels <- B[K][N], rows ldb floats apart. One tile a panel. */
  packPanels: { panels: Operand; b: Operand; N: number; K: number; ldb: number };
  /**
   * Panels of B^T from panels of B, tap by tap: out[ceil(C/16)][T][O][16] <- panels[ceil(O/16)][T][C][16].
   * The backward pass of a convolution (T = R*S) or linear layer (T = 1) multiplies by it. One tile an output panel.
   */
  transposePanels: { out: Operand; panels: Operand; T: number; C: number; O: number };
  /** C[M][N] = (accumulate ? C : 0) + A[M][K] B. lda, ldc: floats between rows. */
  matmul: { c: Operand; a: Operand; panels: Operand; M: number; N: number; K: number; lda: number; ldc: number; accumulate: number };
  /** partial[chunks][N][O']: a tile is a chunk and a panel. */
  linearPartials: { partial: Operand; x: Operand; panels: Operand; N: number; I: number; O: number };
  /** y[N][O] = relu?(bias + the chunks in order). A tile is a row n. */
  linearSum: { y: Operand; partial: Operand; bias: Operand; N: number; O: number; chunks: number; relu: number };
  /** dw panels[ceil(O/16)][I][16] = x^T dy, with dy packed by `packPanels` as dyPanels[ceil(O/16)][N][16]. */
  linearBackwardWeights: { dw: Operand; x: Operand; dyPanels: Operand; N: number; I: number; O: number };
  /**
   * The same gradient, used at once: Adam updates w, m and v (panels) strip by strip while it lies in the first-level cache.
   * The gradient is never stored: of a layer with 77 million weights 2.5 GB less is moved a step. hyper, eps: see adam.ts.
   */
  linearUpdate: { w: Operand; m: Operand; v: Operand; x: Operand; dyPanels: Operand; hyper: Operand; N: number; I: number; O: number; eps: number };
  /** db[O] = sum over n of dy[n][o]. */
  biasGradient: { db: Operand; dy: Operand; N: number; O: number };
  /**
   * dx[n][i] = sum over o of dy[n][o] * w[o][i], with dy packed as above. Reads the panels as they are stored: a transposed
   * copy, as training makes of its small layers, would double the weights of the DNN's first one.
   */
  linearBackwardInput: { dx: Operand; dyPanels: Operand; panels: Operand; N: number; I: number; O: number };
  /** partial[chunk][N][O]: dot products over that chunk of I. A tile is a chunk; `narrowLinearSum` adds them in order. */
  narrowLinearPartials: { partial: Operand; x: Operand; w: Operand; N: number; I: number; O: number };
  /** y[N][O] = bias + the chunks in order. */
  narrowLinearSum: { y: Operand; partial: Operand; bias: Operand; N: number; O: number; chunks: number };
  /** dw[o][i] = sum over n of dy[n][o] * x[n][i]. A tile is a chunk of I. */
  narrowLinearBackwardWeights: { dw: Operand; x: Operand; dy: Operand; N: number; I: number; O: number };
  /** partial[chunk][N][O] from bytes[N][I]. A tile is a chunk. */
  narrowLinearPixelsPartials: { partial: Operand; bytes: Operand; w: Operand; N: number; I: number; O: number };
  /** dw[o][i] = sum over n of dy[n][o] / 255 * bytes[n][i]. A tile is a chunk of I. */
  narrowLinearPixelsBackwardWeights: { dw: Operand; bytes: Operand; dy: Operand; N: number; I: number; O: number };
  /** dx[n][i] = sum over o of dy[n][o] * w[o][i]. A tile is a row n. */
  narrowLinearBackwardData: { dx: Operand; dy: Operand; w: Operand; I: number; O: number; tiles: number };
  /**
   * y[N][OH][OW][O] from x[N][H][W] pixels; scale, shift, residual and relu: see lib/epilogue.ts, where O must be a multiple
   * of 8.
   */
  conv2d: { y: Operand; x: Operand; panels: Operand; N: number; H: number; W: number; pixel: number; depth: number; OH: number; OW: number; O: number; R: number; S: number; stride: number; pad: number; scale: Operand | 0; shift: Operand | 0; residual: Operand | 0; relu: number };
  /** dx[N][H][W][C] from dy[N][OH][OW][O] and transposed panels[ceil(C/16)][R*S][O][16]. Scratch: conv2dScratch(R, S, O). */
  conv2dBackwardData: { dx: Operand; dy: Operand; panels: Operand; N: number; H: number; W: number; C: number; OH: number; OW: number; O: number; R: number; S: number; stride: number; pad: number; accumulate: number };
  /** partial[splits][ceil(O/16)][R*S][depth][16] from x and dy (see conv2d for pixel and depth). */
  conv2dBackwardWeights: { partial: Operand; x: Operand; dy: Operand; N: number; H: number; W: number; pixel: number; depth: number; OH: number; OW: number; O: number; R: number; S: number; stride: number; pad: number };
  /** out[i] = partial[0][i] + partial[1][i] + ... , count a multiple of 16. */
  sumSplits: { out: Operand; partial: Operand; count: number; splits: number };
  /** v[f][T][C] = B^T d B for every patch d of x[N][H][W][C]. */
  winogradInput: { v: Operand; x: Operand; H: number; W: number; C: number; T: number; ldv: number; plane: number };
  /** z[f][O/16][T][16] = A d A^T for every patch d of dy[N][H][W][O]. */
  winogradGradient: { z: Operand; dy: Operand; H: number; W: number; O: number; T: number; plane: number };
  /** y[N][H][W][O] (+)= A^T m A for every patch m of m[f][T][O]; then the epilogue of lib/epilogue.ts. */
  winogradOutput: { y: Operand; m: Operand; H: number; W: number; O: number; T: number; plane: number; accumulate: number; scale: Operand | 0; shift: Operand | 0; residual: Operand | 0; relu: number };
  /** u[f][O/16][C][16] = G g G^T from panels[O/16][9][C][16]; turn = 1 reads the taps backwards, for backward data. */
  winogradWeights: { u: Operand; panels: Operand; O: number; C: number; turn: number };
  /** dw panels[O/16][9][C][16] = G^T s G from s[f][O/16][C][16]. */
  winogradWeightsGradient: { dw: Operand; s: Operand; O: number; C: number };
  /** m[f][T][O] = v[f][T][C] u[f]. */
  winogradProducts: { m: Operand; v: Operand; u: Operand; T: number; C: number; O: number; ldv: number; planeM: number; planeV: number };
  /** s[f][O/16][C][16] (+)= v[f]^T z[f] over this chunk's T patches. */
  winogradWeightProducts: { s: Operand; v: Operand; z: Operand; T: number; C: number; O: number; ldv: number; planeV: number; planeZ: number; accumulate: number };
  /** y[N][H][W][O] (+)= A^T [ V . U ] A of x[N][H][W][C], then the epilogue of lib/epilogue.ts. */
  winogradFused: { y: Operand; x: Operand; u: Operand; H: number; W: number; C: number; O: number; T: number; accumulate: number; scale: Operand | 0; shift: Operand | 0; residual: Operand | 0; relu: number };
  /** columns[N*OH*OW][R*S*C] from x[N][H][W][C]. A tile is an output row (n, i). */
  im2col: { columns: Operand; x: Operand; H: number; W: number; C: number; OH: number; OW: number; R: number; S: number; stride: number; pad: number; tiles: number };
  /** partial[chunk] = { mean[C], m2[C] } of x's rows in that chunk. A tile is a chunk. */
  batchNormPartials: { partial: Operand; x: Operand; P: number; C: number };
  /**
   * Merges the chunks: mean[C], invstd[C] = 1/sqrt(variance + eps), and the running statistics with PyTorch's rule,
   * running = (1 - momentum)*running + momentum*batch, the variance there unbiased (P/(P-1)).
   */
  batchNormStatistics: { mean: Operand; invstd: Operand; runningMean: Operand; runningVar: Operand; partial: Operand; P: number; C: number; momentum: number; eps: number };
  /** invstd[C] = 1/sqrt(variance[C] + eps), for evaluation with running statistics. */
  invertStd: { invstd: Operand; variance: Operand; C: number; eps: number };
  /** gamma * (x - mean) / sqrt(variance + eps) + beta = scale * x + shift, all [C]: for lib/epilogue.ts. */
  foldBatchNorm: { scale: Operand; shift: Operand; gamma: Operand; beta: Operand; mean: Operand; variance: Operand; C: number; eps: number };
  /** y[P][C]; residual is 0 or an address. */
  batchNorm: { y: Operand; x: Operand; mean: Operand; invstd: Operand; gamma: Operand; beta: Operand; residual: Operand | 0; P: number; C: number; relu: number };
  /** partial[chunk] = { sum g [C], sum g*xhat [C] }; `y` is 0 where no ReLU follows. A tile is a chunk. */
  batchNormBackwardPartials: { partial: Operand; dy: Operand; y: Operand | 0; x: Operand; mean: Operand; invstd: Operand; P: number; C: number };
  /** dbeta[C], dgamma[C]: the chunks added in order. */
  batchNormBackwardSums: { dgamma: Operand; dbeta: Operand; partial: Operand; P: number; C: number };
  /** dx[P][C], and dresidual[P][C] (+)= g where its address is not 0. */
  batchNormBackward: { dx: Operand; dresidual: Operand | 0; dy: Operand; y: Operand | 0; x: Operand; mean: Operand; invstd: Operand; gamma: Operand; dgamma: Operand; dbeta: Operand; P: number; C: number; accumulate: number };
  /**
   * Max-pool 3x3, stride 2, padding 1: y[N][OH][OW][C], and which tap won, first in row-major order on ties, as in PyTorch:
   * winner[N][OH][OW][C] in 0..8, a byte each, where it is not 0. Padding never wins. A tile is an output row (n, i).
   */
  maxPool: { y: Operand; winner: Operand | 0; x: Operand; H: number; W: number; C: number; OH: number; OW: number; tiles: number };
  /** dx[N][H][W][C] from dy[N][OH][OW][C]: each pixel gathers from the windows that it won. A tile is a row (n, h) of dx. */
  maxPoolBackward: { dx: Operand; dy: Operand; winner: Operand; H: number; W: number; C: number; OH: number; OW: number; tiles: number };
  /** y[N][C] = mean over the P pixels of x[N][P][C]. A tile is an image. */
  averagePool: { y: Operand; x: Operand; P: number; C: number; tiles: number };
  /** dx[n][p][c] = dy[n][c] / P. A tile is an image. */
  averagePoolBackward: { dx: Operand; dy: Operand; P: number; C: number; tiles: number };
  /** dx = dy where y > 0, else 0. */
  reluBackward: { dx: Operand; dy: Operand; y: Operand; count: number };
  /**
   * dlogits = (softmax - onehot) / N, the gradient of the mean over n of -log softmax(logits[n])[label[n]].
   * Adds to totals: [0] += sum of the rows' losses, [1] += rows whose largest logit (first on ties) is the label. Writes into
   * report: [0] the mean loss, [1] and [2] the totals as they are after this step, which the next step changes.
   * labels: a byte each.
   */
  crossEntropy: { report: Operand; dlogits: Operand; totals: Operand; logits: Operand; labels: Operand; N: number; K: number };
  /** r[i] = logits[i][1] - logits[i][0]. */
  logOdds: { r: Operand; logits: Operand; count: number };
  /** dlogits[i] = (-1, 1): the gradient of r[i]. */
  logOddsBackward: { dlogits: Operand; count: number };
  /**
   * map[p] = sum over c of dx[p][c], the derivative by the grey level of pixel p; or, given bytes[P][C], the pixel's share of
   * r in a linear model, sum over c of dx[p][c] * bytes[p][c] / 255. A tile is `row` pixels.
   */
  pixelMap: { map: Operand; dx: Operand; bytes: Operand | 0; row: number; C: number; tiles: number };
  /**
   * Advances the step. state (f64 x 5): lr, beta1, beta2, beta1^t, beta2^t; schedule: a factor of lr. Writes hyper (f32 x 6):
   * beta1, beta2, 1 - beta1, 1 - beta2, schedule lr/(1 - beta1^t), 1/sqrt(1 - beta2^t), each rounded once.
   */
  adamStep: { hyper: Operand; state: Operand; schedule: Operand };
  /** Updates w, m, v [count] from g [count]; count is a multiple of 8. */
  adam: { w: Operand; m: Operand; v: Operand; g: Operand; hyper: Operand; count: number; eps: number };
  /** x[i] = bytes[i] / 255, as torchvision's ToTensor. A tile is a row of `row` bytes. */
  pixels: { x: Operand; bytes: Operand; row: number; tiles: number };
  /** x[N][H+2*pad][W+2*pad][C] from bytes[N][H][W][C], with a border of zeros. A tile is an image. */
  pixelsPadded: { x: Operand; bytes: Operand; H: number; W: number; C: number; pad: number; tiles: number };
  /**
   * x[n][h][w] = (x - mean) / std by channel, inside a border of pad pixels that stays as it is: torchvision's Normalize.
   * x[N][H+2*pad][W+2*pad][3]; a tile is an image.
   */
  normalize: { x: Operand; H: number; W: number; pad: number; meanR: number; meanG: number; meanB: number; stdR: number; stdG: number; stdB: number; tiles: number };
  /**
   * out[n][y][x] = contrast * (v - mean v) + mean v,  v = min(255, brightness * input[n] at (a x + b y + c, d x + e y + f))
   * transforms[n] = a b c d e f brightness contrast; pixels have their centres at whole coordinates. Between pixels: bilinear,
   * the edge continued by half a pixel (as torchvision resizes without antialias); beyond: 0 (as it rotates). The mean of v is taken
   * over the image in grey, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601). v and out are rounded to uint8, ties to even. A tile is an
   * image of three channels, H and W at least 2.
   */
  augment: { out: Operand; input: Operand; transforms: Operand; H: number; W: number; tiles: number };
  /**
   * out[n] = input[n], smoothed along both axes by weights exp(-t^2 / (2 sigma^2)) that sum to 1, |t| <= ceil(3 sigma), at most 31;
   * the image goes on mirrored about its first and last pixels, and no further than it is long. As torchvision's gaussian_blur with
   * kernel_size 2 ceil(3 sigma) + 1; sigma 0 copies. Rounded to uint8, ties to even. A tile is an image of three channels.
   */
  blur: { out: Operand; input: Operand; sigmas: Operand; H: number; W: number; tiles: number };
  /**
   * out[y][x][c] = clip8(2^21 + sum_t weights[x][t] * input[y][first_x + t][c] >> 22)
   * out: u8 [rows][outWidth][channels], input: u8 [rows][inWidth][channels], channels 1 or 3,
   * bounds: i32 [outWidth][2], weights: i32 [outWidth][taps]. Tile: one row.
   */
  resizeHorizontal: { out: Operand; input: Operand; bounds: Operand; weights: Operand; inWidth: number; outWidth: number; channels: number; taps: number; tiles: number };
  /**
   * out[y][i] = clip8(2^21 + sum_t weights[y][t] * input[first_y + t][i] >> 22)
   * out: u8 [outHeight][rowBytes], input: u8 [inHeight][rowBytes], bounds: i32 [outHeight][2], weights: i32 [outHeight][taps].
   * Tile: one output row.
   */
  resizeVertical: { out: Operand; input: Operand; bounds: Operand; weights: Operand; rowBytes: number; taps: number; tiles: number };
}

/** By name: in which order the arguments go, and how many bytes a call may touch from each address on. */
export const KERNELS: Record<keyof KernelArguments, KernelSpec> = {
  packPanels: {
    parameters: ["panels", "b", "N", "K", "ldb"],
    operands: [
      { name: "panels", role: "out", optional: false, bytes: (a) => 4 * ceilDiv(a.N, PANEL) * a.K * PANEL },
      { name: "b", role: "in", optional: false, bytes: (a) => 4 * ((a.K - 1) * a.ldb + a.N) },
    ],
    tiles: (a) => ceilDiv(a.N, PANEL),
  },
  transposePanels: {
    parameters: ["out", "panels", "T", "C", "O"],
    operands: [
      { name: "out", role: "out", optional: false, bytes: (a) => 4 * ceilDiv(a.C, PANEL) * a.T * a.O * PANEL },
      { name: "panels", role: "in", optional: false, bytes: (a) => 4 * ceilDiv(a.O, PANEL) * a.T * a.C * PANEL },
    ],
    tiles: (a) => ceilDiv(a.C, PANEL),
  },
  matmul: {
    parameters: ["c", "a", "panels", "scratch", "M", "N", "K", "lda", "ldc", "accumulate"],
    operands: [
      { name: "c", role: "inout", optional: false, bytes: (a) => 4 * ((a.M - 1) * a.ldc + a.N) },
      { name: "a", role: "in", optional: false, bytes: (a) => 4 * ((a.M - 1) * a.lda + a.K) },
      { name: "panels", role: "in", optional: false, bytes: (a) => 4 * ceilDiv(a.N, PANEL) * a.K * PANEL },
    ],
    scratch: (_, k) => k.matmulScratch(),
    tiles: (a, k) => k.matmulTiles(a.M, a.N),
    flops: (a) => 2 * a.M * a.N * a.K,
  },
  linearPartials: {
    parameters: ["partial", "x", "panels", "scratch", "N", "I", "O"],
    operands: [
      { name: "partial", role: "out", optional: false, bytes: (a, k) => 4 * k.linearChunks(a.I) * a.N * ceilDiv(a.O, PANEL) * PANEL },
      { name: "x", role: "in", optional: false, bytes: (a) => 4 * a.N * a.I },
      { name: "panels", role: "in", optional: false, bytes: (a) => 4 * ceilDiv(a.O, PANEL) * a.I * PANEL },
    ],
    scratch: (_, k) => k.matmulScratch(),
    tiles: (a, k) => k.linearChunks(a.I) * ceilDiv(a.O, PANEL),
    flops: (a) => 2 * a.N * a.I * a.O,
  },
  linearSum: {
    parameters: ["y", "partial", "bias", "N", "O", "chunks", "relu"],
    operands: [
      { name: "y", role: "out", optional: false, bytes: (a) => 4 * a.N * a.O },
      { name: "partial", role: "in", optional: false, bytes: (a) => 4 * a.chunks * a.N * ceilDiv(a.O, PANEL) * PANEL },
      { name: "bias", role: "in", optional: false, bytes: (a) => 4 * a.O },
    ],
    tiles: (a) => a.N,
  },
  linearBackwardWeights: {
    parameters: ["dw", "x", "dyPanels", "scratch", "N", "I", "O"],
    operands: [
      { name: "dw", role: "out", optional: false, bytes: (a) => 4 * ceilDiv(a.O, PANEL) * a.I * PANEL },
      { name: "x", role: "in", optional: false, bytes: (a) => 4 * a.N * a.I },
      { name: "dyPanels", role: "in", optional: false, bytes: (a) => 4 * ceilDiv(a.O, PANEL) * a.N * PANEL },
    ],
    scratch: (a, k) => k.linearBackwardWeightsScratch(a.N),
    tiles: (a, k) => k.linearBackwardWeightsTiles(a.I),
    flops: (a) => 2 * a.N * a.I * a.O,
  },
  linearUpdate: {
    parameters: ["w", "m", "v", "x", "dyPanels", "hyper", "scratch", "N", "I", "O", "eps"],
    operands: [
      { name: "w", role: "inout", optional: false, bytes: (a) => 4 * ceilDiv(a.O, PANEL) * a.I * PANEL },
      { name: "m", role: "inout", optional: false, bytes: (a) => 4 * ceilDiv(a.O, PANEL) * a.I * PANEL },
      { name: "v", role: "inout", optional: false, bytes: (a) => 4 * ceilDiv(a.O, PANEL) * a.I * PANEL },
      { name: "x", role: "in", optional: false, bytes: (a) => 4 * a.N * a.I },
      { name: "dyPanels", role: "in", optional: false, bytes: (a) => 4 * ceilDiv(a.O, PANEL) * a.N * PANEL },
      { name: "hyper", role: "in", optional: false, bytes: () => 4 * ADAM_HYPER },
    ],
    scratch: (a, k) => k.linearBackwardWeightsScratch(a.N),
    tiles: (a, k) => k.linearBackwardWeightsTiles(a.I),
    flops: (a) => 2 * a.N * a.I * a.O,
  },
  biasGradient: {
    parameters: ["db", "dy", "N", "O"],
    operands: [
      { name: "db", role: "out", optional: false, bytes: (a) => 4 * a.O },
      { name: "dy", role: "in", optional: false, bytes: (a) => 4 * a.N * a.O },
    ],
    tiles: () => 1,
  },
  linearBackwardInput: {
    parameters: ["dx", "dyPanels", "panels", "N", "I", "O"],
    operands: [
      { name: "dx", role: "out", optional: false, bytes: (a) => 4 * a.N * a.I },
      { name: "dyPanels", role: "in", optional: false, bytes: (a) => 4 * ceilDiv(a.O, PANEL) * a.N * PANEL },
      { name: "panels", role: "in", optional: false, bytes: (a) => 4 * ceilDiv(a.O, PANEL) * a.I * PANEL },
    ],
    tiles: (a, k) => k.linearChunks(a.I),
    flops: (a) => 2 * a.N * a.I * a.O,
  },
  narrowLinearPartials: {
    parameters: ["partial", "x", "w", "N", "I", "O"],
    operands: [
      { name: "partial", role: "out", optional: false, bytes: (a, k) => 4 * k.narrowLinearChunks(a.I) * a.N * a.O },
      { name: "x", role: "in", optional: false, bytes: (a) => 4 * a.N * a.I },
      { name: "w", role: "in", optional: false, bytes: (a) => 4 * a.O * a.I },
    ],
    tiles: (a, k) => k.narrowLinearChunks(a.I),
    flops: (a) => 2 * a.N * a.I * a.O,
  },
  narrowLinearSum: {
    parameters: ["y", "partial", "bias", "N", "O", "chunks"],
    operands: [
      { name: "y", role: "out", optional: false, bytes: (a) => 4 * a.N * a.O },
      { name: "partial", role: "in", optional: false, bytes: (a) => 4 * a.chunks * a.N * a.O },
      { name: "bias", role: "in", optional: false, bytes: (a) => 4 * a.O },
    ],
    tiles: () => 1,
  },
  narrowLinearBackwardWeights: {
    parameters: ["dw", "x", "dy", "N", "I", "O"],
    operands: [
      { name: "dw", role: "out", optional: false, bytes: (a) => 4 * a.O * a.I },
      { name: "x", role: "in", optional: false, bytes: (a) => 4 * a.N * a.I },
      { name: "dy", role: "in", optional: false, bytes: (a) => 4 * a.N * a.O },
    ],
    tiles: (a, k) => k.narrowLinearChunks(a.I),
    flops: (a) => 2 * a.N * a.I * a.O,
  },
  narrowLinearPixelsPartials: {
    parameters: ["partial", "bytes", "w", "scratch", "N", "I", "O"],
    operands: [
      { name: "partial", role: "out", optional: false, bytes: (a, k) => 4 * k.narrowLinearChunks(a.I) * a.N * a.O },
      { name: "bytes", role: "in", optional: false, bytes: (a) => a.N * a.I },
      { name: "w", role: "in", optional: false, bytes: (a) => 4 * a.O * a.I },
    ],
    scratch: (_, k) => k.narrowLinearPixelsScratch(),
    tiles: (a, k) => k.narrowLinearChunks(a.I),
    flops: (a) => 2 * a.N * a.I * a.O,
  },
  narrowLinearPixelsBackwardWeights: {
    parameters: ["dw", "bytes", "dy", "scratch", "N", "I", "O"],
    operands: [
      { name: "dw", role: "out", optional: false, bytes: (a) => 4 * a.O * a.I },
      { name: "bytes", role: "in", optional: false, bytes: (a) => a.N * a.I },
      { name: "dy", role: "in", optional: false, bytes: (a) => 4 * a.N * a.O },
    ],
    scratch: (_, k) => k.narrowLinearPixelsScratch(),
    tiles: (a, k) => k.narrowLinearChunks(a.I),
    flops: (a) => 2 * a.N * a.I * a.O,
  },
  narrowLinearBackwardData: {
    parameters: ["dx", "dy", "w", "I", "O"],
    operands: [
      { name: "dx", role: "out", optional: false, bytes: (a) => 4 * a.tiles * a.I },
      { name: "dy", role: "in", optional: false, bytes: (a) => 4 * a.tiles * a.O },
      { name: "w", role: "in", optional: false, bytes: (a) => 4 * a.O * a.I },
    ],
    flops: (a) => 2 * a.tiles * a.I * a.O,
  },
  conv2d: {
    parameters: ["y", "x", "panels", "scratch", "N", "H", "W", "pixel", "depth", "OH", "OW", "O", "R", "S", "stride", "pad", "scale", "shift", "residual", "relu"],
    operands: [
      { name: "y", role: "out", optional: false, bytes: (a) => 4 * a.N * a.OH * a.OW * a.O },
      { name: "x", role: "in", optional: false, bytes: (a) => 4 * a.N * a.H * a.W * a.pixel },
      { name: "panels", role: "in", optional: false, bytes: (a) => 4 * ceilDiv(a.O, PANEL) * a.R * a.S * a.depth * PANEL },
      { name: "scale", role: "in", optional: true, bytes: (a) => 4 * a.O },
      { name: "shift", role: "in", optional: true, bytes: (a) => 4 * a.O },
      { name: "residual", role: "in", optional: true, bytes: (a) => 4 * a.N * a.OH * a.OW * a.O },
    ],
    scratch: (a, k) => k.conv2dScratch(a.R, a.S, a.depth),
    tiles: (a, k) => k.conv2dTiles(a.N, a.OH, a.OW, a.O),
    flops: (a) => 2 * a.N * a.OH * a.OW * a.O * a.R * a.S * a.depth,
  },
  conv2dBackwardData: {
    parameters: ["dx", "dy", "panels", "scratch", "N", "H", "W", "C", "OH", "OW", "O", "R", "S", "stride", "pad", "accumulate"],
    operands: [
      { name: "dx", role: "inout", optional: false, bytes: (a) => 4 * a.N * a.H * a.W * a.C },
      { name: "dy", role: "in", optional: false, bytes: (a) => 4 * a.N * a.OH * a.OW * a.O },
      { name: "panels", role: "in", optional: false, bytes: (a) => 4 * ceilDiv(a.C, PANEL) * a.R * a.S * a.O * PANEL },
    ],
    scratch: (a, k) => k.conv2dScratch(a.R, a.S, a.O),
    tiles: (a, k) => k.conv2dBackwardDataTiles(a.N, a.H, a.W, a.C, a.stride),
    flops: (a) => 2 * a.N * a.OH * a.OW * a.O * a.R * a.S * a.C,
  },
  conv2dBackwardWeights: {
    parameters: ["partial", "x", "dy", "scratch", "N", "H", "W", "pixel", "depth", "OH", "OW", "O", "R", "S", "stride", "pad"],
    operands: [
      { name: "partial", role: "out", optional: false, bytes: (a, k) => 4 * k.conv2dBackwardWeightsSplits(a.N, a.O, a.R, a.S, a.depth) * ceilDiv(a.O, PANEL) * a.R * a.S * a.depth * PANEL },
      { name: "x", role: "in", optional: false, bytes: (a) => 4 * a.N * a.H * a.W * a.pixel },
      { name: "dy", role: "in", optional: false, bytes: (a) => 4 * a.N * a.OH * a.OW * a.O },
    ],
    scratch: (a, k) => k.conv2dBackwardWeightsScratch(a.R, a.S, a.depth),
    tiles: (a, k) => k.conv2dBackwardWeightsTiles(a.N, a.O, a.R, a.S, a.depth),
    flops: (a) => 2 * a.N * a.OH * a.OW * a.O * a.R * a.S * a.depth,
  },
  sumSplits: {
    parameters: ["out", "partial", "count", "splits"],
    operands: [
      { name: "out", role: "out", optional: false, bytes: (a) => 4 * a.count },
      { name: "partial", role: "in", optional: false, bytes: (a) => 4 * a.splits * a.count },
    ],
    tiles: (a, k) => k.sumSplitsTiles(a.count),
  },
  winogradInput: {
    parameters: ["v", "x", "scratch", "H", "W", "C", "T", "ldv", "plane"],
    operands: [
      { name: "v", role: "out", optional: false, bytes: (a) => 4 * FREQUENCIES * a.plane },
      { name: "x", role: "in", optional: false, bytes: (a, k) => 4 * a.T / k.winogradPatches(1, a.H, a.W) * a.H * a.W * a.C },
    ],
    scratch: (a, k) => k.winogradScratch(a.C),
    tiles: (a, k) => k.winogradTransformTiles(a.T),
  },
  winogradGradient: {
    parameters: ["z", "dy", "scratch", "H", "W", "O", "T", "plane"],
    operands: [
      { name: "z", role: "out", optional: false, bytes: (a) => 4 * FREQUENCIES * a.plane },
      { name: "dy", role: "in", optional: false, bytes: (a, k) => 4 * a.T / k.winogradPatches(1, a.H, a.W) * a.H * a.W * a.O },
    ],
    scratch: (a, k) => k.winogradScratch(a.O),
    tiles: (a, k) => k.winogradTransformTiles(a.T),
  },
  winogradOutput: {
    parameters: ["y", "m", "scratch", "H", "W", "O", "T", "plane", "accumulate", "scale", "shift", "residual", "relu"],
    operands: [
      { name: "y", role: "inout", optional: false, bytes: (a, k) => 4 * a.T / k.winogradPatches(1, a.H, a.W) * a.H * a.W * a.O },
      { name: "m", role: "in", optional: false, bytes: (a) => 4 * FREQUENCIES * a.plane },
      { name: "scale", role: "in", optional: true, bytes: (a) => 4 * a.O },
      { name: "shift", role: "in", optional: true, bytes: (a) => 4 * a.O },
      { name: "residual", role: "in", optional: true, bytes: (a, k) => 4 * a.T / k.winogradPatches(1, a.H, a.W) * a.H * a.W * a.O },
    ],
    scratch: (a, k) => k.winogradScratch(a.O),
    tiles: (a, k) => k.winogradTransformTiles(a.T),
  },
  winogradWeights: {
    parameters: ["u", "panels", "scratch", "O", "C", "turn"],
    operands: [
      { name: "u", role: "out", optional: false, bytes: (a, k) => 4 * FREQUENCIES * k.winogradWeightPlane(a.O, a.C) },
      { name: "panels", role: "in", optional: false, bytes: (a) => 4 * 9 * a.O * a.C },
    ],
    scratch: (a, k) => k.winogradScratch(Math.max(a.C, a.O)),
    tiles: (a, k) => k.winogradWeightTiles(a.O, a.C),
  },
  winogradWeightsGradient: {
    parameters: ["dw", "s", "scratch", "O", "C"],
    operands: [
      { name: "dw", role: "out", optional: false, bytes: (a) => 4 * 9 * a.O * a.C },
      { name: "s", role: "in", optional: false, bytes: (a, k) => 4 * FREQUENCIES * k.winogradWeightPlane(a.O, a.C) },
    ],
    scratch: (a, k) => k.winogradScratch(Math.max(a.C, a.O)),
    tiles: (a, k) => k.winogradWeightTiles(a.O, a.C),
  },
  winogradProducts: {
    parameters: ["m", "v", "u", "scratch", "T", "C", "O", "ldv", "planeM", "planeV"],
    operands: [
      { name: "m", role: "out", optional: false, bytes: (a) => 4 * FREQUENCIES * a.planeM },
      { name: "v", role: "in", optional: false, bytes: (a) => 4 * FREQUENCIES * a.planeV },
      { name: "u", role: "in", optional: false, bytes: (a, k) => 4 * FREQUENCIES * k.winogradWeightPlane(a.O, a.C) },
    ],
    scratch: (a, k) => k.winogradScratch(Math.max(a.C, a.O)),
    tiles: (a, k) => k.winogradProductTiles(a.T, a.O),
    flops: (a) => 2 * FREQUENCIES * a.T * a.C * a.O,
  },
  winogradWeightProducts: {
    parameters: ["s", "v", "z", "scratch", "T", "C", "O", "ldv", "planeV", "planeZ", "accumulate"],
    operands: [
      { name: "s", role: "inout", optional: false, bytes: (a, k) => 4 * FREQUENCIES * k.winogradWeightPlane(a.O, a.C) },
      { name: "v", role: "in", optional: false, bytes: (a) => 4 * FREQUENCIES * a.planeV },
      { name: "z", role: "in", optional: false, bytes: (a) => 4 * FREQUENCIES * a.planeZ },
    ],
    scratch: (a, k) => k.winogradScratch(Math.max(a.C, a.O)),
    tiles: (a, k) => k.winogradProductTiles(a.C, a.O),
    flops: (a) => 2 * FREQUENCIES * a.T * a.C * a.O,
  },
  winogradFused: {
    parameters: ["y", "x", "u", "scratch", "H", "W", "C", "O", "T", "accumulate", "scale", "shift", "residual", "relu"],
    operands: [
      { name: "y", role: "inout", optional: false, bytes: (a, k) => 4 * a.T / k.winogradPatches(1, a.H, a.W) * a.H * a.W * a.O },
      { name: "x", role: "in", optional: false, bytes: (a, k) => 4 * a.T / k.winogradPatches(1, a.H, a.W) * a.H * a.W * a.C },
      { name: "u", role: "in", optional: false, bytes: (a, k) => 4 * FREQUENCIES * k.winogradWeightPlane(a.O, a.C) },
      { name: "scale", role: "in", optional: true, bytes: (a) => 4 * a.O },
      { name: "shift", role: "in", optional: true, bytes: (a) => 4 * a.O },
      { name: "residual", role: "in", optional: true, bytes: (a, k) => 4 * a.T / k.winogradPatches(1, a.H, a.W) * a.H * a.W * a.O },
    ],
    scratch: (a, k) => k.winogradFusedScratch(a.C, a.O),
    tiles: (a, k) => k.winogradFusedTiles(a.T),
    flops: (a) => 2 * FREQUENCIES * a.T * a.C * a.O,
  },
  im2col: {
    parameters: ["columns", "x", "H", "W", "C", "OH", "OW", "R", "S", "stride", "pad"],
    operands: [
      { name: "columns", role: "out", optional: false, bytes: (a) => 4 * a.tiles * a.OW * a.R * a.S * a.C },
      { name: "x", role: "in", optional: false, bytes: (a) => 4 * a.tiles / a.OH * a.H * a.W * a.C },
    ],
  },
  batchNormPartials: {
    parameters: ["partial", "x", "P", "C"],
    operands: [
      { name: "partial", role: "out", optional: false, bytes: (a, k) => 4 * k.batchNormChunks(a.P) * 2 * a.C },
      { name: "x", role: "in", optional: false, bytes: (a) => 4 * a.P * a.C },
    ],
    tiles: (a, k) => k.batchNormChunks(a.P),
  },
  batchNormStatistics: {
    parameters: ["mean", "invstd", "runningMean", "runningVar", "partial", "P", "C", "momentum", "eps"],
    operands: [
      { name: "mean", role: "out", optional: false, bytes: (a) => 4 * a.C },
      { name: "invstd", role: "out", optional: false, bytes: (a) => 4 * a.C },
      { name: "runningMean", role: "inout", optional: false, bytes: (a) => 4 * a.C },
      { name: "runningVar", role: "inout", optional: false, bytes: (a) => 4 * a.C },
      { name: "partial", role: "in", optional: false, bytes: (a, k) => 4 * k.batchNormChunks(a.P) * 2 * a.C },
    ],
    tiles: (a, k) => k.batchNormMergeTiles(a.C),
  },
  invertStd: {
    parameters: ["invstd", "variance", "C", "eps"],
    operands: [
      { name: "invstd", role: "out", optional: false, bytes: (a) => 4 * a.C },
      { name: "variance", role: "in", optional: false, bytes: (a) => 4 * a.C },
    ],
    tiles: () => 1,
  },
  foldBatchNorm: {
    parameters: ["scale", "shift", "gamma", "beta", "mean", "variance", "C", "eps"],
    operands: [
      { name: "scale", role: "out", optional: false, bytes: (a) => 4 * a.C },
      { name: "shift", role: "out", optional: false, bytes: (a) => 4 * a.C },
      { name: "gamma", role: "in", optional: false, bytes: (a) => 4 * a.C },
      { name: "beta", role: "in", optional: false, bytes: (a) => 4 * a.C },
      { name: "mean", role: "in", optional: false, bytes: (a) => 4 * a.C },
      { name: "variance", role: "in", optional: false, bytes: (a) => 4 * a.C },
    ],
    tiles: () => 1,
  },
  batchNorm: {
    parameters: ["y", "x", "mean", "invstd", "gamma", "beta", "residual", "P", "C", "relu"],
    operands: [
      { name: "y", role: "out", optional: false, bytes: (a) => 4 * a.P * a.C },
      { name: "x", role: "in", optional: false, bytes: (a) => 4 * a.P * a.C },
      { name: "mean", role: "in", optional: false, bytes: (a) => 4 * a.C },
      { name: "invstd", role: "in", optional: false, bytes: (a) => 4 * a.C },
      { name: "gamma", role: "in", optional: false, bytes: (a) => 4 * a.C },
      { name: "beta", role: "in", optional: false, bytes: (a) => 4 * a.C },
      { name: "residual", role: "in", optional: true, bytes: (a) => 4 * a.P * a.C },
    ],
    tiles: (a, k) => k.batchNormTiles(a.P),
  },
  batchNormBackwardPartials: {
    parameters: ["partial", "dy", "y", "x", "mean", "invstd", "P", "C"],
    operands: [
      { name: "partial", role: "out", optional: false, bytes: (a, k) => 4 * k.batchNormChunks(a.P) * 2 * a.C },
      { name: "dy", role: "in", optional: false, bytes: (a) => 4 * a.P * a.C },
      { name: "y", role: "in", optional: true, bytes: (a) => 4 * a.P * a.C },
      { name: "x", role: "in", optional: false, bytes: (a) => 4 * a.P * a.C },
      { name: "mean", role: "in", optional: false, bytes: (a) => 4 * a.C },
      { name: "invstd", role: "in", optional: false, bytes: (a) => 4 * a.C },
    ],
    tiles: (a, k) => k.batchNormChunks(a.P),
  },
  batchNormBackwardSums: {
    parameters: ["dgamma", "dbeta", "partial", "P", "C"],
    operands: [
      { name: "dgamma", role: "out", optional: false, bytes: (a) => 4 * a.C },
      { name: "dbeta", role: "out", optional: false, bytes: (a) => 4 * a.C },
      { name: "partial", role: "in", optional: false, bytes: (a, k) => 4 * k.batchNormChunks(a.P) * 2 * a.C },
    ],
    tiles: (a, k) => k.batchNormMergeTiles(a.C),
  },
  batchNormBackward: {
    parameters: ["dx", "dresidual", "dy", "y", "x", "mean", "invstd", "gamma", "dgamma", "dbeta", "scratch", "P", "C", "accumulate"],
    operands: [
      { name: "dx", role: "out", optional: false, bytes: (a) => 4 * a.P * a.C },
      { name: "dresidual", role: "inout", optional: true, bytes: (a) => 4 * a.P * a.C },
      { name: "dy", role: "in", optional: false, bytes: (a) => 4 * a.P * a.C },
      { name: "y", role: "in", optional: true, bytes: (a) => 4 * a.P * a.C },
      { name: "x", role: "in", optional: false, bytes: (a) => 4 * a.P * a.C },
      { name: "mean", role: "in", optional: false, bytes: (a) => 4 * a.C },
      { name: "invstd", role: "in", optional: false, bytes: (a) => 4 * a.C },
      { name: "gamma", role: "in", optional: false, bytes: (a) => 4 * a.C },
      { name: "dgamma", role: "in", optional: false, bytes: (a) => 4 * a.C },
      { name: "dbeta", role: "in", optional: false, bytes: (a) => 4 * a.C },
    ],
    scratch: (a, k) => k.batchNormBackwardScratch(a.C),
    tiles: (a, k) => k.batchNormTiles(a.P),
  },
  maxPool: {
    parameters: ["y", "winner", "x", "scratch", "H", "W", "C", "OH", "OW"],
    operands: [
      { name: "y", role: "out", optional: false, bytes: (a) => 4 * a.tiles * a.OW * a.C },
      { name: "winner", role: "out", optional: true, bytes: (a) => a.tiles * a.OW * a.C },
      { name: "x", role: "in", optional: false, bytes: (a) => 4 * a.tiles / a.OH * a.H * a.W * a.C },
    ],
    scratch: (a, k) => k.maxPoolScratch(a.C),
  },
  maxPoolBackward: {
    parameters: ["dx", "dy", "winner", "H", "W", "C", "OH", "OW"],
    operands: [
      { name: "dx", role: "out", optional: false, bytes: (a) => 4 * a.tiles * a.W * a.C },
      { name: "dy", role: "in", optional: false, bytes: (a) => 4 * a.tiles / a.H * a.OH * a.OW * a.C },
      { name: "winner", role: "in", optional: false, bytes: (a) => a.tiles / a.H * a.OH * a.OW * a.C },
    ],
  },
  averagePool: {
    parameters: ["y", "x", "P", "C"],
    operands: [
      { name: "y", role: "out", optional: false, bytes: (a) => 4 * a.tiles * a.C },
      { name: "x", role: "in", optional: false, bytes: (a) => 4 * a.tiles * a.P * a.C },
    ],
  },
  averagePoolBackward: {
    parameters: ["dx", "dy", "P", "C"],
    operands: [
      { name: "dx", role: "out", optional: false, bytes: (a) => 4 * a.tiles * a.P * a.C },
      { name: "dy", role: "in", optional: false, bytes: (a) => 4 * a.tiles * a.C },
    ],
  },
  reluBackward: {
    parameters: ["dx", "dy", "y", "count"],
    operands: [
      { name: "dx", role: "out", optional: false, bytes: (a) => 4 * a.count },
      { name: "dy", role: "in", optional: false, bytes: (a) => 4 * a.count },
      { name: "y", role: "in", optional: false, bytes: (a) => 4 * a.count },
    ],
    tiles: (a, k) => k.elementwiseTiles(a.count),
  },
  crossEntropy: {
    parameters: ["report", "dlogits", "totals", "logits", "labels", "N", "K"],
    operands: [
      { name: "report", role: "out", optional: false, bytes: () => 8 * STEP_REPORT },
      { name: "dlogits", role: "out", optional: false, bytes: (a) => 4 * a.N * a.K },
      { name: "totals", role: "inout", optional: false, bytes: () => 8 * 2 },
      { name: "logits", role: "in", optional: false, bytes: (a) => 4 * a.N * a.K },
      { name: "labels", role: "in", optional: false, bytes: (a) => a.N },
    ],
    tiles: () => 1,
  },
  logOdds: {
    parameters: ["r", "logits", "count"],
    operands: [
      { name: "r", role: "out", optional: false, bytes: (a) => 4 * a.count },
      { name: "logits", role: "in", optional: false, bytes: (a) => 4 * 2 * a.count },
    ],
    tiles: () => 1,
  },
  logOddsBackward: {
    parameters: ["dlogits", "count"],
    operands: [
      { name: "dlogits", role: "out", optional: false, bytes: (a) => 4 * 2 * a.count },
    ],
    tiles: () => 1,
  },
  pixelMap: {
    parameters: ["map", "dx", "bytes", "row", "C"],
    operands: [
      { name: "map", role: "out", optional: false, bytes: (a) => 4 * a.tiles * a.row },
      { name: "dx", role: "in", optional: false, bytes: (a) => 4 * a.tiles * a.row * a.C },
      { name: "bytes", role: "in", optional: true, bytes: (a) => a.tiles * a.row * a.C },
    ],
  },
  adamStep: {
    parameters: ["hyper", "state", "schedule"],
    operands: [
      { name: "hyper", role: "out", optional: false, bytes: () => 4 * ADAM_HYPER },
      { name: "state", role: "inout", optional: false, bytes: () => 8 * ADAM_STATE },
      { name: "schedule", role: "in", optional: false, bytes: () => 8 * 1 },
    ],
    tiles: () => 1,
  },
  adam: {
    parameters: ["w", "m", "v", "g", "hyper", "count", "eps"],
    operands: [
      { name: "w", role: "inout", optional: false, bytes: (a) => 4 * a.count },
      { name: "m", role: "inout", optional: false, bytes: (a) => 4 * a.count },
      { name: "v", role: "inout", optional: false, bytes: (a) => 4 * a.count },
      { name: "g", role: "in", optional: false, bytes: (a) => 4 * a.count },
      { name: "hyper", role: "in", optional: false, bytes: () => 4 * ADAM_HYPER },
    ],
    tiles: (a, k) => k.adamTiles(a.count),
  },
  pixels: {
    parameters: ["x", "bytes", "row"],
    operands: [
      { name: "x", role: "out", optional: false, bytes: (a) => 4 * a.tiles * a.row },
      { name: "bytes", role: "in", optional: false, bytes: (a) => a.tiles * a.row },
    ],
  },
  pixelsPadded: {
    parameters: ["x", "bytes", "H", "W", "C", "pad"],
    operands: [
      { name: "x", role: "out", optional: false, bytes: (a) => 4 * (a.tiles * (a.H + 2 * a.pad) * (a.W + 2 * a.pad) * a.C) },
      { name: "bytes", role: "in", optional: false, bytes: (a) => a.tiles * a.H * a.W * a.C },
    ],
  },
  normalize: {
    parameters: ["x", "H", "W", "pad", "meanR", "meanG", "meanB", "stdR", "stdG", "stdB"],
    operands: [
      { name: "x", role: "inout", optional: false, bytes: (a) => 4 * (a.tiles * (a.H + 2 * a.pad) * (a.W + 2 * a.pad) * 3) },
    ],
  },
  augment: {
    parameters: ["out", "input", "transforms", "H", "W"],
    operands: [
      { name: "out", role: "out", optional: false, bytes: (a) => a.tiles * a.H * a.W * 3 },
      { name: "input", role: "in", optional: false, bytes: (a) => a.tiles * a.H * a.W * 3 },
      { name: "transforms", role: "in", optional: false, bytes: (a) => 4 * a.tiles * TRANSFORM },
    ],
  },
  blur: {
    parameters: ["out", "input", "sigmas", "scratch", "H", "W"],
    operands: [
      { name: "out", role: "out", optional: false, bytes: (a) => a.tiles * a.H * a.W * 3 },
      { name: "input", role: "in", optional: false, bytes: (a) => a.tiles * a.H * a.W * 3 },
      { name: "sigmas", role: "in", optional: false, bytes: (a) => 4 * a.tiles },
    ],
    scratch: (a, k) => k.blurScratch(a.H, a.W),
  },
  resizeHorizontal: {
    parameters: ["out", "input", "bounds", "weights", "inWidth", "outWidth", "channels", "taps"],
    operands: [
      { name: "out", role: "out", optional: false, bytes: (a) => a.tiles * a.outWidth * a.channels },
      { name: "input", role: "in", optional: false, bytes: (a) => a.tiles * a.inWidth * a.channels },
      { name: "bounds", role: "in", optional: false, bytes: (a) => 4 * 2 * a.outWidth },
      { name: "weights", role: "in", optional: false, bytes: (a) => 4 * a.outWidth * a.taps },
    ],
  },
  resizeVertical: {
    parameters: ["out", "input", "bounds", "weights", "rowBytes", "taps"],
    operands: [
      { name: "out", role: "out", optional: false, bytes: (a) => a.tiles * a.rowBytes },
      { name: "input", role: "in", optional: false },
      { name: "bounds", role: "in", optional: false, bytes: (a) => 4 * 2 * a.tiles },
      { name: "weights", role: "in", optional: false, bytes: (a) => 4 * a.tiles * a.taps },
    ],
  },
};

/** What a model file may call, in the order of the numbers there; with the parameters that are f32. */
export const INFERENCE_KERNELS: Partial<Record<keyof KernelArguments, readonly string[]>> = {
  pixels: [],
  pixelsPadded: [],
  normalize: ["meanR", "meanG", "meanB", "stdR", "stdG", "stdB"],
  conv2d: [],
  maxPool: [],
  averagePool: [],
  winogradInput: [],
  winogradProducts: [],
  winogradOutput: [],
  foldBatchNorm: ["eps"],
  winogradWeights: [],
  narrowLinearPartials: [],
  narrowLinearSum: [],
  linearPartials: [],
  linearSum: [],
  logOdds: [],
  logOddsBackward: [],
  narrowLinearBackwardData: [],
  pixelMap: [],
  reluBackward: [],
  packPanels: [],
  linearBackwardInput: [],
  narrowLinearPixelsPartials: [],
};
