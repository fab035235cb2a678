// Geometry, jitter and blur of uint8 images [H][W][3] in float64, one value at a time.

/** a b c d e f, brightness, contrast: see assembly/augment.ts. */
export type Transform = readonly number[];

interface Image {
  bytes: ArrayLike<number>;
  H: number;
  W: number;
}

const clamp = (x: number, most: number) => Math.max(0, Math.min(most, x));

/** Ties to even. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Resampled and brightened, before it is rounded. Default: a result as large as the image, one sample per pixel. */
export function resampled(image: Image, transform: Transform, OH = image.H, OW = image.W, samples = 1): Float64Array {
  const out = new Float64Array(OH * OW * 3);
  const offsets = Array.from({ length: samples }, (_, i) => (i + 0.5) / samples - 0.5);
  const places = offsets.flatMap((j) => offsets.map((i) => [i, j]));
  for (let y = 0; y < OH; y++) {
    for (let x = 0; x < OW; x++) {
      for (let k = 0; k < 3; k++) {
        const sum = places.reduce((total, [i, j]) => total + sampled(image, transform, x + i, y + j, k), 0);
        out[(y * OW + x) * 3 + k] = Math.min(255, (transform[6] * sum) / places.length);
      }
    }
  }
  return out;
}

function sampled({ bytes, H, W }: Image, [a, b, c, d, e, f]: Transform, x: number, y: number, channel: number): number {
  const pixel = (row: number, column: number) => bytes[(Math.min(H - 1, row) * W + Math.min(W - 1, column)) * 3 + channel];
  const [u, v] = [a * x + b * y + c, d * x + e * y + f];
  if (!(u >= -0.5 && u <= W - 0.5 && v >= -0.5 && v <= H - 0.5)) return 0;
  const [column, row] = [clamp(u, W - 1), clamp(v, H - 1)];
  const [left, top] = [Math.floor(column), Math.floor(row)];
  const [right, below] = [column - left, row - top];
  const upper = (1 - right) * pixel(top, left) + right * pixel(top, left + 1);
  const lower = (1 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1);
  return (1 - below) * upper + below * lower;
}

/** v, whole numbers, with another contrast: before it is rounded. */
export function contrasted(v: Float64Array, contrast: number): Float64Array {
  const weights = [0.299, 0.587, 0.114];
  const mean = v.reduce((sum, value, i) => sum + weights[i % 3] * value, 0) / (v.length / 3);
  return v.map((value) => clamp(contrast * (value - mean) + mean, 255));
}

/** Before it is rounded. */
export function blurred({ bytes, H, W }: Image, sigma: number): Float64Array {
  if (sigma === 0) return Float64Array.from(bytes);
  const radius = Math.min(Math.ceil(3 * sigma), 31, H - 1, W - 1);
  const raw = Array.from({ length: 2 * radius + 1 }, (_, t) => Math.exp(-((t - radius) ** 2) / (2 * sigma ** 2)));
  const total = raw.reduce((sum, w) => sum + w, 0);
  const reflected = (i: number, length: number) => (i < 0 ? -i : i >= length ? 2 * length - 2 - i : i);
  const pass = (values: Float64Array, along: (y: number, x: number, t: number) => number) =>
    values.map((_, i) => {
      const [y, x, k] = [Math.floor(i / (3 * W)), Math.floor(i / 3) % W, i % 3];
      return raw.reduce((sum, w, t) => sum + (w / total) * values[along(y, x, t - radius) * 3 + k], 0);
    });
  const across = pass(Float64Array.from(bytes), (y, x, t) => y * W + reflected(x + t, W));
  return pass(across, (y, x, t) => reflected(y + t, H) * W + x);
}
