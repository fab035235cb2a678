// From the inflated data of a PNG to its samples (ISO/IEC 15948, clauses 7 to 9).
import { damagedImage } from "../faults.js";
import type { Png } from "./chunks.js";

type Layout = Pick<Png, "width" | "height" | "depth" | "channels" | "interlaced">;

/** Rows and columns x + i dx, y + j dy of the image. `bytes`: of all rows, each with its filter's byte before it. */
interface Pass {
  x: number;
  y: number;
  dx: number;
  dy: number;
  columns: number;
  rows: number;
  rowBytes: number;
  bytes: number;
}

const WHOLE = [[0, 0, 1, 1]];
/** Offset and step of each pass's columns and rows: x, y, step x, step y (PNG, 8.2). */
export const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

function passesOf({ width, height, depth, channels, interlaced }: Layout): Pass[] {
  return (interlaced ? ADAM7 : WHOLE)
    .map(([x, y, dx, dy]) => {
      const [columns, rows] = [Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)];
      const rowBytes = Math.ceil((columns * channels * depth) / 8);
      return { x, y, dx, dy, columns, rows, rowBytes, bytes: rows * (rowBytes + 1) };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
}

/** The length of the inflated data. */
export const inflatedLength = (layout: Layout): number => passesOf(layout).reduce((sum, { bytes }) => sum + bytes, 0);

/** Samples of height x width x channels. Changes `inflated`. */
export function samplesOf(inflated: Uint8Array, layout: Layout): Uint8Array | Uint16Array {
  const { width, height, depth, channels } = layout;
  const samples = new (depth === 16 ? Uint16Array : Uint8Array)(width * height * channels);
  let at = 0;
  for (const pass of passesOf(layout)) {
    const rows = inflated.subarray(at, at + pass.bytes);
    unfilter(rows, pass.rowBytes, Math.max(1, (channels * depth) / 8));
    for (let row = 0; row < pass.rows; row++) {
      const from = row * (pass.rowBytes + 1) + 1;
      const to = ((pass.y + row * pass.dy) * width + pass.x) * channels;
      place(rows.subarray(from, from + pass.rowBytes), samples, to, pass, depth, channels);
    }
    at += pass.bytes;
  }
  return samples;
}

/** Puts the samples of a row from offset `to` on, `dx` pixels apart. */
function place(
  row: Uint8Array,
  samples: Uint8Array | Uint16Array,
  to: number,
  pass: Pass,
  depth: number,
  channels: number,
): void {
  const { columns, dx } = pass;
  if (depth === 8 && dx === 1) {
    samples.set(row, to);
    return;
  }
  const most = 2 ** depth - 1;
  for (let column = 0, i = 0; column < columns; column++) {
    for (let c = 0; c < channels; c++, i++) {
      const out = to + column * dx * channels + c;
      if (depth === 16) samples[out] = (row[2 * i] << 8) | row[2 * i + 1];
      else if (depth === 8) samples[out] = row[i];
      else samples[out] = (row[(i * depth) >> 3] >> (8 - depth - ((i * depth) & 7))) & most;
    }
  }
}

/** Adds to each byte what its row's filter predicts from the bytes at the left and above; `step` bytes make a pixel. In place. */
function unfilter(rows: Uint8Array, rowBytes: number, step: number): void {
  const stride = rowBytes + 1;
  for (let at = 0; at < rows.length; at += stride) {
    const [first, end] = [at + 1, at + stride];
    const above = at > 0;
    switch (rows[at]) {
      case 0:
        break;
      case 1:
        for (let i = first + step; i < end; i++) rows[i] += rows[i - step];
        break;
      case 2:
        if (above) for (let i = first; i < end; i++) rows[i] += rows[i - stride];
        break;
      case 3:
        for (let i = first; i < end; i++) {
          rows[i] += ((i < first + step ? 0 : rows[i - step]) + (above ? rows[i - stride] : 0)) >> 1;
        }
        break;
      case 4:
        for (let i = first; i < first + step && above; i++) rows[i] += rows[i - stride];
        for (let i = first + step; i < end; i++) {
          rows[i] += above ? paeth(rows[i - step], rows[i - stride], rows[i - stride - step]) : rows[i - step];
        }
        break;
      default:
        throw damagedImage();
    }
  }
}

/** Of left, above and upper left: the one nearest to left + above - upper left. */
function paeth(left: number, above: number, corner: number): number {
  const [a, b] = [Math.abs(above - corner), Math.abs(left - corner)];
  const c = Math.abs(left + above - 2 * corner);
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}
