// From stored codes to grey levels: Modality LUT, then VOI LUT or window (PS3.3 C.11.1, C.11.2), in float64.
import type { DataSet } from "dicom-parser";
import type { SampleFormat } from "./sample-format.js";

type Curve = (x: number) => number;

/**
 * The grey level of every code of `stored` bits: 255 y(x), y in 0..1, halves rounded up, then inverted for MONOCHROME1. The curve
 * y is the file's first window, else its first VOI LUT, else the range of the image's values.
 */
export function greyOfCodes(dataSet: DataSet, codes: Uint16Array, format: SampleFormat): Uint8Array {
  const values = modalityValues(dataSet, format);
  const curve = windowCurve(dataSet) ?? lutCurve(dataSet, values) ?? rangeCurve(values, codes);
  const inverted = dataSet.string("x00280004")?.trim().toUpperCase() === "MONOCHROME1";
  return Uint8Array.from(values, (x) => {
    const level = Math.floor(255 * Math.min(Math.max(curve(x), 0), 1) + 0.5);
    return inverted ? 255 - level : level;
  });
}

/** The value of each code (two's complement if signed), mapped by the Modality LUT or by slope and intercept. */
function modalityValues(dataSet: DataSet, { stored, signed }: SampleFormat): Float64Array {
  const half = 2 ** (stored - 1);
  const values = Float64Array.from({ length: 2 ** stored }, (_, code) => (signed && code >= half ? code - 2 * half : code));
  const lut = readLut(dataSet, "x00283000", signed);
  if (lut) return values.map((x) => lut.at(x));
  const slope = number(dataSet, "x00281053") ?? 1;
  const intercept = number(dataSet, "x00281052") ?? 0;
  return values.map((x) => x * slope + intercept);
}

/** Null if there is no window, or its width is one that the standard forbids. */
function windowCurve(dataSet: DataSet): Curve | null {
  const center = number(dataSet, "x00281050");
  const width = number(dataSet, "x00281051");
  if (center === undefined || width === undefined || width <= 0) return null;
  const kind = dataSet.string("x00281056")?.trim().toUpperCase();
  if (kind === "SIGMOID") return (x) => 1 / (1 + Math.exp((-4 * (x - center)) / width));
  if (kind === "LINEAR_EXACT") return (x) => (x - center) / width + 0.5;
  if (width < 1) return null;
  const [middle, reach] = [center - 0.5, width - 1];
  // A width of 1 is a step: black up to the middle, white above it.
  return (x) => (x <= middle - reach / 2 ? 0 : x > middle + reach / 2 ? 1 : (x - middle) / reach + 0.5);
}

function lutCurve(dataSet: DataSet, values: Float64Array): Curve | null {
  const lut = readLut(dataSet, "x00283010", Math.min(values[0], values[values.length / 2]) < 0);
  return lut && ((x) => lut.at(x) / lut.most);
}

/** An image with a single value is black. */
function rangeCurve(values: Float64Array, codes: Uint16Array): Curve {
  const present = new Uint8Array(values.length);
  for (const code of codes) present[code] = 1;
  let [least, most] = [Infinity, -Infinity];
  for (const [code, x] of values.entries()) {
    if (present[code]) [least, most] = [Math.min(least, x), Math.max(most, x)];
  }
  const range = most - least || 1;
  return (x) => (x - least) / range;
}

/** The first LUT of a sequence. Its descriptor: number of entries (0 means 65536), first input value, bits per entry. */
function readLut(dataSet: DataSet, sequence: string, signedInput: boolean): { at: Curve; most: number } | null {
  const item = dataSet.elements[sequence]?.items?.[0]?.dataSet;
  const descriptor = item?.elements.x00283002;
  const data = item?.elements.x00283006;
  if (!item || !descriptor || !data) return null;
  const entries = item.uint16("x00283002", 0) || 65536;
  const signed = descriptor.vr === "SS" || (descriptor.vr !== "US" && signedInput);
  const first = (signed ? item.int16("x00283002", 1) : item.uint16("x00283002", 1)) ?? 0;
  const bits = item.uint16("x00283002", 2) ?? 0;
  if (bits < 8 || bits > 16 || data.length < entries) throw new Error("the DICOM file's lookup table is damaged");
  const most = 2 ** bits - 1;
  // Entries of 8 bits are stored as bytes or as words.
  const bytes = data.length < 2 * entries;
  const table = Float64Array.from({ length: entries }, (_, i) =>
    Math.min(bytes ? item.byteArray[data.dataOffset + i] : (item.uint16("x00283006", i) ?? 0), most),
  );
  return { most, at: (x) => table[Math.min(Math.max(Math.trunc(x - first), 0), entries - 1)] };
}

function number(dataSet: DataSet, tag: string): number | undefined {
  const text = dataSet.string(tag, 0);
  const value = text ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}
