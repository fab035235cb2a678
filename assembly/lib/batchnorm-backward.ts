// Batch-norm's gradient with respect to its input, row by row:
//
//   dx = gamma * invstd * (g - dbeta/P - xhat * dgamma/P) = scale * ((g - shift) - (x - mean) * slope)
import { at, storePair } from "./lanes";

/** Bytes of worker scratch for the coefficients: three rows. */
export function coefficientBytes(C: i32): i32 {
  return 12 * C;
}

/** rows[3][C] = { scale, shift, slope } for P rows of x. */
export function backwardCoefficients(
  rows: usize, invstd: usize, gamma: usize, dgamma: usize, dbeta: usize, P: i32, C: i32,
): void {
  const perRow = f32x4.splat(1 / <f32>P);
  for (let c = 0; c < C; c += 4) {
    const std = v128.load(at(invstd, c));
    v128.store(at(rows, c), f32x4.mul(v128.load(at(gamma, c)), std));
    v128.store(at(rows, C + c), f32x4.mul(v128.load(at(dbeta, c)), perRow));
    v128.store(at(rows, 2 * C + c), f32x4.mul(f32x4.mul(v128.load(at(dgamma, c)), perRow), std));
  }
}

/** The gradient g behind a ReLU: g where its result y > 0; all of it where `all` has ones. */
// @ts-ignore: decorator
@inline
export function gated(g: v128, y: v128, all: v128): v128 {
  return v128.and(g, v128.or(f32x4.gt(y, f32x4.splat(0)), all));
}

/** dx[C] of x[C]; g = dy where y > 0, or dy if y is 0. */
export function backwardRow(dx: usize, dy: usize, y: usize, x: usize, mean: usize, rows: usize, C: i32): void {
  const all = i32x4.splat(y ? 0 : -1);
  const gate = y ? y : dy;
  for (let c = 0; c < C; c += 8) {
    const to = at(dx, c);
    const from = at(dy, c);
    const open = at(gate, c);
    const value = at(x, c);
    const mu = at(mean, c);
    const a = at(rows, c);
    const b = at(rows, C + c);
    const k = at(rows, 2 * C + c);
    const g0 = gated(v128.load(from), v128.load(open), all);
    const g1 = gated(v128.load(from, 16), v128.load(open, 16), all);
    const t0 = f32x4.mul(f32x4.sub(v128.load(value), v128.load(mu)), v128.load(k));
    const t1 = f32x4.mul(f32x4.sub(v128.load(value, 16), v128.load(mu, 16)), v128.load(k, 16));
    storePair(
      to,
      f32x4.mul(v128.load(a), f32x4.sub(f32x4.sub(g0, v128.load(b)), t0)),
      f32x4.mul(v128.load(a, 16), f32x4.sub(f32x4.sub(g1, v128.load(b, 16)), t1)),
    );
  }
}
