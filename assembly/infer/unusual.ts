// Whether an image resembles the training images: src/core/unusual.ts gives the formulas and, in the same order of operations, the same bits.
const GRID: i32 = 14;
const CELLS: i32 = GRID * GRID;
const FEATURES: i32 = CELLS + 2;
/** f64 typical a and d, limit a and d; f32 mean [FEATURES]; f32 factor [FEATURES * (FEATURES + 1) / 2]. */
const MEAN_AT: usize = 32;
const FACTOR_AT: usize = MEAN_AT + 4 * FEATURES;
export const UNUSUAL_BYTES: u32 = FACTOR_AT + 2 * FEATURES * (FEATURES + 1);

export const LEAST_SIZE: u32 = GRID;

const features = memory.data(8 * FEATURES);

// @ts-ignore: decorator
@inline function edge(i: i32, size: i32): i32 {
  return (i * size) / GRID;
}

function findFeatures(pixels: usize, size: i32): void {
  let sum = 0.0;
  for (let row = 0; row < GRID; row++) {
    for (let column = 0; column < GRID; column++) {
      let total: u32 = 0;
      for (let y = edge(row, size); y < edge(row + 1, size); y++) {
        const end = 3 * (y * size + edge(column + 1, size));
        for (let i = 3 * (y * size + edge(column, size)); i < end; i++) total += load<u8>(pixels + i);
      }
      const count = 3 * (edge(row + 1, size) - edge(row, size)) * (edge(column + 1, size) - edge(column, size));
      const value = <f64>total / (255.0 * <f64>count);
      store<f64>(features + 8 * (row * GRID + column), value);
      sum += value;
    }
  }
  const mean = sum / <f64>CELLS;
  let squares = 0.0;
  for (let i = 0; i < CELLS; i++) {
    const value = load<f64>(features + 8 * i) - mean;
    store<f64>(features + 8 * i, value);
    squares += value * value;
  }
  const deviation = Math.sqrt(squares / <f64>CELLS) + 0.03;
  for (let i = 0; i < CELLS; i++) store<f64>(features + 8 * i, load<f64>(features + 8 * i) / deviation);
  store<f64>(features + 8 * CELLS, 3.0 * mean);
  store<f64>(features + 8 * (CELLS + 1), 10.0 * deviation);
}

function distance(turned: bool, statistics: usize): f64 {
  let factor = statistics + FACTOR_AT;
  let sum = 0.0;
  for (let i = 0; i < FEATURES; i++) {
    let z = 0.0;
    for (let j = 0; j <= i; j++) {
      const at = turned && j < CELLS ? CELLS - 1 - j : j;
      z += <f64>load<f32>(factor) * (load<f64>(features + 8 * at) - <f64>load<f32>(statistics + MEAN_AT + 4 * j));
      factor += 4;
    }
    sum += z * z;
  }
  return sum;
}

// @ts-ignore: decorator
@inline function relative(value: f64, statistics: usize, k: usize): f64 {
  const typical = load<f64>(statistics + 8 * k);
  return (value - typical) / (load<f64>(statistics + 16 + 8 * k) - typical);
}

/** Above 1: the image at `pixels`, u8 [size][size][3], is unusual. */
export function unusualScore(pixels: usize, size: i32, statistics: usize): f64 {
  findFeatures(pixels, size);
  const a = distance(false, statistics);
  const d = a - distance(true, statistics);
  return max(relative(a, statistics, 0), relative(d, statistics, 1));
}
