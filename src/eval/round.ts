/**
 * x >= 0 with `digits` decimals, as "%.nf" in C and Python: exact ties round to the even digit (0.125 -> "0.12"),
 * whereas toFixed rounds them up ("0.13"). Eighths are common: the published validation set has 8 images per class.
 */
export function roundHalfEven(x: number, digits: number): string {
  const rounded = x.toFixed(digits);
  // A tie is an odd multiple of 1 / (2 * 10^digits); as a double it is also a multiple of 2^-(digits + 1),
  // and then x * 10^digits below is exact.
  if (!Number.isInteger(x * 2 ** (digits + 1))) return rounded;
  const scaled = x * 10 ** digits;
  const below = Math.floor(scaled);
  return scaled - below === 0.5 && below % 2 === 0 ? (below / 10 ** digits).toFixed(digits) : rounded;
}
