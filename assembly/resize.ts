// 8-bit resampling with fixed-point weights, bit-identical to Pillow (libImaging/Resample.c, ImagingResampleHorizontal_8bpc and
// ...Vertical_8bpc): a horizontal pass, rounded to 8 bits, then a vertical one. The host computes the weights (src/core/resize.ts).
//
//   out = clip8((2^21 + sum_t weight[t] * in[first + t]) >> 22),   |weight| <= 2^22
//
// Integer sums are exact in any order, so lanes can take four taps at a time.
// bounds: an int32 pair (first, count) per output position; weights: `taps` int32 per output position, count <= taps.

// @ts-ignore: decorator
@inline const PRECISION_BITS: i32 = 22;
// @ts-ignore: decorator
@inline const HALF: i32 = 1 << (PRECISION_BITS - 1);

// @ts-ignore: decorator
@inline function clip8(x: i32): i32 {
  return max(0, min(255, x >> PRECISION_BITS));
}

// @ts-ignore: decorator
@inline function laneSum(v: v128): i32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3);
}

/** Four bytes to four i32 lanes. */
// @ts-ignore: decorator
@inline function load4(p: usize): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load_zero<u32>(p)));
}

// @ts-ignore: decorator
@inline function greyPixel(out: usize, input: usize, weight: usize, count: i32): void {
  let sum = i32x4.splat(0);
  let t = 0;
  for (; t + 4 <= count; t += 4) {
    sum = i32x4.add(sum, i32x4.mul(load4(input + t), v128.load(weight + (t << 2))));
  }
  let acc = HALF + laneSum(sum);
  for (; t < count; t++) acc += <i32>load<u8>(input + t) * load<i32>(weight + (t << 2));
  store<u8>(out, clip8(acc));
}

// @ts-ignore: decorator
@inline function rgbPixel(out: usize, input: usize, weight: usize, count: i32): void {
  const zero = i32x4.splat(0);
  let red = zero, green = zero, blue = zero;
  let t = 0;
  for (; t + 4 <= count; t += 4, input += 12) {
    // 12 bytes r0 g0 b0 r1 g1 b1 r2 g2 b2 r3 g3 b3, then one vector per colour: r0 0 0 0 r1 0 0 0 ...
    const p = v128.load_lane<u32>(input + 8, v128.load_zero<u64>(input), 2);
    const w = v128.load(weight + (t << 2));
    red = i32x4.add(red, i32x4.mul(w, i8x16.shuffle(p, zero, 0, 16, 16, 16, 3, 16, 16, 16, 6, 16, 16, 16, 9, 16, 16, 16)));
    green = i32x4.add(green, i32x4.mul(w, i8x16.shuffle(p, zero, 1, 16, 16, 16, 4, 16, 16, 16, 7, 16, 16, 16, 10, 16, 16, 16)));
    blue = i32x4.add(blue, i32x4.mul(w, i8x16.shuffle(p, zero, 2, 16, 16, 16, 5, 16, 16, 16, 8, 16, 16, 16, 11, 16, 16, 16)));
  }
  let r = HALF + laneSum(red), g = HALF + laneSum(green), b = HALF + laneSum(blue);
  for (; t < count; t++, input += 3) {
    const w = load<i32>(weight + (t << 2));
    r += <i32>load<u8>(input) * w;
    g += <i32>load<u8>(input, 1) * w;
    b += <i32>load<u8>(input, 2) * w;
  }
  store<u8>(out, clip8(r));
  store<u8>(out, clip8(g), 1);
  store<u8>(out, clip8(b), 2);
}

/**
 * out[y][x][c] = clip8(2^21 + sum_t weights[x][t] * input[y][first_x + t][c] >> 22)
 * out: u8 [rows][outWidth][channels], input: u8 [rows][inWidth][channels], channels 1 or 3,
 * bounds: i32 [outWidth][2], weights: i32 [outWidth][taps]. Tile: one row.
 *
 * @out out u8[tiles * outWidth * channels]
 * @in input u8[tiles * inWidth * channels]
 * @in bounds i32[2 * outWidth]
 * @in weights i32[outWidth * taps]
 */
export function resizeHorizontal(
  out: usize, input: usize, bounds: usize, weights: usize,
  inWidth: i32, outWidth: i32, channels: i32, taps: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  const inRow = <usize>inWidth * channels;
  const outRow = <usize>outWidth * channels;
  for (let y = tileBegin; y < tileEnd; y++) {
    const source = input + <usize>y * inRow;
    let target = out + <usize>y * outRow;
    for (let x = 0; x < outWidth; x++, target += channels) {
      const first = <usize>load<i32>(bounds + (<usize>x << 3));
      const count = load<i32>(bounds + (<usize>x << 3), 4);
      const weight = weights + ((<usize>x * taps) << 2);
      if (channels == 1) greyPixel(target, source + first, weight, count);
      else rgbPixel(target, source + first * 3, weight, count);
    }
  }
}

/**
 * out[y][i] = clip8(2^21 + sum_t weights[y][t] * input[first_y + t][i] >> 22)
 * out: u8 [outHeight][rowBytes], input: u8 [inHeight][rowBytes], bounds: i32 [outHeight][2], weights: i32 [outHeight][taps].
 * Tile: one output row.
 *
 * @out out u8[tiles * rowBytes]
 * @in input u8[?]
 * @in bounds i32[2 * tiles]
 * @in weights i32[tiles * taps]
 */
export function resizeVertical(
  out: usize, input: usize, bounds: usize, weights: usize,
  rowBytes: i32, taps: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  for (let y = tileBegin; y < tileEnd; y++) {
    const source = input + <usize>load<i32>(bounds + (<usize>y << 3)) * rowBytes;
    const count = load<i32>(bounds + (<usize>y << 3), 4);
    const weight = weights + ((<usize>y * taps) << 2);
    const target = out + <usize>y * rowBytes;
    let i = 0;
    for (; i + 16 <= rowBytes; i += 16) {
      let a = i32x4.splat(HALF), b = a, c = a, d = a;
      let p = source + i;
      for (let t = 0; t < count; t++, p += rowBytes) {
        const w = v128.load32_splat(weight + (t << 2));
        const bytes = v128.load(p);
        const low = i16x8.extend_low_i8x16_u(bytes);
        const high = i16x8.extend_high_i8x16_u(bytes);
        a = i32x4.add(a, i32x4.mul(w, i32x4.extend_low_i16x8_u(low)));
        b = i32x4.add(b, i32x4.mul(w, i32x4.extend_high_i16x8_u(low)));
        c = i32x4.add(c, i32x4.mul(w, i32x4.extend_low_i16x8_u(high)));
        d = i32x4.add(d, i32x4.mul(w, i32x4.extend_high_i16x8_u(high)));
      }
      // The saturating narrows are clip8.
      const ab = i16x8.narrow_i32x4_s(i32x4.shr_s(a, PRECISION_BITS), i32x4.shr_s(b, PRECISION_BITS));
      const cd = i16x8.narrow_i32x4_s(i32x4.shr_s(c, PRECISION_BITS), i32x4.shr_s(d, PRECISION_BITS));
      v128.store(target + i, i8x16.narrow_i16x8_u(ab, cd));
    }
    for (; i < rowBytes; i++) {
      let acc = HALF;
      for (let t = 0; t < count; t++) {
        acc += <i32>load<u8>(source + i + <usize>t * rowBytes) * load<i32>(weight + (t << 2));
      }
      store<u8>(target + i, clip8(acc));
    }
  }
}
