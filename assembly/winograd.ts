// 3x3 convolution, stride 1, padding 1, by Winograd's F(4x4, 3x3) (Lavin & Gray, arXiv:1509.09308): a 4x4 patch of
// outputs costs 36 multiplications a channel pair instead of 144. C and O are multiples of 16.
//
//   Y = A^T [ (G g G^T) . (B^T d B) ] A          d 6x6 input patch, g 3x3 weights, . elementwise, summed over channels
//
// The 36 elementwise products, over all patches and channels, are 36 matrix products ("frequencies" f):
//
//   forward           M[f] = V[f] U[f]        V[f][T][C] inputs    U[f] panels [O/16][C][16]   M[f][T][O]
//   backward data     the same, with dy for x and the weights turned round and transposed
//   backward weights  S[f] = V[f]^T Z[f]      Z = A dy A^T, panels [O/16][T][16];   dw = G^T S G
//
// T patches, numbered image by image; a 7x7 image has 2x2, the surplus is computed and dropped. The caller walks over
// chunks of images so small that V and M stay in the last-level cache. Planes (one f) lie `plane` floats apart, rows of V
// `ldv`: a little more than a power of two, or all 36 would fall into the same cache sets.
import { FREQUENCIES } from "./lib/constants";
import { at, ceilDiv, fma } from "./lib/lanes";
import { epilogue } from "./lib/epilogue";
import { PANEL, ROWS } from "./lib/micro";
import { rowTable, strip, TILE_BYTES } from "./lib/strip";

/** Patches in a tile of the transforms. */
const BLOCK_PATCHES: i32 = 4;
/** Rows (patches, or channels) and panels in a tile of the products. */
const BLOCK_ROWS: i32 = 96;
const BLOCK_PANELS: i32 = 8;
const BLOCK_DEPTH: i32 = 512;
const SKEW: i32 = 16;

/** Patches of N images. */
export function winogradPatches(N: i32, H: i32, W: i32): i32 {
  return N * ceilDiv(H, 4) * ceilDiv(W, 4);
}

/** Floats from row to row of V, and from plane to plane of a matrix of `rows` rows, `pitch` floats apart. */
export function winogradPitch(C: i32): i32 {
  return C + SKEW;
}

export function winogradPlane(rows: i32, pitch: i32): i32 {
  return rows * pitch + SKEW;
}

/** Addresses of a 6x6 patch, a 6x6 tile of 8 channels, and a row of zeros, or of floats nobody reads. */
export function winogradScratch(C: i32): i32 {
  return 64 + 4 * FREQUENCIES + 32 * FREQUENCIES + 4 * C + TILE_BYTES + 4 * (ROWS + 1);
}

export function winogradTransformTiles(T: i32): i32 {
  return ceilDiv(T, BLOCK_PATCHES);
}

/** out[i] = (B^T d)[i], six from six: eight lanes, as neighbouring pairs. Rows of out `pitch` bytes apart; p0, p1, ... are addresses. */
// @ts-ignore: decorator
@inline
function inputColumn(out: usize, pitch: usize, p0: usize, p1: usize, p2: usize, p3: usize, p4: usize, p5: usize): void {
  const four = f32x4.splat(4);
  const minusFour = f32x4.splat(-4);
  const minusFive = f32x4.splat(-5);
  const two = f32x4.splat(2);
  const minusTwo = f32x4.splat(-2);
  const d0 = v128.load(p0);
  const d0h = v128.load(p0, 16);
  const d1 = v128.load(p1);
  const d1h = v128.load(p1, 16);
  const d2 = v128.load(p2);
  const d2h = v128.load(p2, 16);
  const d3 = v128.load(p3);
  const d3h = v128.load(p3, 16);
  const d4 = v128.load(p4);
  const d4h = v128.load(p4, 16);
  const d5 = v128.load(p5);
  const d5h = v128.load(p5, 16);
  const p = fma(minusFour, d2, d4);
  const ph = fma(minusFour, d2h, d4h);
  const q = fma(minusFour, d1, d3);
  const qh = fma(minusFour, d1h, d3h);
  const r = f32x4.sub(d4, d2);
  const rh = f32x4.sub(d4h, d2h);
  const s = f32x4.sub(d3, d1);
  const sh = f32x4.sub(d3h, d1h);
  v128.store(out, fma(four, d0, fma(minusFive, d2, d4)));
  v128.store(out, fma(four, d0h, fma(minusFive, d2h, d4h)), 16);
  v128.store(out + pitch, f32x4.add(p, q));
  v128.store(out + pitch, f32x4.add(ph, qh), 16);
  v128.store(out + 2 * pitch, f32x4.sub(p, q));
  v128.store(out + 2 * pitch, f32x4.sub(ph, qh), 16);
  v128.store(out + 3 * pitch, fma(two, s, r));
  v128.store(out + 3 * pitch, fma(two, sh, rh), 16);
  v128.store(out + 4 * pitch, fma(minusTwo, s, r));
  v128.store(out + 4 * pitch, fma(minusTwo, sh, rh), 16);
  v128.store(out + 5 * pitch, fma(four, d1, fma(minusFive, d3, d5)));
  v128.store(out + 5 * pitch, fma(four, d1h, fma(minusFive, d3h, d5h)), 16);
}

/** The addresses of patch t's 6x6 (or 4x4, border 0) pixels; outside the image, `outside`. */
function patchTable(
  table: usize, x: usize, t: i32, H: i32, W: i32, C: i32, side: i32, border: i32, outside: usize,
): void {
  const across = ceilDiv(W, 4);
  const down = ceilDiv(H, 4);
  const n = t / (across * down);
  const top = ((t / across) % down) * 4 - border;
  const left = (t % across) * 4 - border;
  for (let i = 0; i < side; ++i) {
    for (let j = 0; j < side; ++j) {
      const h = top + i;
      const w = left + j;
      const inside = <u32>h < <u32>H && <u32>w < <u32>W;
      store<u32>(table, <u32>(inside ? at(x, ((n * H + h) * W + w) * C) : outside));
      table += 4;
    }
  }
}

/**
 * V = B^T d B for every patch of x[N][H][W][C].
 *
 * @out v f32[FREQUENCIES * plane]
 * @in x f32[T / winogradPatches(1, H, W) * H * W * C]
 * @scratch winogradScratch(C)
 * @tiles winogradTransformTiles(T)
 */
export function winogradInput(
  v: usize, x: usize, scratch: usize, H: i32, W: i32, C: i32, T: i32, ldv: i32, plane: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  inputPatches(v, x, scratch, H, W, C, ldv, plane, tileBegin * BLOCK_PATCHES, min(tileEnd * BLOCK_PATCHES, T));
}

/** Patches begin .. end - 1; patch t goes to row t of v. */
function inputPatches(
  v: usize, x: usize, scratch: usize, H: i32, W: i32, C: i32, ldv: i32, plane: i32, begin: i32, end: i32,
): void {
  const table = scratch;
  const half = scratch + 4 * FREQUENCIES;
  const zeros = half + 32 * FREQUENCIES;
  memory.fill(zeros, 0, 4 * C);
  const pitch = <usize>plane << 2;
  for (let t = begin; t < end; ++t) {
    patchTable(table, x, t, H, W, C, 6, 1, zeros);
    for (let c = 0; c < C; c += 8) {
      for (let j = 0; j < 6; ++j) {
        const column = table + 4 * j;
        const p0 = at(<usize>load<u32>(column), c);
        const p1 = at(<usize>load<u32>(column, 24), c);
        const p2 = at(<usize>load<u32>(column, 48), c);
        const p3 = at(<usize>load<u32>(column, 72), c);
        const p4 = at(<usize>load<u32>(column, 96), c);
        const p5 = at(<usize>load<u32>(column, 120), c);
        inputColumn(half + 32 * j, 192, p0, p1, p2, p3, p4, p5);
      }
      let out = at(v, t * ldv + c);
      for (let i = 0; i < 6; ++i) {
        const row = half + 192 * i;
        inputColumn(out, pitch, row, row + 32, row + 64, row + 96, row + 128, row + 160);
        out += 6 * pitch;
      }
    }
  }
}

/** out[i] = (A d)[i], six from four: eight lanes, as neighbouring pairs. Rows of out `pitch` bytes apart; p0, p1, ... are addresses. */
// @ts-ignore: decorator
@inline
function gradientColumn(out: usize, pitch: usize, p0: usize, p1: usize, p2: usize, p3: usize): void {
  const four = f32x4.splat(4);
  const eight = f32x4.splat(8);
  const d0 = v128.load(p0);
  const d0h = v128.load(p0, 16);
  const d1 = v128.load(p1);
  const d1h = v128.load(p1, 16);
  const d2 = v128.load(p2);
  const d2h = v128.load(p2, 16);
  const d3 = v128.load(p3);
  const d3h = v128.load(p3, 16);
  const p = f32x4.add(d0, d2);
  const ph = f32x4.add(d0h, d2h);
  const q = f32x4.add(d1, d3);
  const qh = f32x4.add(d1h, d3h);
  const r = fma(four, d2, d0);
  const rh = fma(four, d2h, d0h);
  const s = fma(eight, d3, f32x4.add(d1, d1));
  const sh = fma(eight, d3h, f32x4.add(d1h, d1h));
  v128.store(out, d0);
  v128.store(out, d0h, 16);
  v128.store(out + pitch, f32x4.add(p, q));
  v128.store(out + pitch, f32x4.add(ph, qh), 16);
  v128.store(out + 2 * pitch, f32x4.sub(p, q));
  v128.store(out + 2 * pitch, f32x4.sub(ph, qh), 16);
  v128.store(out + 3 * pitch, f32x4.add(r, s));
  v128.store(out + 3 * pitch, f32x4.add(rh, sh), 16);
  v128.store(out + 4 * pitch, f32x4.sub(r, s));
  v128.store(out + 4 * pitch, f32x4.sub(rh, sh), 16);
  v128.store(out + 5 * pitch, d3);
  v128.store(out + 5 * pitch, d3h, 16);
}

/**
 * Z = A dy A^T for every patch, in panels: z[f][O/16][T][16].
 *
 * @out z f32[FREQUENCIES * plane]
 * @in dy f32[T / winogradPatches(1, H, W) * H * W * O]
 * @scratch winogradScratch(O)
 * @tiles winogradTransformTiles(T)
 */
export function winogradGradient(
  z: usize, dy: usize, scratch: usize, H: i32, W: i32, O: i32, T: i32, plane: i32, tileBegin: i32, tileEnd: i32,
): void {
  const table = scratch;
  const half = scratch + 4 * FREQUENCIES;
  const zeros = half + 32 * FREQUENCIES;
  memory.fill(zeros, 0, 4 * O);
  const pitch = <usize>plane << 2;
  const end = min(tileEnd * BLOCK_PATCHES, T);
  for (let t = tileBegin * BLOCK_PATCHES; t < end; ++t) {
    patchTable(table, dy, t, H, W, O, 4, 0, zeros);
    for (let o = 0; o < O; o += 8) {
      for (let j = 0; j < 4; ++j) {
        const column = table + 4 * j;
        const p0 = at(<usize>load<u32>(column), o);
        const p1 = at(<usize>load<u32>(column, 16), o);
        const p2 = at(<usize>load<u32>(column, 32), o);
        const p3 = at(<usize>load<u32>(column, 48), o);
        gradientColumn(half + 32 * j, 192, p0, p1, p2, p3);
      }
      let out = at(z, ((o / PANEL) * T + t) * PANEL + (o % PANEL));
      for (let i = 0; i < 6; ++i) {
        const row = half + 192 * i;
        gradientColumn(out, pitch, row, row + 32, row + 64, row + 96);
        out += 6 * pitch;
      }
    }
  }
}

/** out[i] = (A^T m)[i], four from six: eight lanes, as neighbouring pairs. Rows of out `pitch` bytes apart; p0, p1, ... are addresses. */
// @ts-ignore: decorator
@inline
function outputColumn(out: usize, pitch: usize, p0: usize, p1: usize, p2: usize, p3: usize, p4: usize, p5: usize): void {
  const two = f32x4.splat(2);
  const four = f32x4.splat(4);
  const eight = f32x4.splat(8);
  const m0 = v128.load(p0);
  const m0h = v128.load(p0, 16);
  const m1 = v128.load(p1);
  const m1h = v128.load(p1, 16);
  const m2 = v128.load(p2);
  const m2h = v128.load(p2, 16);
  const m3 = v128.load(p3);
  const m3h = v128.load(p3, 16);
  const m4 = v128.load(p4);
  const m4h = v128.load(p4, 16);
  const m5 = v128.load(p5);
  const m5h = v128.load(p5, 16);
  const p = f32x4.add(m1, m2);
  const ph = f32x4.add(m1h, m2h);
  const q = f32x4.sub(m1, m2);
  const qh = f32x4.sub(m1h, m2h);
  const r = f32x4.add(m3, m4);
  const rh = f32x4.add(m3h, m4h);
  const s = f32x4.sub(m3, m4);
  const sh = f32x4.sub(m3h, m4h);
  v128.store(out, f32x4.add(f32x4.add(m0, p), r));
  v128.store(out, f32x4.add(f32x4.add(m0h, ph), rh), 16);
  v128.store(out + pitch, fma(two, s, q));
  v128.store(out + pitch, fma(two, sh, qh), 16);
  v128.store(out + 2 * pitch, fma(four, r, p));
  v128.store(out + 2 * pitch, fma(four, rh, ph), 16);
  v128.store(out + 3 * pitch, f32x4.add(fma(eight, s, q), m5));
  v128.store(out + 3 * pitch, f32x4.add(fma(eight, sh, qh), m5h), 16);
}

/**
 * y (+)= A^T M A, y[N][H][W][O], m[f][T][O]; then the epilogue of lib/epilogue.ts.
 *
 * @inout y f32[T / winogradPatches(1, H, W) * H * W * O]
 * @in m f32[FREQUENCIES * plane]
 * @in? scale f32[O]
 * @in? shift f32[O]
 * @in? residual f32[T / winogradPatches(1, H, W) * H * W * O]
 * @scratch winogradScratch(O)
 * @tiles winogradTransformTiles(T)
 */
export function winogradOutput(
  y: usize, m: usize, scratch: usize, H: i32, W: i32, O: i32, T: i32, plane: i32, accumulate: i32,
  scale: usize, shift: usize, residual: usize, relu: i32, tileBegin: i32, tileEnd: i32,
): void {
  outputPatches(
    y, m, scratch, H, W, O, plane, accumulate, scale, shift, residual, relu,
    tileBegin * BLOCK_PATCHES, min(tileEnd * BLOCK_PATCHES, T),
  );
}

/** Patches begin .. end - 1; patch t comes from row t of m. */
function outputPatches(
  y: usize, m: usize, scratch: usize, H: i32, W: i32, O: i32, plane: i32, accumulate: i32,
  scale: usize, shift: usize, residual: usize, relu: i32, begin: i32, end: i32,
): void {
  const table = scratch;
  const half = scratch + 4 * FREQUENCIES;
  const nowhere = half + 32 * FREQUENCIES;
  const pitch = <usize>plane << 2;
  const keep = i32x4.splat(-accumulate);
  for (let t = begin; t < end; ++t) {
    patchTable(table, y, t, H, W, O, 4, 0, nowhere);
    for (let o = 0; o < O; o += 8) {
      let from = at(m, t * O + o);
      for (let j = 0; j < 6; ++j) {
        // Column j of M: frequencies j, 6 + j, 12 + j, ...
        outputColumn(
          half + 32 * j, 192, from, from + 6 * pitch, from + 12 * pitch, from + 18 * pitch, from + 24 * pitch,
          from + 30 * pitch,
        );
        from += pitch;
      }
      for (let i = 0; i < 4; ++i) {
        const row = half + 192 * i;
        outputColumn(row, 32, row, row + 32, row + 64, row + 96, row + 128, row + 160);
        for (let j = 0; j < 4; ++j) {
          const to = at(<usize>load<u32>(table + 4 * (4 * i + j)), o);
          const from = row + 32 * j;
          v128.store(to, f32x4.add(v128.load(from), v128.and(v128.load(to), keep)));
          v128.store(to, f32x4.add(v128.load(from, 16), v128.and(v128.load(to, 16), keep)), 16);
        }
      }
    }
    if (scale) {
      for (let pixel = 0; pixel < 16; ++pixel) {
        const to = <usize>load<u32>(table + 4 * pixel);
        if (to == nowhere) continue;
        epilogue(to, O, 1, O, scale, shift, residual ? residual + (to - y) : 0, relu);
      }
    }
  }
}

/** out[i] = (G g)[i], six from three: eight lanes, as neighbouring pairs. Rows of out `pitch` bytes apart; p0, p1, ... are addresses. */
// @ts-ignore: decorator
@inline
function weightColumn(out: usize, pitch: usize, p0: usize, p1: usize, p2: usize): void {
  const quarter = f32x4.splat(0.25);
  const minusSixth = f32x4.splat(-1.0 / 6);
  const sixth = f32x4.splat(1.0 / 6);
  const twelfth = f32x4.splat(1.0 / 12);
  const twentyFourth = f32x4.splat(1.0 / 24);
  const g0 = v128.load(p0);
  const g0h = v128.load(p0, 16);
  const g1 = v128.load(p1);
  const g1h = v128.load(p1, 16);
  const g2 = v128.load(p2);
  const g2h = v128.load(p2, 16);
  const p = f32x4.mul(minusSixth, f32x4.add(g0, g2));
  const ph = f32x4.mul(minusSixth, f32x4.add(g0h, g2h));
  const q = f32x4.mul(minusSixth, g1);
  const qh = f32x4.mul(minusSixth, g1h);
  const r = fma(sixth, g2, f32x4.mul(twentyFourth, g0));
  const rh = fma(sixth, g2h, f32x4.mul(twentyFourth, g0h));
  const s = f32x4.mul(twelfth, g1);
  const sh = f32x4.mul(twelfth, g1h);
  v128.store(out, f32x4.mul(quarter, g0));
  v128.store(out, f32x4.mul(quarter, g0h), 16);
  v128.store(out + pitch, f32x4.add(p, q));
  v128.store(out + pitch, f32x4.add(ph, qh), 16);
  v128.store(out + 2 * pitch, f32x4.sub(p, q));
  v128.store(out + 2 * pitch, f32x4.sub(ph, qh), 16);
  v128.store(out + 3 * pitch, f32x4.add(r, s));
  v128.store(out + 3 * pitch, f32x4.add(rh, sh), 16);
  v128.store(out + 4 * pitch, f32x4.sub(r, s));
  v128.store(out + 4 * pitch, f32x4.sub(rh, sh), 16);
  v128.store(out + 5 * pitch, g2);
  v128.store(out + 5 * pitch, g2h, 16);
}

/** Rows (16 weights) in a tile of the weight transforms. */
const BLOCK_WEIGHTS: i32 = 64;

export function winogradWeightTiles(O: i32, C: i32): i32 {
  return ceilDiv((O / PANEL) * C, BLOCK_WEIGHTS);
}

/** Floats from frequency to frequency of U and S: panels of C rows for O columns. */
export function winogradWeightPlane(O: i32, C: i32): i32 {
  return O * C + SKEW;
}

/**
 * u[f][O/16][C][16] = G g G^T from panels[O/16][9][C][16]; turn = 1 reads the taps backwards, for backward data.
 *
 * @out u f32[FREQUENCIES * winogradWeightPlane(O, C)]
 * @in panels f32[9 * O * C]
 * @scratch winogradScratch(max(C, O))
 * @tiles winogradWeightTiles(O, C)
 */
export function winogradWeights(
  u: usize, panels: usize, scratch: usize, O: i32, C: i32, turn: i32, tileBegin: i32, tileEnd: i32,
): void {
  const pitch = <usize>winogradWeightPlane(O, C) << 2;
  const end = min(tileEnd * BLOCK_WEIGHTS, (O / PANEL) * C);
  const tap = <usize>(C * PANEL * 4) * (turn ? -1 : 1);
  for (let row = tileBegin * BLOCK_WEIGHTS; row < end; ++row) {
    const first = at(panels, (((row / C) * 9 + (turn ? 8 : 0)) * C + (row % C)) * PANEL);
    for (let lane = 0; lane < 64; lane += 32) {
      let from = first + lane;
      for (let j = 0; j < 3; ++j) {
        weightColumn(scratch + 32 * j, 96, from, from + 3 * tap, from + 6 * tap);
        from += tap;
      }
      let out = at(u, row * PANEL) + lane;
      for (let i = 0; i < 6; ++i) {
        const half = scratch + 96 * i;
        weightColumn(out, pitch, half, half + 32, half + 64);
        out += 6 * pitch;
      }
    }
  }
}

/** out[i] = (G^T s)[i], three from six: eight lanes, as neighbouring pairs. Rows of out `pitch` bytes apart; p0, p1, ... are addresses. */
// @ts-ignore: decorator
@inline
function weightGradientColumn(out: usize, pitch: usize, p0: usize, p1: usize, p2: usize, p3: usize, p4: usize, p5: usize): void {
  const quarter = f32x4.splat(0.25);
  const minusSixth = f32x4.splat(-1.0 / 6);
  const sixth = f32x4.splat(1.0 / 6);
  const twelfth = f32x4.splat(1.0 / 12);
  const twentyFourth = f32x4.splat(1.0 / 24);
  const s0 = v128.load(p0);
  const s0h = v128.load(p0, 16);
  const s1 = v128.load(p1);
  const s1h = v128.load(p1, 16);
  const s2 = v128.load(p2);
  const s2h = v128.load(p2, 16);
  const s3 = v128.load(p3);
  const s3h = v128.load(p3, 16);
  const s4 = v128.load(p4);
  const s4h = v128.load(p4, 16);
  const s5 = v128.load(p5);
  const s5h = v128.load(p5, 16);
  const p = f32x4.add(s1, s2);
  const ph = f32x4.add(s1h, s2h);
  const q = f32x4.sub(s1, s2);
  const qh = f32x4.sub(s1h, s2h);
  const r = f32x4.add(s3, s4);
  const rh = f32x4.add(s3h, s4h);
  const t = f32x4.sub(s3, s4);
  const th = f32x4.sub(s3h, s4h);
  v128.store(out, fma(twentyFourth, r, fma(minusSixth, p, f32x4.mul(quarter, s0))));
  v128.store(out, fma(twentyFourth, rh, fma(minusSixth, ph, f32x4.mul(quarter, s0h))), 16);
  v128.store(out + pitch, fma(minusSixth, q, f32x4.mul(twelfth, t)));
  v128.store(out + pitch, fma(minusSixth, qh, f32x4.mul(twelfth, th)), 16);
  v128.store(out + 2 * pitch, fma(sixth, f32x4.sub(r, p), s5));
  v128.store(out + 2 * pitch, fma(sixth, f32x4.sub(rh, ph), s5h), 16);
}

/**
 * dw panels[O/16][9][C][16] = G^T S G from s[f][O/16][C][16].
 *
 * @out dw f32[9 * O * C]
 * @in s f32[FREQUENCIES * winogradWeightPlane(O, C)]
 * @scratch winogradScratch(max(C, O))
 * @tiles winogradWeightTiles(O, C)
 */
export function winogradWeightsGradient(
  dw: usize, s: usize, scratch: usize, O: i32, C: i32, tileBegin: i32, tileEnd: i32,
): void {
  const pitch = <usize>winogradWeightPlane(O, C) << 2;
  const end = min(tileEnd * BLOCK_WEIGHTS, (O / PANEL) * C);
  const tap = <usize>(C * PANEL * 4);
  for (let row = tileBegin * BLOCK_WEIGHTS; row < end; ++row) {
    for (let lane = 0; lane < 64; lane += 32) {
      let from = at(s, row * PANEL) + lane;
      for (let j = 0; j < 6; ++j) {
        weightGradientColumn(
          scratch + 32 * j, 192, from, from + 6 * pitch, from + 12 * pitch, from + 18 * pitch, from + 24 * pitch,
          from + 30 * pitch,
        );
        from += pitch;
      }
      let out = at(dw, ((row / C) * 9 * C + (row % C)) * PANEL) + lane;
      for (let i = 0; i < 3; ++i) {
        const half = scratch + 192 * i;
        weightGradientColumn(out, tap, half, half + 32, half + 64, half + 96, half + 128, half + 160);
        out += 3 * tap;
      }
    }
  }
}

/** Tiles of the products: R rows (patches T forward, channels C backward), O columns. */
export function winogradProductTiles(R: i32, O: i32): i32 {
  return FREQUENCIES * ceilDiv(R, BLOCK_ROWS) * ceilDiv(O / PANEL, BLOCK_PANELS);
}

/**
 * c[f][R][16-wide columns] (+)= a[f] * panels[f]: the 36 products. Element (r, k) of a lies at r*rowPitch + k*depthPitch;
 * panels[f][O/16][K][16]; element (r, panel p) of c at r*ldc + p*panelPitch.
 */
// @ts-ignore: decorator
@inline
function products(
  c: usize, a: usize, panels: usize, scratch: usize, R: i32, O: i32, K: i32, rowPitch: i32, depthPitch: i32,
  ldc: i32, panelPitch: i32, planeC: i32, planeA: i32, planeP: i32, accumulate: i32, tileBegin: i32, tileEnd: i32,
): void {
  const table = scratch + TILE_BYTES;
  const groups = ceilDiv(O / PANEL, BLOCK_PANELS);
  const blocks = ceilDiv(R, BLOCK_ROWS) * groups;
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const f = tile / blocks;
    const rowBegin = ((tile % blocks) / groups) * BLOCK_ROWS;
    const rowEnd = min(rowBegin + BLOCK_ROWS, R);
    const panelBegin = (tile % groups) * BLOCK_PANELS;
    const panelEnd = min(panelBegin + BLOCK_PANELS, O / PANEL);
    for (let k = 0; k < K; k += BLOCK_DEPTH) {
      const depth = min(BLOCK_DEPTH, K - k);
      for (let p = panelBegin; p < panelEnd; ++p) {
        const panel = at(panels, f * planeP + (p * K + k) * PANEL);
        for (let r = rowBegin; r < rowEnd; r += ROWS) {
          const rows = min(ROWS, rowEnd - r);
          rowTable(table, at(a, f * planeA + r * rowPitch + k * depthPitch), rowPitch, rows);
          strip(
            at(c, f * planeC + r * ldc + p * panelPitch), ldc, rows, PANEL, scratch,
            panel, table, 1, depth, depthPitch * 4, k > 0 ? 1 : accumulate,
          );
        }
      }
    }
  }
}

/**
 * m[f][T][O] = v[f][T][C] u[f].
 *
 * @out m f32[FREQUENCIES * planeM]
 * @in v f32[FREQUENCIES * planeV]
 * @in u f32[FREQUENCIES * winogradWeightPlane(O, C)]
 * @scratch winogradScratch(max(C, O))
 * @tiles winogradProductTiles(T, O)
 * @flops 2 * FREQUENCIES * T * C * O
 */
export function winogradProducts(
  m: usize, v: usize, u: usize, scratch: usize, T: i32, C: i32, O: i32, ldv: i32, planeM: i32, planeV: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  const planeU = winogradWeightPlane(O, C);
  products(m, v, u, scratch, T, O, C, ldv, 1, O, PANEL, planeM, planeV, planeU, 0, tileBegin, tileEnd);
}

/**
 * s[f][O/16][C][16] (+)= v[f]^T z[f] over this chunk's T patches.
 *
 * @inout s f32[FREQUENCIES * winogradWeightPlane(O, C)]
 * @in v f32[FREQUENCIES * planeV]
 * @in z f32[FREQUENCIES * planeZ]
 * @scratch winogradScratch(max(C, O))
 * @tiles winogradProductTiles(C, O)
 * @flops 2 * FREQUENCIES * T * C * O
 */
export function winogradWeightProducts(
  s: usize, v: usize, z: usize, scratch: usize, T: i32, C: i32, O: i32, ldv: i32, planeV: i32, planeZ: i32,
  accumulate: i32, tileBegin: i32, tileEnd: i32,
): void {
  const planeS = winogradWeightPlane(O, C);
  products(s, v, z, scratch, C, O, T, 1, ldv, PANEL, C * PANEL, planeS, planeV, planeZ, accumulate, tileBegin, tileEnd);
}

// The whole convolution in one call: a tile takes a block of patches from x to y through worker scratch, so that V and M
// never leave the second-level cache. Each block fetches all of U again: for few channels that is cheap (U of 64 channels
// is 590 KB), for many it is not, and the three calls above are faster.

/** Patches in a tile. */
const FUSED_PATCHES: i32 = 24;

export function winogradFusedTiles(T: i32): i32 {
  return ceilDiv(T, FUSED_PATCHES);
}

export function winogradFusedScratch(C: i32, O: i32): i32 {
  const planes = winogradPlane(FUSED_PATCHES, winogradPitch(C)) + winogradPlane(FUSED_PATCHES, O);
  return 4 * FREQUENCIES * planes + winogradScratch(max(C, O));
}

/**
 * y (+)= A^T [ V . U ] A, then the epilogue of lib/epilogue.ts.
 *
 * @inout y f32[T / winogradPatches(1, H, W) * H * W * O]
 * @in x f32[T / winogradPatches(1, H, W) * H * W * C]
 * @in u f32[FREQUENCIES * winogradWeightPlane(O, C)]
 * @in? scale f32[O]
 * @in? shift f32[O]
 * @in? residual f32[T / winogradPatches(1, H, W) * H * W * O]
 * @scratch winogradFusedScratch(C, O)
 * @tiles winogradFusedTiles(T)
 * @flops 2 * FREQUENCIES * T * C * O
 */
export function winogradFused(
  y: usize, x: usize, u: usize, scratch: usize, H: i32, W: i32, C: i32, O: i32, T: i32, accumulate: i32,
  scale: usize, shift: usize, residual: usize, relu: i32, tileBegin: i32, tileEnd: i32,
): void {
  const ldv = winogradPitch(C);
  const planeV = winogradPlane(FUSED_PATCHES, ldv);
  const planeM = winogradPlane(FUSED_PATCHES, O);
  const planeU = winogradWeightPlane(O, C);
  const v = scratch;
  const m = at(v, FREQUENCIES * planeV);
  const own = at(m, FREQUENCIES * planeM);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const begin = tile * FUSED_PATCHES;
    const end = min(begin + FUSED_PATCHES, T);
    const count = end - begin;
    inputPatches(v - <usize>(begin * ldv * 4), x, own, H, W, C, ldv, planeV, begin, end);
    products(
      m, v, u, own, count, O, C, ldv, 1, O, PANEL, planeM, planeV, planeU, 0, 0, winogradProductTiles(count, O),
    );
    outputPatches(
      y, m - <usize>(begin * O * 4), own, H, W, O, planeM, accumulate, scale, shift, residual, relu, begin, end,
    );
  }
}
