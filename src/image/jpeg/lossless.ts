import { damagedImage } from "../faults.js";
import { BitReader } from "./bits.js";
import type { Jpeg } from "./headers.js";

/** T.81 annex H, one component: sample = prediction from its neighbours a (left), b (above), c (above left) + coded difference. */
export function decodeLossless({ bytes, scan, dc, precision, width, height, restart }: Jpeg): Uint16Array {
  const table = dc[scan.dc];
  const kind = scan.first;
  if (!table || kind < 1 || kind > 7 || scan.shift >= precision || precision > 16 || restart % width !== 0) throw damagedImage();
  const reader = new BitReader(bytes, scan.start);
  const samples = new Uint16Array(width * height);
  const start = 2 ** (precision - scan.shift - 1);
  const rows = restart / width;
  for (let y = 0, i = 0; y < height; y++) {
    const fresh = rows > 0 ? y % rows === 0 : y === 0;
    if (fresh && y > 0) reader.restart();
    for (let x = 0; x < width; x++, i++) {
      const size = reader.symbol(table);
      if (size > 16) throw damagedImage();
      const difference = size === 16 ? 32768 : reader.signed(size);
      let guess = start;
      if (fresh) guess = x > 0 ? samples[i - 1] : start;
      else if (x === 0) guess = samples[i - width];
      else guess = predict(kind, samples[i - 1], samples[i - width], samples[i - width - 1]);
      samples[i] = guess + difference;
    }
  }
  reader.end();
  if (scan.shift > 0) for (let i = 0; i < samples.length; i++) samples[i] <<= scan.shift;
  return samples;
}

/** Table H.1, rounded down. */
function predict(kind: number, a: number, b: number, c: number): number {
  if (kind === 1) return a;
  if (kind === 2) return b;
  if (kind === 3) return c;
  if (kind === 4) return a + b - c;
  if (kind === 5) return a + ((b - c) >> 1);
  if (kind === 6) return b + ((a - c) >> 1);
  return (a + b) >> 1;
}
