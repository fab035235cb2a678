// Made by assembly/infer/dispatch.mjs from the kernels' declarations and tags: `npm run build:core` writes it anew.
// Of a call: `a` is the address of its arguments, a word each, in the kernel's order.
import { averagePool } from "../pooling";
import { conv2d } from "../conv2d";
import { conv2dScratch } from "../conv2d";
import { conv2dTiles } from "../conv2d";
import { elementwiseTiles } from "../elementwise";
import { foldBatchNorm } from "../batchnorm";
import { linearBackwardInput } from "../linear";
import { linearChunks } from "../linear";
import { linearPartials } from "../linear";
import { linearSum } from "../linear";
import { logOdds } from "../explain";
import { logOddsBackward } from "../explain";
import { matmulScratch } from "../matmul";
import { maxPool } from "../pooling";
import { maxPoolScratch } from "../pooling";
import { narrowLinearBackwardData } from "../narrow-linear";
import { narrowLinearChunks } from "../narrow-linear";
import { narrowLinearPartials } from "../narrow-linear";
import { narrowLinearPixelsPartials } from "../narrow-linear";
import { narrowLinearPixelsScratch } from "../narrow-linear";
import { narrowLinearSum } from "../narrow-linear";
import { normalize } from "../pixels";
import { packPanels } from "../matmul";
import { pixelMap } from "../explain";
import { pixels } from "../pixels";
import { pixelsPadded } from "../pixels";
import { reluBackward } from "../elementwise";
import { winogradInput } from "../winograd/transforms";
import { winogradOutput } from "../winograd/transforms";
import { winogradPatches } from "../winograd/layout";
import { winogradProductTiles } from "../winograd/products";
import { winogradProducts } from "../winograd/products";
import { winogradScratch } from "../winograd/layout";
import { winogradTransformTiles } from "../winograd/transforms";
import { winogradWeightPlane } from "../winograd/layout";
import { winogradWeightTiles } from "../winograd/weights";
import { winogradWeights } from "../winograd/weights";

const FREQUENCIES: f64 = 36.0;
const PANEL: f64 = 16.0;

// @ts-ignore: decorator
@inline function k_matmulScratch(): f64 { return <f64>matmulScratch(); }
// @ts-ignore: decorator
@inline function k_linearChunks(I: f64): f64 { return <f64>linearChunks(<i32>I); }
// @ts-ignore: decorator
@inline function k_narrowLinearChunks(I: f64): f64 { return <f64>narrowLinearChunks(<i32>I); }
// @ts-ignore: decorator
@inline function k_narrowLinearPixelsScratch(): f64 { return <f64>narrowLinearPixelsScratch(); }
// @ts-ignore: decorator
@inline function k_conv2dScratch(R: f64, S: f64, depth: f64): f64 { return <f64>conv2dScratch(<i32>R, <i32>S, <i32>depth); }
// @ts-ignore: decorator
@inline function k_conv2dTiles(N: f64, OH: f64, OW: f64, O: f64): f64 { return <f64>conv2dTiles(<i32>N, <i32>OH, <i32>OW, <i32>O); }
// @ts-ignore: decorator
@inline function k_winogradPatches(N: f64, H: f64, W: f64): f64 { return <f64>winogradPatches(<i32>N, <i32>H, <i32>W); }
// @ts-ignore: decorator
@inline function k_winogradWeightPlane(O: f64, C: f64): f64 { return <f64>winogradWeightPlane(<i32>O, <i32>C); }
// @ts-ignore: decorator
@inline function k_winogradScratch(C: f64): f64 { return <f64>winogradScratch(<i32>C); }
// @ts-ignore: decorator
@inline function k_winogradTransformTiles(T: f64): f64 { return <f64>winogradTransformTiles(<i32>T); }
// @ts-ignore: decorator
@inline function k_winogradWeightTiles(O: f64, C: f64): f64 { return <f64>winogradWeightTiles(<i32>O, <i32>C); }
// @ts-ignore: decorator
@inline function k_winogradProductTiles(R: f64, O: f64): f64 { return <f64>winogradProductTiles(<i32>R, <i32>O); }
// @ts-ignore: decorator
@inline function k_maxPoolScratch(C: f64): f64 { return <f64>maxPoolScratch(<i32>C); }
// @ts-ignore: decorator
@inline function k_elementwiseTiles(count: f64): f64 { return <f64>elementwiseTiles(<i32>count); }

// @ts-ignore: decorator
@inline function w(a: usize, i: i32): i32 { return load<i32>(a + 4 * <usize>i); }
// @ts-ignore: decorator
@inline function f(a: usize, i: i32): f32 { return load<f32>(a + 4 * <usize>i); }
// @ts-ignore: decorator
@inline function n(a: usize, i: i32): f64 { return <f64>w(a, i); }
// @ts-ignore: decorator
@inline function ceilDiv(a: f64, b: f64): f64 { return ceil<f64>(a / b); }

export const KERNEL_COUNT: i32 = 23;

/** All tiles of a call. */
export function run(kernel: i32, a: usize, tiles: i32): void {
  switch (kernel) {
    case 0: pixels(<usize>w(a, 0), <usize>w(a, 1), w(a, 2), 0, tiles); break;
    case 1: pixelsPadded(<usize>w(a, 0), <usize>w(a, 1), w(a, 2), w(a, 3), w(a, 4), w(a, 5), 0, tiles); break;
    case 2: normalize(<usize>w(a, 0), w(a, 1), w(a, 2), w(a, 3), f(a, 4), f(a, 5), f(a, 6), f(a, 7), f(a, 8), f(a, 9), 0, tiles); break;
    case 3: conv2d(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), <usize>w(a, 3), w(a, 4), w(a, 5), w(a, 6), w(a, 7), w(a, 8), w(a, 9), w(a, 10), w(a, 11), w(a, 12), w(a, 13), w(a, 14), w(a, 15), <usize>w(a, 16), <usize>w(a, 17), <usize>w(a, 18), w(a, 19), 0, tiles); break;
    case 4: maxPool(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), <usize>w(a, 3), w(a, 4), w(a, 5), w(a, 6), w(a, 7), w(a, 8), 0, tiles); break;
    case 5: averagePool(<usize>w(a, 0), <usize>w(a, 1), w(a, 2), w(a, 3), 0, tiles); break;
    case 6: winogradInput(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), w(a, 3), w(a, 4), w(a, 5), w(a, 6), w(a, 7), w(a, 8), 0, tiles); break;
    case 7: winogradProducts(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), <usize>w(a, 3), w(a, 4), w(a, 5), w(a, 6), w(a, 7), w(a, 8), w(a, 9), 0, tiles); break;
    case 8: winogradOutput(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), w(a, 3), w(a, 4), w(a, 5), w(a, 6), w(a, 7), w(a, 8), <usize>w(a, 9), <usize>w(a, 10), <usize>w(a, 11), w(a, 12), 0, tiles); break;
    case 9: foldBatchNorm(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), <usize>w(a, 3), <usize>w(a, 4), <usize>w(a, 5), w(a, 6), f(a, 7), 0, tiles); break;
    case 10: winogradWeights(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), w(a, 3), w(a, 4), w(a, 5), 0, tiles); break;
    case 11: narrowLinearPartials(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), w(a, 3), w(a, 4), w(a, 5), 0, tiles); break;
    case 12: narrowLinearSum(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), w(a, 3), w(a, 4), w(a, 5), 0, tiles); break;
    case 13: linearPartials(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), <usize>w(a, 3), w(a, 4), w(a, 5), w(a, 6), 0, tiles); break;
    case 14: linearSum(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), w(a, 3), w(a, 4), w(a, 5), w(a, 6), 0, tiles); break;
    case 15: logOdds(<usize>w(a, 0), <usize>w(a, 1), w(a, 2), 0, tiles); break;
    case 16: logOddsBackward(<usize>w(a, 0), w(a, 1), 0, tiles); break;
    case 17: narrowLinearBackwardData(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), w(a, 3), w(a, 4), 0, tiles); break;
    case 18: pixelMap(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), w(a, 3), w(a, 4), 0, tiles); break;
    case 19: reluBackward(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), w(a, 3), 0, tiles); break;
    case 20: packPanels(<usize>w(a, 0), <usize>w(a, 1), w(a, 2), w(a, 3), w(a, 4), 0, tiles); break;
    case 21: linearBackwardInput(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), w(a, 3), w(a, 4), w(a, 5), 0, tiles); break;
    case 22: narrowLinearPixelsPartials(<usize>w(a, 0), <usize>w(a, 1), <usize>w(a, 2), <usize>w(a, 3), w(a, 4), w(a, 5), w(a, 6), 0, tiles); break;
  }
}

export function argumentCount(kernel: i32): i32 {
  switch (kernel) {
    case 0: return 3;
    case 1: return 6;
    case 2: return 10;
    case 3: return 20;
    case 4: return 9;
    case 5: return 4;
    case 6: return 9;
    case 7: return 10;
    case 8: return 13;
    case 9: return 8;
    case 10: return 6;
    case 11: return 6;
    case 12: return 6;
    case 13: return 7;
    case 14: return 7;
    case 15: return 3;
    case 16: return 2;
    case 17: return 5;
    case 18: return 5;
    case 19: return 4;
    case 20: return 5;
    case 21: return 6;
    case 22: return 7;
    default: return -1;
  }
}

/** Of each argument, two bits: 0 a whole number, 1 an f32, 2 an address, 3 that of scratch memory. */
export function kindsOf(kernel: i32): u64 {
  switch (kernel) {
    case 0: return 10;
    case 1: return 10;
    case 2: return 349442;
    case 3: return 180388626666;
    case 4: return 234;
    case 5: return 10;
    case 6: return 58;
    case 7: return 234;
    case 8: return 11010106;
    case 9: return 19114;
    case 10: return 58;
    case 11: return 42;
    case 12: return 42;
    case 13: return 234;
    case 14: return 42;
    case 15: return 10;
    case 16: return 2;
    case 17: return 42;
    case 18: return 42;
    case 19: return 42;
    case 20: return 10;
    case 21: return 42;
    case 22: return 234;
    default: return 0;
  }
}

/** A bit for each operand that may be absent. */
export function optionalOf(kernel: i32): u32 {
  switch (kernel) {
    case 0: return 0;
    case 1: return 0;
    case 2: return 0;
    case 3: return 56;
    case 4: return 2;
    case 5: return 0;
    case 6: return 0;
    case 7: return 0;
    case 8: return 28;
    case 9: return 0;
    case 10: return 0;
    case 11: return 0;
    case 12: return 0;
    case 13: return 0;
    case 14: return 0;
    case 15: return 0;
    case 16: return 0;
    case 17: return 0;
    case 18: return 4;
    case 19: return 0;
    case 20: return 0;
    case 21: return 0;
    case 22: return 0;
    default: return 0;
  }
}

/** A bit for each operand that is written. */
export function writtenOf(kernel: i32): u32 {
  switch (kernel) {
    case 0: return 1;
    case 1: return 1;
    case 2: return 1;
    case 3: return 1;
    case 4: return 3;
    case 5: return 1;
    case 6: return 1;
    case 7: return 1;
    case 8: return 1;
    case 9: return 3;
    case 10: return 1;
    case 11: return 1;
    case 12: return 1;
    case 13: return 1;
    case 14: return 1;
    case 15: return 1;
    case 16: return 1;
    case 17: return 1;
    case 18: return 1;
    case 19: return 1;
    case 20: return 1;
    case 21: return 1;
    case 22: return 1;
    default: return 0;
  }
}

/** Which argument is operand `operand`; -1: there are no more. */
export function operandAt(kernel: i32, operand: i32): i32 {
  switch (kernel) {
    case 0: switch (operand) { case 0: return 0; case 1: return 1; default: return -1; }
    case 1: switch (operand) { case 0: return 0; case 1: return 1; default: return -1; }
    case 2: switch (operand) { case 0: return 0; default: return -1; }
    case 3: switch (operand) { case 0: return 0; case 1: return 1; case 2: return 2; case 3: return 16; case 4: return 17; case 5: return 18; default: return -1; }
    case 4: switch (operand) { case 0: return 0; case 1: return 1; case 2: return 2; default: return -1; }
    case 5: switch (operand) { case 0: return 0; case 1: return 1; default: return -1; }
    case 6: switch (operand) { case 0: return 0; case 1: return 1; default: return -1; }
    case 7: switch (operand) { case 0: return 0; case 1: return 1; case 2: return 2; default: return -1; }
    case 8: switch (operand) { case 0: return 0; case 1: return 1; case 2: return 9; case 3: return 10; case 4: return 11; default: return -1; }
    case 9: switch (operand) { case 0: return 0; case 1: return 1; case 2: return 2; case 3: return 3; case 4: return 4; case 5: return 5; default: return -1; }
    case 10: switch (operand) { case 0: return 0; case 1: return 1; default: return -1; }
    case 11: switch (operand) { case 0: return 0; case 1: return 1; case 2: return 2; default: return -1; }
    case 12: switch (operand) { case 0: return 0; case 1: return 1; case 2: return 2; default: return -1; }
    case 13: switch (operand) { case 0: return 0; case 1: return 1; case 2: return 2; default: return -1; }
    case 14: switch (operand) { case 0: return 0; case 1: return 1; case 2: return 2; default: return -1; }
    case 15: switch (operand) { case 0: return 0; case 1: return 1; default: return -1; }
    case 16: switch (operand) { case 0: return 0; default: return -1; }
    case 17: switch (operand) { case 0: return 0; case 1: return 1; case 2: return 2; default: return -1; }
    case 18: switch (operand) { case 0: return 0; case 1: return 1; case 2: return 2; default: return -1; }
    case 19: switch (operand) { case 0: return 0; case 1: return 1; case 2: return 2; default: return -1; }
    case 20: switch (operand) { case 0: return 0; case 1: return 1; default: return -1; }
    case 21: switch (operand) { case 0: return 0; case 1: return 1; case 2: return 2; default: return -1; }
    case 22: switch (operand) { case 0: return 0; case 1: return 1; case 2: return 2; default: return -1; }
    default: return -1;
  }
}

/** Bytes that it may touch. */
export function touched(kernel: i32, operand: i32, a: usize, tiles: f64): f64 {
  switch (kernel) {
    case 0: switch (operand) { case 0: return 4.0 * tiles * n(a, 2); case 1: return tiles * n(a, 2); default: return -1; }
    case 1: switch (operand) { case 0: return 4.0 * (tiles * (n(a, 2) + 2.0 * n(a, 5)) * (n(a, 3) + 2.0 * n(a, 5)) * n(a, 4)); case 1: return tiles * n(a, 2) * n(a, 3) * n(a, 4); default: return -1; }
    case 2: switch (operand) { case 0: return 4.0 * (tiles * (n(a, 1) + 2.0 * n(a, 3)) * (n(a, 2) + 2.0 * n(a, 3)) * 3.0); default: return -1; }
    case 3: switch (operand) { case 0: return 4.0 * n(a, 4) * n(a, 9) * n(a, 10) * n(a, 11); case 1: return 4.0 * n(a, 4) * n(a, 5) * n(a, 6) * n(a, 7); case 2: return 4.0 * ceilDiv(n(a, 11), PANEL) * n(a, 12) * n(a, 13) * n(a, 8) * PANEL; case 3: return 4.0 * n(a, 11); case 4: return 4.0 * n(a, 11); case 5: return 4.0 * n(a, 4) * n(a, 9) * n(a, 10) * n(a, 11); default: return -1; }
    case 4: switch (operand) { case 0: return 4.0 * tiles * n(a, 8) * n(a, 6); case 1: return tiles * n(a, 8) * n(a, 6); case 2: return 4.0 * tiles / n(a, 7) * n(a, 4) * n(a, 5) * n(a, 6); default: return -1; }
    case 5: switch (operand) { case 0: return 4.0 * tiles * n(a, 3); case 1: return 4.0 * tiles * n(a, 2) * n(a, 3); default: return -1; }
    case 6: switch (operand) { case 0: return 4.0 * FREQUENCIES * n(a, 8); case 1: return 4.0 * n(a, 6) / k_winogradPatches(1.0, n(a, 3), n(a, 4)) * n(a, 3) * n(a, 4) * n(a, 5); default: return -1; }
    case 7: switch (operand) { case 0: return 4.0 * FREQUENCIES * n(a, 8); case 1: return 4.0 * FREQUENCIES * n(a, 9); case 2: return 4.0 * FREQUENCIES * k_winogradWeightPlane(n(a, 6), n(a, 5)); default: return -1; }
    case 8: switch (operand) { case 0: return 4.0 * n(a, 6) / k_winogradPatches(1.0, n(a, 3), n(a, 4)) * n(a, 3) * n(a, 4) * n(a, 5); case 1: return 4.0 * FREQUENCIES * n(a, 7); case 2: return 4.0 * n(a, 5); case 3: return 4.0 * n(a, 5); case 4: return 4.0 * n(a, 6) / k_winogradPatches(1.0, n(a, 3), n(a, 4)) * n(a, 3) * n(a, 4) * n(a, 5); default: return -1; }
    case 9: switch (operand) { case 0: return 4.0 * n(a, 6); case 1: return 4.0 * n(a, 6); case 2: return 4.0 * n(a, 6); case 3: return 4.0 * n(a, 6); case 4: return 4.0 * n(a, 6); case 5: return 4.0 * n(a, 6); default: return -1; }
    case 10: switch (operand) { case 0: return 4.0 * FREQUENCIES * k_winogradWeightPlane(n(a, 3), n(a, 4)); case 1: return 4.0 * 9.0 * n(a, 3) * n(a, 4); default: return -1; }
    case 11: switch (operand) { case 0: return 4.0 * k_narrowLinearChunks(n(a, 4)) * n(a, 3) * n(a, 5); case 1: return 4.0 * n(a, 3) * n(a, 4); case 2: return 4.0 * n(a, 5) * n(a, 4); default: return -1; }
    case 12: switch (operand) { case 0: return 4.0 * n(a, 3) * n(a, 4); case 1: return 4.0 * n(a, 5) * n(a, 3) * n(a, 4); case 2: return 4.0 * n(a, 4); default: return -1; }
    case 13: switch (operand) { case 0: return 4.0 * k_linearChunks(n(a, 5)) * n(a, 4) * ceilDiv(n(a, 6), PANEL) * PANEL; case 1: return 4.0 * n(a, 4) * n(a, 5); case 2: return 4.0 * ceilDiv(n(a, 6), PANEL) * n(a, 5) * PANEL; default: return -1; }
    case 14: switch (operand) { case 0: return 4.0 * n(a, 3) * n(a, 4); case 1: return 4.0 * n(a, 5) * n(a, 3) * ceilDiv(n(a, 4), PANEL) * PANEL; case 2: return 4.0 * n(a, 4); default: return -1; }
    case 15: switch (operand) { case 0: return 4.0 * n(a, 2); case 1: return 4.0 * 2.0 * n(a, 2); default: return -1; }
    case 16: switch (operand) { case 0: return 4.0 * 2.0 * n(a, 1); default: return -1; }
    case 17: switch (operand) { case 0: return 4.0 * tiles * n(a, 3); case 1: return 4.0 * tiles * n(a, 4); case 2: return 4.0 * n(a, 4) * n(a, 3); default: return -1; }
    case 18: switch (operand) { case 0: return 4.0 * tiles * n(a, 3); case 1: return 4.0 * tiles * n(a, 3) * n(a, 4); case 2: return tiles * n(a, 3) * n(a, 4); default: return -1; }
    case 19: switch (operand) { case 0: return 4.0 * n(a, 3); case 1: return 4.0 * n(a, 3); case 2: return 4.0 * n(a, 3); default: return -1; }
    case 20: switch (operand) { case 0: return 4.0 * ceilDiv(n(a, 2), PANEL) * n(a, 3) * PANEL; case 1: return 4.0 * ((n(a, 3) - 1.0) * n(a, 4) + n(a, 2)); default: return -1; }
    case 21: switch (operand) { case 0: return 4.0 * n(a, 3) * n(a, 4); case 1: return 4.0 * ceilDiv(n(a, 5), PANEL) * n(a, 3) * PANEL; case 2: return 4.0 * ceilDiv(n(a, 5), PANEL) * n(a, 4) * PANEL; default: return -1; }
    case 22: switch (operand) { case 0: return 4.0 * k_narrowLinearChunks(n(a, 5)) * n(a, 4) * n(a, 6); case 1: return n(a, 4) * n(a, 5); case 2: return 4.0 * n(a, 6) * n(a, 5); default: return -1; }
    default: return -1;
  }
}

/** Tiles that follow from its numbers; -1: the file says. */
export function tilesOf(kernel: i32, a: usize): f64 {
  switch (kernel) {
    case 0: return -1.0;
    case 1: return -1.0;
    case 2: return -1.0;
    case 3: return k_conv2dTiles(n(a, 4), n(a, 9), n(a, 10), n(a, 11));
    case 4: return -1.0;
    case 5: return -1.0;
    case 6: return k_winogradTransformTiles(n(a, 6));
    case 7: return k_winogradProductTiles(n(a, 4), n(a, 6));
    case 8: return k_winogradTransformTiles(n(a, 6));
    case 9: return 1.0;
    case 10: return k_winogradWeightTiles(n(a, 3), n(a, 4));
    case 11: return k_narrowLinearChunks(n(a, 4));
    case 12: return 1.0;
    case 13: return k_linearChunks(n(a, 5)) * ceilDiv(n(a, 6), PANEL);
    case 14: return n(a, 3);
    case 15: return 1.0;
    case 16: return 1.0;
    case 17: return -1.0;
    case 18: return -1.0;
    case 19: return k_elementwiseTiles(n(a, 3));
    case 20: return ceilDiv(n(a, 2), PANEL);
    case 21: return k_linearChunks(n(a, 4));
    case 22: return k_narrowLinearChunks(n(a, 5));
    default: return -1;
  }
}

/** Bytes of scratch memory; -1: none. */
export function scratchOf(kernel: i32, a: usize): f64 {
  switch (kernel) {
    case 0: return -1.0;
    case 1: return -1.0;
    case 2: return -1.0;
    case 3: return k_conv2dScratch(n(a, 12), n(a, 13), n(a, 8));
    case 4: return k_maxPoolScratch(n(a, 6));
    case 5: return -1.0;
    case 6: return k_winogradScratch(n(a, 5));
    case 7: return k_winogradScratch(max<f64>(n(a, 5), n(a, 6)));
    case 8: return k_winogradScratch(n(a, 5));
    case 9: return -1.0;
    case 10: return k_winogradScratch(max<f64>(n(a, 4), n(a, 3)));
    case 11: return -1.0;
    case 12: return -1.0;
    case 13: return k_matmulScratch();
    case 14: return -1.0;
    case 15: return -1.0;
    case 16: return -1.0;
    case 17: return -1.0;
    case 18: return -1.0;
    case 19: return -1.0;
    case 20: return -1.0;
    case 21: return -1.0;
    case 22: return k_narrowLinearPixelsScratch();
    default: return -1;
  }
}

/** Multiply-adds, counted as two; -1: few. */
export function flopsOf(kernel: i32, a: usize, tiles: f64): f64 {
  switch (kernel) {
    case 0: return -1.0;
    case 1: return -1.0;
    case 2: return -1.0;
    case 3: return 2.0 * n(a, 4) * n(a, 9) * n(a, 10) * n(a, 11) * n(a, 12) * n(a, 13) * n(a, 8);
    case 4: return -1.0;
    case 5: return -1.0;
    case 6: return -1.0;
    case 7: return 2.0 * FREQUENCIES * n(a, 4) * n(a, 5) * n(a, 6);
    case 8: return -1.0;
    case 9: return -1.0;
    case 10: return -1.0;
    case 11: return 2.0 * n(a, 3) * n(a, 4) * n(a, 5);
    case 12: return -1.0;
    case 13: return 2.0 * n(a, 4) * n(a, 5) * n(a, 6);
    case 14: return -1.0;
    case 15: return -1.0;
    case 16: return -1.0;
    case 17: return 2.0 * tiles * n(a, 3) * n(a, 4);
    case 18: return -1.0;
    case 19: return -1.0;
    case 20: return -1.0;
    case 21: return 2.0 * n(a, 3) * n(a, 4) * n(a, 5);
    case 22: return 2.0 * n(a, 4) * n(a, 5) * n(a, 6);
    default: return -1;
  }
}
