// A map of the log-odds laid over its X-ray: orange speaks for PNEUMONIA, blue for NORMAL, and where there is no colour the
// model sees nothing that matters. Blue and orange are told apart by every kind of colour vision.
import type { Grey } from "./xray.js";

/** Row by row, side x side; positive speaks for PNEUMONIA. */
export interface PlaceMap {
  values: Float32Array;
  side: number;
}

type Colour = readonly [red: number, green: number, blue: number];

/** From weak to strong, darker as they grow stronger. */
const PNEUMONIA: readonly [Colour, Colour] = [
  [255, 200, 80],
  [235, 90, 0],
];
const NORMAL: readonly [Colour, Colour] = [
  [130, 200, 250],
  [30, 90, 230],
];

/** The colours of the strongest places, for a legend. */
export const MAP_COLOURS = { NORMAL: hex(NORMAL[1]), PNEUMONIA: hex(PNEUMONIA[1]) };

/** How much of the X-ray the strongest places cover; the rest covers (|value| / strongest)^POWER as much. */
const COVER = 0.8;
const POWER = 1.6;
/** Single pixels' values are noise: finer maps are summed up to this many places a row. 28 of 8x8 pixels. */
const FINEST = 28;
/** What counts as the strongest: this part of the places is below it. Seven odd ones of 784 shall not pale the rest. */
const STRONGEST = 0.99;

/** RGB, a picture of xray's size. */
export function overlay(xray: Grey, map: PlaceMap): Uint8Array {
  const { data, width, height } = xray;
  const coarse = coarsen(map);
  const sorted = coarse.values.map(Math.abs).sort();
  // A map of zeros stays without colour.
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

/** Sums over squares of places, where there are more than FINEST a row. */
function coarsen({ values, side }: PlaceMap): PlaceMap {
  if (side <= FINEST) return { values, side };
  const sums = new Float32Array(FINEST * FINEST);
  const to = (place: number) => Math.floor((place * FINEST) / side);
  values.forEach((value, i) => (sums[to(Math.floor(i / side)) * FINEST + to(i % side)] += value));
  return { values: sums, side: FINEST };
}

/** Bilinear, half a place of margin held constant: a value belongs to the middle of its place. */
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
