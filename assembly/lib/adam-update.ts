// Adam's arithmetic on adjacent floats, for `adam` and for `linearUpdate`, which applies a gradient without storing it.
import { at, fma, storePair } from "./lanes";

/** Adam over `count` floats (a multiple of 8) with gradients g; hyper as `adamStep` writes it. */
// @ts-ignore: decorator
@inline
export function adamUpdate(w: usize, m: usize, v: usize, g: usize, hyper: usize, count: i32, eps: f32): void {
  const beta1 = v128.load32_splat(hyper);
  const beta2 = v128.load32_splat(hyper, 4);
  const rate1 = v128.load32_splat(hyper, 8);
  const rate2 = v128.load32_splat(hyper, 12);
  const rate = v128.load32_splat(hyper, 16);
  const correction = v128.load32_splat(hyper, 20);
  const epsilon = f32x4.splat(eps);
  for (let i = 0; i < count; i += 8) {
    const ga = v128.load(at(g, i));
    const gb = v128.load(at(g, i), 16);
    const ma = fma(v128.load(at(m, i)), beta1, f32x4.mul(ga, rate1));
    const mb = fma(v128.load(at(m, i), 16), beta1, f32x4.mul(gb, rate1));
    const va = fma(v128.load(at(v, i)), beta2, f32x4.mul(f32x4.mul(ga, ga), rate2));
    const vb = fma(v128.load(at(v, i), 16), beta2, f32x4.mul(f32x4.mul(gb, gb), rate2));
    storePair(at(m, i), ma, mb);
    storePair(at(v, i), va, vb);
    const da = fma(f32x4.sqrt(va), correction, epsilon);
    const db = fma(f32x4.sqrt(vb), correction, epsilon);
    const wa = f32x4.sub(v128.load(at(w, i)), f32x4.mul(rate, f32x4.div(ma, da)));
    const wb = f32x4.sub(v128.load(at(w, i), 16), f32x4.mul(rate, f32x4.div(mb, db)));
    storePair(at(w, i), wa, wb);
  }
}
