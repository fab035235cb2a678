/** Holm's correction of p-values (Holm 1979): the probability of at least one false rejection at level alpha is at most alpha. */
export function holm(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => pValues[a] - pValues[b]);
  const corrected = new Array<number>(pValues.length);
  let least = 0;
  order.forEach((place, i) => {
    least = Math.max(least, Math.min(1, (pValues.length - i) * pValues[place]));
    corrected[place] = least;
  });
  return corrected;
}
