// The VOI LUT (PS3.3 C.11.2): which values are shown black, white and between.
import type { DataSet } from "./data-set.js";
import { readDecimal } from "./decimal.js";
import { firstFrameGroup } from "./functional-groups.js";
import { readLut } from "./lut.js";

const FRAME_VOI_LUT = "x00289132";

type Curve = (x: number) => number;

/**
 * Grey of a modality value, black 0 and white 1: the file's first window, else its first VOI LUT, else the first frame's window. Null
 * if it has none of them.
 */
export function voiCurve(dataSet: DataSet, values: Float64Array, notes: string[]): Curve | null {
  const window = windowCurve(dataSet, notes);
  const tables = dataSet.elements.x00283010?.items?.length ?? 0;
  if (window) {
    if (tables > 0) notes.push("a window and a VOI LUT: the window is used");
    return window;
  }
  if (tables > 1) notes.push(`${tables} VOI LUTs: the first one is used`);
  const group = firstFrameGroup(dataSet, FRAME_VOI_LUT);
  return lutCurve(dataSet, values, notes) ?? (group ? windowCurve(group, notes) : null);
}

/** The first value at which the linear curves reach white lies width - 1, or width, above the last black one. */
function windowCurve(dataSet: DataSet, notes: string[]): Curve | null {
  const centers = (dataSet.string("x00281050") ?? "").split("\\");
  const first = Math.max(
    centers.findIndex((text) => text.trim() !== ""),
    0,
  );
  const center = readDecimal(dataSet, "x00281050", "WindowCenter", notes, first);
  const width = readDecimal(dataSet, "x00281051", "WindowWidth", notes, first);
  if (center === undefined && width === undefined) return null;
  if (center === undefined || width === undefined) {
    notes.push(`${center === undefined ? "WindowCenter" : "WindowWidth"} is missing: the window is not used`);
    return null;
  }
  const kind = (dataSet.string("x00281056") ?? "").trim().toUpperCase();
  const isLinear = kind !== "SIGMOID" && kind !== "LINEAR_EXACT";
  if (isLinear ? width < 1 : width <= 0) {
    notes.push(`WindowWidth is ${width}, which the standard forbids: the window is not used`);
    return null;
  }
  if (centers.length > 1) notes.push(`${centers.length} windows: the first one is used`);
  if (kind === "SIGMOID") return (x) => 1 / (1 + Math.exp((-4 * (x - center)) / width));
  if (kind === "LINEAR_EXACT") return (x) => (x - center) / width + 0.5;
  if (kind !== "" && kind !== "LINEAR") notes.push("VOILUTFunction is unknown: LINEAR is used");
  const [middle, reach] = [center - 0.5, width - 1];
  // A width of 1 is a step: black up to the middle, white above it.
  return (x) => (x <= middle - reach / 2 ? 0 : x > middle + reach / 2 ? 1 : (x - middle) / reach + 0.5);
}

/**
 * White is the largest number of the bits that the table's largest entry needs. The descriptor should state as many (C.11.2.1.1),
 * but devices state 16 for entries of 12 bits.
 */
function lutCurve(dataSet: DataSet, values: Float64Array, notes: string[]): Curve | null {
  const lut = readLut(dataSet, "x00283010", values);
  if (!lut) return null;
  const { statedBits, usedBits } = lut;
  if (usedBits !== statedBits) notes.push(`the VOI LUT states ${statedBits} bits, its entries use ${usedBits}: these are used`);
  const white = 2 ** usedBits - 1;
  return (x) => lut.at(x) / white;
}
