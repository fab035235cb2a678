// Long lists in a report: a selection that looks the same in a plot, or that shows a table's course. metrics.json has everything.

/** Points of a curve: more than twice the plot's width in pixels. */
export const MAX_POINTS = 1000;
/** Rows of a table of epochs. */
export const MAX_EPOCHS = 60;
/** Rows of any other table. */
export const MAX_ROWS = 300;

/** At most `most` of the indices below `length`, evenly spaced, with the first and the last. */
export function evenly(length: number, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (length - 1)) / (most - 1)));
}

/** At most 1000 of the values, in order: the first, the last, and the lowest and the highest of each of 499 intervals of equal length. */
export function thinned<T>(values: readonly T[], heightOf: (value: T) => number): T[] {
  if (values.length <= MAX_POINTS) return [...values];
  const last = values.length - 1;
  const intervals = MAX_POINTS / 2 - 1;
  const chosen = [0];
  for (let k = 0; k < intervals; k++) {
    const [from, to] = [k, k + 1].map((edge) => 1 + Math.floor((edge * (last - 1)) / intervals));
    let [low, high] = [from, from];
    for (let i = from; i < to; i++) {
      if (heightOf(values[i]) < heightOf(values[low])) low = i;
      if (heightOf(values[i]) > heightOf(values[high])) high = i;
    }
    chosen.push(...(low === high ? [low] : [Math.min(low, high), Math.max(low, high)]));
  }
  return [...chosen, last].map((i) => values[i]);
}
