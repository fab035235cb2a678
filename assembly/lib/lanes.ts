// Lane arithmetic shared by the kernels. Everything here is inlined: no globals, no data, no calls.

/** a*b + c on four lanes: one rounding with relaxed SIMD (an FMA on current CPUs), otherwise two. */
// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return f32x4.relaxed_madd(a, b, c);
  } else {
    return f32x4.add(f32x4.mul(a, b), c);
  }
}

/**
 * Stores eight floats at `to`. Both halves are computed before either is stored: V8's revectorizer combines two stores 16 bytes apart and
 * the operations before them, but not loads with a store between them. The high half is stored first: the other way round, V8 stores the low
 * half alone and then both again, which costs the transforms of Winograd an eighth to a fifth of their time.
 */
// @ts-ignore: decorator
@inline
export function storePair(to: usize, low: v128, high: v128): void {
  v128.store(to, high, 16);
  v128.store(to, low);
}

/** to[8] = from[8], plus to[8] where `keep` has ones. */
// @ts-ignore: decorator
@inline
export function addPair(to: usize, from: usize, keep: v128): void {
  storePair(
    to,
    f32x4.add(v128.load(from), v128.and(v128.load(to), keep)),
    f32x4.add(v128.load(from, 16), v128.and(v128.load(to, 16), keep)),
  );
}

/** (x0 + x2) + (x1 + x3): the only order in which four lanes are summed. */
// @ts-ignore: decorator
@inline
export function sumLanes(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 2) + (f32x4.extract_lane(x, 1) + f32x4.extract_lane(x, 3))
  );
}

/** Address of float i from p. */
// @ts-ignore: decorator
@inline
export function at(p: usize, i: i32): usize {
  return p + ((<usize>i) << 2);
}

// @ts-ignore: decorator
@inline
export function ceilDiv(a: i32, b: i32): i32 {
  return (a + b - 1) / b;
}

/** Eight floats as bytes, in both halves of the vector: rounded with ties to even, then clamped to 0..255. */
// @ts-ignore: decorator
@inline
export function toBytes(low: v128, high: v128): v128 {
  const a = i32x4.trunc_sat_f32x4_s(f32x4.nearest(low)), b = i32x4.trunc_sat_f32x4_s(f32x4.nearest(high));
  const words = i16x8.narrow_i32x4_s(a, b);
  return i8x16.narrow_i16x8_u(words, words);
}
