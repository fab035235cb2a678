// The epilogue of a convolution in evaluation: batch-norm with running statistics, residual addition and ReLU, applied to sums that are
// still in cache.
//
//   y = max(scale * z + shift (+ residual), relu ? 0 : -inf)
//
// scale and shift have one float per channel. scale = 0 (no address) leaves z unchanged, residual = 0 adds nothing.
import { at, fma, storePair } from "./lanes";

/** Applies the epilogue to the 16 pixels of y[...][O] whose addresses are in `table`; those at `outside` do not exist. */
export function pixelsEpilogue(
  y: usize, table: usize, outside: usize, O: i32, scale: usize, shift: usize, residual: usize, relu: i32,
): void {
  for (let k = 0; k < 16; ++k) {
    const to = <usize>load<u32>(table + 4 * k);
    if (to != outside) epilogue(to, O, 1, O, scale, shift, residual ? residual + (to - y) : 0, relu);
  }
}

/** y[row][0..cols), rows `pitch` floats apart, in place; cols is a multiple of 8; scale must be an address. */
export function epilogue(
  y: usize, pitch: i32, rows: i32, cols: i32, scale: usize, shift: usize, residual: usize, relu: i32,
): void {
  const floor = f32x4.splat(relu ? 0 : -Infinity);
  // A mask instead of a branch: without a residual, y is read in its place and masked out.
  const keep = i32x4.splat(residual ? -1 : 0);
  const other = residual ? residual : y;
  for (let row = 0; row < rows; ++row) {
    for (let c = 0; c < cols; c += 8) {
      const i = row * pitch + c;
      const to = at(y, i);
      const r = at(other, i);
      const s = at(scale, c);
      const b = at(shift, c);
      const z0 = fma(v128.load(s), v128.load(to), v128.load(b));
      const z1 = fma(v128.load(s, 16), v128.load(to, 16), v128.load(b, 16));
      const y0 = f32x4.max(f32x4.add(z0, v128.and(v128.load(r), keep)), floor);
      const y1 = f32x4.max(f32x4.add(z1, v128.and(v128.load(r, 16), keep)), floor);
      storePair(to, y0, y1);
    }
  }
}
