// The standalone inference core, pulmo-infer.wasm: imports nothing, owns its memory, one thread, one image at a time.
// docs/model-file.md describes its exports and the model file. A call that can fail returns 0, or 1 and sets lastError.
import { fail, succeed } from "./errors";
import { isFree, popTo, push } from "./memory";
import { boundBytes, checkHeader, EVALUATE, EXPLAIN, expandWeights, isPacked, loadPlans, PREPARE, replay, u32At } from "./model";
import { resizeTo } from "./resize";
import { unusualScore } from "./unusual";

export { lastError, lastErrorLength } from "./errors";

const VERSION = 1;
const MAX_EDGE = 65535;
const MAX_PIXELS: f64 = 100e6;

let file: usize = 0;
let workspace: usize = 0;
let plans: usize = 0;
/** Start of the memory for an image: each new image frees everything from here on. */
let images: usize = 0;
let picture: usize = 0;
let width: i32 = 0;
let height: i32 = 0;
let channels: i32 = 0;
/** Whether the workspace holds the result of the prepare plan; the explain plan overwrites it. */
let prepared = false;
let score: f64 = NaN;

/** Version of these exports. */
export function version(): i32 {
  return VERSION;
}

/** Memory for a model file; 0 if there is not enough. */
export function alloc(bytes: u32): usize {
  return push(<f64>bytes);
}

/** Frees what `alloc` returned and everything allocated after it: a loaded model, an image. */
export function free(address: usize): void {
  popTo(address);
  if (file >= address) file = 0;
  images = picture = 0;
}

/** Loads the model file at `address`. It is used in place and must stay there; int8 weights are expanded behind it. */
export function loadModel(address: usize, bytes: u32): i32 {
  file = images = picture = 0;
  if (isFree(address, <f64>bytes) || address % 64 != 0) return fail("no memory was allocated there");
  const fault = checkHeader(address, bytes);
  if (fault !== null) return fail(fault);
  const begin = push(0.0);
  const packed = isPacked(address);
  const weights = packed ? push(<f64>u32At(address, 48)) : address + u32At(address, 44);
  workspace = push(<f64>u32At(address, 40));
  plans = push(boundBytes(address));
  images = push(64.0);
  if (weights == 0 || workspace == 0 || plans == 0 || images == 0) {
    popTo(begin);
    return fail("there is no memory for the model's workspace");
  }
  const wrong = packed && !expandWeights(address, weights) ? "the model file's int8 weights do not fit each other" : loadPlans(address, bytes, weights, workspace, plans);
  if (wrong !== null) {
    popTo(begin);
    return fail(wrong);
  }
  file = address;
  prepared = false;
  return succeed();
}

/** Edge of the resized image in pixels. */
export function imageSize(): i32 {
  return file == 0 ? 0 : u32At(file, 20);
}

/** Edge of the saliency map; 0 if the model has none. */
export function mapSide(): i32 {
  return file == 0 ? 0 : u32At(file, 24);
}

/** The model's metadata: JSON in UTF-8. */
export function metadata(): usize {
  return file == 0 ? 0 : file + u32At(file, 52);
}

export function metadataLength(): i32 {
  return file == 0 ? 0 : u32At(file, 56);
}

/** Decision threshold: the label is the positive class above this probability. */
export function threshold(): f64 {
  return file == 0 ? NaN : load<f64>(file + 32);
}

/** Where to write an image's bytes: rows of pixels with 1 (grey) or 3 channels (RGB). 0 on failure; see lastError. */
export function image(w: i32, h: i32, c: i32): usize {
  picture = 0;
  if (file == 0) fail("no model is loaded");
  else if (w < 1 || h < 1 || w > MAX_EDGE || h > MAX_EDGE || <f64>w * <f64>h > MAX_PIXELS || (c != 1 && c != 3)) {
    fail("an image has 1 or 3 channels and at most 100 million pixels");
  } else {
    popTo(images);
    images = push(64.0);
    picture = push(<f64>w * <f64>h * <f64>c);
    if (picture == 0) fail("there is no memory for the image");
    else succeed();
  }
  width = w;
  height = h;
  channels = c;
  return picture;
}

// @ts-ignore: decorator
@inline function planBegin(plan: u32): usize {
  let at = plans;
  for (let i: u32 = 0; i < plan; i++) at += u32At(file, 76 + 12 * i);
  return at;
}

function play(plan: u32): void {
  replay(planBegin(plan), planBegin(plan + 1));
}

/** Resizes the image and runs a plan. */
function runOn(plan: u32): i32 {
  if (file == 0) return fail("no model is loaded");
  if (picture == 0) return fail("there is no image: ask image() where to put it");
  const pixels = workspace + u32At(file, 60);
  if (!resizeTo(pixels, picture, width, height, channels, imageSize())) return fail("there is no memory to resize the image");
  play(plan);
  return succeed();
}

/** Scores the image written to the address from image(). */
export function predict(): i32 {
  score = NaN;
  if (file != 0 && !prepared) {
    play(PREPARE);
    prepared = true;
  }
  if (runOn(EVALUATE) != 0) return 1;
  const logits = workspace + u32At(file, 64);
  score = <f64>load<f32>(logits + 4) - <f64>load<f32>(logits);
  if (!isFinite(score)) return fail("the model gives no finite score");
  return succeed();
}

/** ln(p / (1 - p)) of the last predict. */
export function logOdds(): f64 {
  return score;
}

/** 1 / (1 + e^-logOdds). */
export function probability(): f64 {
  return 1.0 / (1.0 + NativeMath.exp(-score));
}

/** Above 1: the image of the last predict is unlike the training images. NaN if the file has no statistics of them. */
export function unusual(): f64 {
  return file == 0 || isNaN(score) || u32At(file, 112) == 0 ? NaN : unusualScore(workspace + u32At(file, 60), imageSize(), file + u32At(file, 108));
}

/** Computes the saliency map of the current image; the score of predict stays valid. */
export function explain(): i32 {
  if (file != 0 && mapSide() == 0) return fail("the model has no map");
  prepared = false;
  return runOn(EXPLAIN);
}

/** f32 [mapSide][mapSide], after explain; positive values support the positive class. */
export function map(): usize {
  return file == 0 ? 0 : workspace + u32At(file, 68);
}
