import type { TensorSummary } from "./fixture.js";
import { projections, sampledIndexes } from "./formula.js";

/**
 * Estimates |ours - reference| / |reference| (L2, whole tensor) from the reference's summary. `ours` is in PyTorch's
 * layout (`transposeInner` of layout.ts gets it there).
 *
 * With r a vector of independent +-1 and d = ours - reference, E[(r . d)^2] = |d|^2; eight fixed r_k give
 *   |d|^2 ~ mean_k ((r_k . ours) - (r_k . reference))^2,
 * the mean of eight chi-squares, so |d| is right to about a quarter of itself (standard deviation). A single wrong
 * element shows in every projection. The sampled elements J give a second estimate,
 *   |d|^2 ~ size / |J| * sum_J d_j^2,
 * exact when J is the whole tensor (up to 64 elements). The answer is the larger of the two: an error spread evenly
 * shows in both, and values merely in other places cannot cancel in both.
 */
export function gradientError(ours: Float32Array, reference: TensorSummary): number {
  const size = reference.shape.reduce((product, extent) => product * extent, 1);
  if (ours.length !== size) throw new Error(`${reference.name}: ${ours.length} elements, PyTorch has ${size}`);
  const indexes = sampledIndexes(reference.number, size);
  let sampled = 0;
  indexes.forEach((index, j) => (sampled += (ours[index] - reference.samples[j]) ** 2));
  sampled *= size / indexes.length;
  if (indexes.length === size) return Math.sqrt(sampled) / reference.norm;

  const mine = projections(reference.number, ours);
  let projected = 0;
  reference.projections.forEach((theirs, k) => (projected += (mine[k] - theirs) ** 2));
  projected /= reference.projections.length;
  return Math.sqrt(Math.max(projected, sampled)) / reference.norm;
}
