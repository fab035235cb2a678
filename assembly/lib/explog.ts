// exp and log in float64 without tables: AssemblyScript's versions keep tables in a data segment, which each instance would write into the
// shared memory again.

const LN2: f64 = 0.6931471805599453;

/** e^x. x = k ln2 + r, |r| <= ln2/2; Taylor series of degree 13 (remainder below 2^-57), scaled by 2^k through the exponent bits. */
export function exp(x: f64): f64 {
  if (x < -700) return 0;
  if (x > 700) return Infinity;
  const k = Math.round(x / LN2);
  const r = x - k * 0.6931471803691238 - k * 1.9082149292705877e-10;
  let term: f64 = 1;
  let sum: f64 = 1;
  for (let i = 1; i <= 13; ++i) {
    term *= r / <f64>i;
    sum += term;
  }
  return sum * reinterpret<f64>((<i64>k + 1023) << 52);
}

/** ln x for normal x > 0. x = 2^k m, m in [sqrt(1/2), sqrt 2); ln m = 2 artanh(s), s = (m-1)/(m+1), |s| < 0.172: odd series to s^23. */
export function log(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  let k = <i32>((bits >> 52) & 0x7ff) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++k;
  }
  const s = (m - 1) / (m + 1);
  let sum: f64 = 0;
  for (let i = 23; i >= 1; i -= 2) sum = sum * s * s + 1 / <f64>i;
  return 2 * s * sum + <f64>k * LN2;
}
