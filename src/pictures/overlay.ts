// An explanation map of the log-odds over its X-ray: orange supports the positive class, blue the negative one; places without
// colour have little influence. Blue and orange are distinguishable with every type of colour blindness.
import type { Grey } from "./xray.js";

/** [side][side], row-major; positive values support the positive class. */
export interface PlaceMap {
  values: Float32Array;
  side: number;
}

type Colour = readonly [red: number, green: number, blue: number];

/** The colours of weak and of strong values. */
const PNEUMONIA: readonly [Colour, Colour] = [
  [255, 200, 80],
  [235, 90, 0],
];
const NORMAL: readonly [Colour, Colour] = [
  [130, 200, 250],
  [30, 90, 230],
];

/** The colours of the strongest values, for a legend. */
export const MAP_COLOURS = { NORMAL: hex(NORMAL[1]), PNEUMONIA: hex(PNEUMONIA[1]) };

/** Opacity of the strongest values; others have COVER * (|value| / strongest)^POWER. */
const COVER = 0.8;
const POWER = 1.6;
/** The values of single pixels are noisy, so finer maps are summed to this many places per row: 28 of 8x8 pixels. */
const FINEST = 28;
/** The quantile that counts as the strongest value, so that 7 outliers of 784 do not make the rest pale. */
const STRONGEST = 0.99;

/** RGB pixels, of the size of `xray`. */
export function overlay(xray: Grey, map: PlaceMap): Uint8Array {
  const { data, width, height } = xray;
  const coarse = coarsen(map);
  const sorted = coarse.values.map(Math.abs).sort();
  // || 1: a map of zeros has no colour.
  const strongest = sorted[Math.ceil(STRONGEST * (sorted.length - 1))] || 1;
  const values = stretch(coarse, width, height);
  const rgb = new Uint8Array(3 * data.length);
  data.forEach((grey, i) => {
    const strength = Math.min(1, Math.abs(values[i]) / strongest);
    const [weak, strong] = values[i] > 0 ? PNEUMONIA : NORMAL;
    const cover = COVER * strength ** POWER;
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = Math.round(mix(grey, mix(weak[c], strong[c], strength), cover));
  });
  return rgb;
}

const mix = (a: number, b: number, t: number): number => a + (b - a) * t;

/** Sums over squares of places if there are more than FINEST per row. */
function coarsen({ values, side }: PlaceMap): PlaceMap {
  if (side <= FINEST) return { values, side };
  const sums = new Float32Array(FINEST * FINEST);
  const to = (place: number) => Math.floor((place * FINEST) / side);
  values.forEach((value, i) => (sums[to(Math.floor(i / side)) * FINEST + to(i % side)] += value));
  return { values: sums, side: FINEST };
}

/** Bilinear interpolation between the centres of places; constant beyond the outer centres. */
function stretch({ values, side }: PlaceMap, width: number, height: number): Float32Array {
  const [columns, rows] = [width, height].map((length) =>
    Array.from({ length }, (_, i) => {
      const at = Math.min(side - 1, Math.max(0, ((i + 0.5) * side) / length - 0.5));
      const first = Math.floor(at);
      return { first, second: Math.min(side - 1, first + 1), part: at - first };
    }),
  );
  const out = new Float32Array(width * height);
  rows.forEach((y, row) =>
    columns.forEach((x, column) => {
      const along = (line: number) => mix(values[line * side + x.first], values[line * side + x.second], x.part);
      out[row * width + column] = mix(along(y.first), along(y.second), y.part);
    }),
  );
  return out;
}

function hex(colour: Colour): string {
  return `#${colour.map((c) => c.toString(16).padStart(2, "0")).join("")}`;
}
