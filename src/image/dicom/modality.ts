// The Modality LUT (PS3.3 C.11.1): from stored values to what the device measured.
import type { DataSet } from "./data-set.js";
import { readDecimal } from "./decimal.js";
import { firstFrameGroup } from "./functional-groups.js";
import { readLut } from "./lut.js";

const PIXEL_VALUE_TRANSFORMATION = "x00289145";

/** `values` mapped by the Modality LUT, else by slope and intercept. */
export function modalityValues(file: DataSet, values: Float64Array, notes: string[]): Float64Array {
  const isAtTop = ["x00283000", "x00281052", "x00281053"].some((tag) => file.elements[tag]);
  const dataSet = isAtTop ? file : (firstFrameGroup(file, PIXEL_VALUE_TRANSFORMATION) ?? file);
  const lut = readLut(dataSet, "x00283000", values);
  if (lut) return values.map(lut.at);
  const slope = readDecimal(dataSet, "x00281053", "RescaleSlope", notes);
  const intercept = readDecimal(dataSet, "x00281052", "RescaleIntercept", notes);
  if (slope === undefined && intercept === undefined) return values;
  if (slope === undefined || intercept === undefined) {
    notes.push(`${slope === undefined ? "RescaleSlope" : "RescaleIntercept"} is missing: the values are not rescaled`);
    return values;
  }
  if (slope === 0) {
    notes.push("RescaleSlope is 0: the values are not rescaled");
    return values;
  }
  return values.map((x) => x * slope + intercept);
}
