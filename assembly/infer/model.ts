// Checks a model file before using it; docs/model-file.md describes the format. After `loadPlans`, each call's arguments are valid numbers,
// or addresses within the file's weights or the workspace, and the cost of each plan is bounded.
import { argumentCount, flopsOf, KERNEL_COUNT, kindsOf, operandAt, optionalOf, run, scratchOf, tilesOf, touched, writtenOf } from "./dispatch";

import { LEAST_SIZE, UNUSUAL_BYTES } from "./unusual";

export const HEADER: u32 = 128;
const MAGIC: u64 = 0x4c444d4f4d4c5550; // "PULMOMDL", as a little-endian number
const VERSION: u32 = 1;
/** Limit of operations and bytes per plan. ResNet-18 takes 4e9 (224 pixels); larger plans could block the host for a minute. */
const MAX_FLOPS: f64 = 2e10;
const MAX_CALLS: u32 = 4096;
const MAX_SCALAR: i32 = 1 << 24;
/** Marks an absent operand. */
const ABSENT: u32 = 0xffffffff;
const SCALAR = 0;
const F32 = 1;
const SCRATCH = 3;

export const PREPARE = 0;
export const EVALUATE = 1;
export const EXPLAIN = 2;

// @ts-ignore: decorator
@inline export function u32At(file: usize, offset: u32): u32 {
  return load<u32>(file + offset);
}

/** Whether `bytes` bytes from `offset` on lie within `whole` bytes. */
function within(offset: u32, bytes: f64, whole: u32): bool {
  return <f64>offset + bytes <= <f64>whole;
}

/** null, or what is wrong with the header; `bytes` is the file's length. */
export function checkHeader(file: usize, bytes: u32): string | null {
  if (bytes < HEADER || load<u64>(file) != MAGIC) return "this is no pulmo model file";
  if (u32At(file, 8) != VERSION) return "this version of the model file is not known";
  if (u32At(file, 12) != bytes) return "the model file is cut short or too long";
  if (u32At(file, 16) != crc32(file + 20, bytes - 20)) return "the model file is damaged: its checksum does not fit";
  const size = u32At(file, 20);
  const side = u32At(file, 24);
  if (size < 1 || size > 4096 || side > size) return "the model file's image size cannot be";
  const workspace = u32At(file, 40);
  const p = load<f64>(file + 32);
  if (!(p > 0.0 && p < 1.0)) return "the model file's threshold is no number between 0 and 1";
  const packed = u32At(file, 28);
  if (u32At(file, 44) % 64 != 0 || !within(u32At(file, 44), <f64>(packed != 0 ? packed : u32At(file, 48)), bytes) || u32At(file, 48) % 4 != 0) return "the model file's weights lie outside it";
  if (!within(u32At(file, 52), <f64>u32At(file, 56), bytes)) return "the model file's description lies outside it";
  const unusual = u32At(file, 112);
  if (unusual != 0 && (unusual != UNUSUAL_BYTES || u32At(file, 108) % 8 != 0 || !within(u32At(file, 108), <f64>unusual, bytes) || size < LEAST_SIZE)) {
    return "the model file's statistics of training images do not fit";
  }
  const pixels: f64 = <f64>size * <f64>size * 3.0;
  const map: f64 = <f64>side * <f64>side * 4.0;
  if (!within(u32At(file, 60), pixels, workspace) || !within(u32At(file, 64), 8.0, workspace) || !within(u32At(file, 68), map, workspace)) {
    return "the model file's inputs or outputs lie outside its workspace";
  }
  if ((u32At(file, 64) | u32At(file, 68)) % 4 != 0) return "the model file's outputs are not aligned";
  return null;
}

/** Words of a call in the file: kernel, tiles, mask of the arguments in the weights, then the arguments. */
const CALL_WORDS: u32 = 3;

/** Whether the weights are stored as int8: they must be expanded. */
export function isPacked(file: usize): bool {
  return u32At(file, 28) != 0;
}

/**
 * Writes the weights to `out` as f32. Stored are pieces: u32 floats, groups, length, lanes; f32 [floats], copied; f32
 * scales[groups][lanes]; int8 q[groups][length][lanes], padded to a multiple of four. A weight is q times its scale. Returns
 * whether the pieces give exactly the weights.
 */
export function expandWeights(file: usize, out: usize): bool {
  let from = file + u32At(file, 44);
  const end = from + u32At(file, 28);
  const outEnd = out + u32At(file, 48);
  while (from < end || out < outEnd) {
    if (end - from < 16) return false;
    const floats = u32At(from, 0);
    const groups = u32At(from, 4);
    const length = u32At(from, 8);
    const lanes = u32At(from, 12);
    from += 16;
    const scaleCount = <f64>groups * <f64>lanes;
    const count = scaleCount * <f64>length;
    const bytes = 4.0 * <f64>floats + 4.0 * scaleCount + Math.ceil(count / 4.0) * 4.0;
    const values = <f64>floats + count;
    if (values == 0.0 || 4.0 * values > <f64>(outEnd - out) || bytes > <f64>(end - from)) return false;
    memory.copy(out, from, 4 * floats);
    out += 4 * floats;
    const scales = from + 4 * floats;
    const q = scales + 4 * <u32>scaleCount;
    expandBlock(out, scales, q, groups, length, lanes);
    out += 4 * <u32>count;
    from += <u32>bytes;
  }
  return true;
}

function expandBlock(out: usize, scales: usize, q: usize, groups: u32, length: u32, lanes: u32): void {
  for (let g: u32 = 0; g < groups; g++) {
    for (let k: u32 = 0; k < length; k++) {
      for (let l: u32 = 0; l < lanes; l++) {
        store<f32>(out, <f32>load<i8>(q) * load<f32>(scales + 4 * l));
        out += 4;
        q++;
      }
    }
    scales += 4 * lanes;
  }
}

/** Bytes of the bound plans. */
export function boundBytes(file: usize): f64 {
  let bytes: f64 = 0.0;
  for (let plan: u32 = 0; plan < 3; plan++) bytes += <f64>u32At(file, 76 + 12 * plan);
  return bytes;
}

/**
 * Checks the three plans and writes them to `out`, bound to the addresses `weights` and `workspace`, with the file's layout of calls.
 * Returns null, or what is wrong.
 */
export function loadPlans(file: usize, bytes: u32, weights: usize, workspace: usize, out: usize): string | null {
  let to = out;
  for (let plan: u32 = 0; plan < 3; plan++) {
    const offset = u32At(file, 72 + 12 * plan);
    const length = u32At(file, 76 + 12 * plan);
    const calls = u32At(file, 80 + 12 * plan);
    if (offset % 4 != 0 || length % 4 != 0 || calls > MAX_CALLS || !within(offset, <f64>length, bytes)) return "the model file's plans lie outside it";
    let flops: f64 = 0.0;
    let from: u32 = offset;
    for (let call: u32 = 0; call < calls; call++) {
      if (!within(from, 4.0 * CALL_WORDS, offset + length)) return "the model file's plans are cut short";
      const kernel = u32At(file, from);
      if (kernel >= <u32>KERNEL_COUNT) return "the model file calls a kernel that is not known";
      const words = CALL_WORDS + <u32>argumentCount(kernel);
      if (!within(from, 4.0 * <f64>words, offset + length)) return "the model file's plans are cut short";
      memory.copy(to, file + from, 4 * words);
      const fault = bindCall(kernel, to, file, weights, workspace);
      if (fault !== null) return fault;
      flops += cost(kernel, to + 4 * CALL_WORDS, <f64>u32At(to, 4));
      if (!(flops <= MAX_FLOPS)) return "the model file's plans would take too long";
      to += 4 * words;
      from += 4 * words;
    }
    if (from != offset + length) return "the model file's plans are too long";
  }
  return null;
}

// @ts-ignore: decorator
@inline function kindOf(kernel: i32, argument: i32): i32 {
  return <i32>((kindsOf(kernel) >> (2 * <u64>argument)) & 3);
}

/** Checks a call's numbers and operands and replaces its offsets by addresses. */
function bindCall(kernel: i32, call: usize, file: usize, weights: usize, workspace: usize): string | null {
  const a = call + 4 * CALL_WORDS;
  const count = argumentCount(kernel);
  for (let i = 0; i < count; i++) {
    const kind = kindOf(kernel, i);
    const value = load<i32>(a + 4 * i);
    if (kind == SCALAR && (value < 0 || value > MAX_SCALAR)) return "the model file has a number that is negative or too large";
    if (kind == F32 && !isFinite(load<f32>(a + 4 * i))) return "the model file has a number that is not finite";
  }
  const tiles = tilesOf(kernel, a);
  const told = <f64>u32At(call, 4);
  if (told > <f64>MAX_SCALAR || (tiles != -1.0 && tiles != told)) return "the model file has a call whose tiles do not fit";
  const whole = <f64>u32At(file, 40);
  for (let operand = 0; operandAt(kernel, operand) >= 0; operand++) {
    const fault = bindOperand(kernel, operand, call, file, weights, workspace, told);
    if (fault !== null) return fault;
  }
  const scratch = scratchOf(kernel, a);
  for (let i = 0; i < count; i++) {
    if (kindOf(kernel, i) != SCRATCH) continue;
    const offset = u32At(a, 4 * i);
    if (!(scratch >= 0.0) || offset % 16 != 0 || <f64>offset + scratch > whole) return "the model file has a call without room for its scratch";
    store<u32>(a + 4 * i, <u32>workspace + offset);
  }
  return null;
}

function bindOperand(kernel: i32, operand: i32, call: usize, file: usize, weights: usize, workspace: usize, tiles: f64): string | null {
  const a = call + 4 * CALL_WORDS;
  const at = operandAt(kernel, operand);
  const offset = u32At(a, 4 * at);
  const inWeights = ((u32At(call, 8) >> at) & 1) != 0;
  if (offset == ABSENT) {
    if (((optionalOf(kernel) >> operand) & 1) == 0) return "the model file has a call that lacks an operand";
    store<u32>(a + 4 * at, 0);
    return null;
  }
  const bytes = touched(kernel, operand, a, tiles);
  const room = <f64>u32At(file, inWeights ? 48 : 40);
  // An empty operand would hide the size of the loops over the others.
  if (!(bytes > 0.0 && <f64>offset + bytes <= room)) return "the model file has a call that reaches outside its memory";
  if (inWeights && ((writtenOf(kernel) >> operand) & 1) != 0) return "the model file has a call that would write into the weights";
  store<u32>(a + 4 * at, <u32>(inWeights ? weights : workspace) + offset);
  return null;
}

/** The maximum of operations and bytes moved; each tile costs at least a little. */
function cost(kernel: i32, a: usize, tiles: f64): f64 {
  let bytes: f64 = 0.0;
  for (let operand = 0; operandAt(kernel, operand) >= 0; operand++) bytes += touched(kernel, operand, a, tiles);
  return max(flopsOf(kernel, a, tiles), 0.0) + bytes + 1000.0 * tiles;
}

/** Runs the bound calls from `plan` up to `end`. */
export function replay(plan: usize, end: usize): void {
  for (let call = plan; call < end; ) {
    const kernel = <i32>u32At(call, 0);
    run(kernel, call + 4 * CALL_WORDS, <i32>u32At(call, 4));
    call += 4 * (CALL_WORDS + <u32>argumentCount(kernel));
  }
}

const table = memory.data(1024);
let made = false;

/** CRC-32 of ISO 3309, like zlib's crc32. */
function crc32(from: usize, bytes: u32): u32 {
  if (!made) {
    for (let i: u32 = 0; i < 256; i++) {
      let c = i;
      for (let bit = 0; bit < 8; bit++) c = (c & 1) != 0 ? 0xedb88320 ^ (c >> 1) : c >> 1;
      store<u32>(table + 4 * i, c);
    }
    made = true;
  }
  let c: u32 = 0xffffffff;
  for (let i: u32 = 0; i < bytes; i++) c = load<u32>(table + 4 * ((c ^ load<u8>(from + i)) & 255)) ^ (c >> 8);
  return ~c;
}
