import type { DataSet } from "./data-set.js";

/** Ratios nearer to 1 are measurements of square pixels. */
const TOLERANCE = 0.01;

/**
 * Height and width of a pixel (PS3.3 C.7.6.3.1.7, 10.7.1.3): its ratio or spacings. The pixels are left as they are: the models take
 * images of any shape, which are resized to a square, so that resampling to square pixels before would give the same input.
 */
export function noteAspect(dataSet: DataSet, notes: string[]): void {
  for (const tag of ["x00280034", "x00280030", "x00181164"]) {
    const [height, width] = [0, 1].map((i) => Number(dataSet.string(tag, i) || Number.NaN));
    if (!(height > 0 && width > 0)) continue;
    if (Math.abs(height / width - 1) > TOLERANCE)
      notes.push(`pixels are not square (${+(height / width).toPrecision(3)}:1): not resampled`);
    return;
  }
}
