/** p-values of several tests, corrected so that one of them is below alpha by chance in at most alpha of all cases (Holm 1979). */
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
