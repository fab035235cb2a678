// src/core/resize.ts in AssemblyScript: Pillow's bilinear filter, bit-identical.
import { resizeHorizontal, resizeVertical } from "../resize";
import { popTo, push } from "./memory";

const ONE: f64 = 4194304.0; // 2^22

/** Weights of an axis: taps, then bounds (first, count) and `taps` fixed-point weights per output position. */
function tapsOf(inSize: i32, outSize: i32): i32 {
  return <i32>ceil<f64>(max<f64>(<f64>inSize / <f64>outSize, 1.0)) * 2 + 1;
}

function triangleWeights(inSize: i32, outSize: i32, bounds: usize, weights: usize, row: usize): void {
  const scale = <f64>inSize / <f64>outSize;
  const support = max<f64>(scale, 1.0);
  const taps = tapsOf(inSize, outSize);
  for (let i = 0; i < outSize; i++) {
    const centre = (<f64>i + 0.5) * scale;
    const first = max(0, <i32>trunc<f64>(centre - support + 0.5));
    const count = min(inSize, <i32>trunc<f64>(centre + support + 0.5)) - first;
    let sum: f64 = 0.0;
    for (let t = 0; t < count; t++) {
      const value = max<f64>(0.0, 1.0 - abs<f64>((<f64>(t + first) - centre + 0.5) * (1.0 / support)));
      store<f64>(row + 8 * t, value);
      sum += value;
    }
    for (let t = 0; t < taps; t++) {
      let weight: i32 = 0;
      if (t < count) {
        const value = load<f64>(row + 8 * t);
        weight = <i32>trunc<f64>(0.5 + (sum == 0.0 ? value : value / sum) * ONE);
      }
      store<i32>(weights + 4 * (i * taps + t), weight);
    }
    store<i32>(bounds + 8 * i, first);
    store<i32>(bounds + 8 * i + 4, count);
  }
}

/** Writes size x size RGB to `out`; false if there is no memory for the intermediate image. */
export function resizeTo(out: usize, image: usize, width: i32, height: i32, channels: i32, size: i32): bool {
  const rowBytes = size * channels;
  const taps = max(tapsOf(width, size), tapsOf(height, size));
  const bounds = push(8.0 * <f64>size);
  const weights = push(4.0 * <f64>size * <f64>taps);
  const row = push(8.0 * <f64>taps);
  const middle = push(<f64>rowBytes * <f64>height);
  const square = push(<f64>rowBytes * <f64>size);
  if (bounds == 0 || weights == 0 || row == 0 || middle == 0 || square == 0) {
    popTo(bounds);
    return false;
  }
  let from = image;
  if (width != size) {
    triangleWeights(width, size, bounds, weights, row);
    resizeHorizontal(middle, from, bounds, weights, width, size, channels, tapsOf(width, size), 0, height);
    from = middle;
  }
  if (height != size) {
    triangleWeights(height, size, bounds, weights, row);
    resizeVertical(square, from, bounds, weights, rowBytes, tapsOf(height, size), 0, size);
    from = square;
  }
  if (channels == 3) memory.copy(out, from, rowBytes * size);
  else {
    for (let i = 0; i < size * size; i++) {
      const grey = load<u8>(from + i);
      for (let c = 0; c < 3; c++) store<u8>(out + 3 * i + c, grey);
    }
  }
  popTo(bounds);
  return true;
}
