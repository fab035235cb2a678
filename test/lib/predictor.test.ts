// A predictor whose checkpoint disappears between two calls, and what it says about a checkpoint that is not pulmo's own.
import { renameSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { describe } from "#pulmo/core/describe.js";
import { logistic } from "#pulmo/core/models/logistic.js";
import { size } from "#pulmo/core/parameters.js";
import { float32Tensor } from "#pulmo/core/tensors.js";
import { writeTorch } from "#pulmo/formats/torch-writer.js";
import { decodeImage } from "#pulmo/lib/decode-node.js";
import { openPredictor, predictFiles } from "#pulmo/lib/predictor.js";
import { loadCheckpoint } from "#pulmo/lib/train-node.js";
import { plainShapes } from "#pulmo/node/variant.js";
import { patterned } from "../data/patterned.js";
import { temporaryFolder } from "../data/places.js";

const test = suite("openPredictor");

const folder = temporaryFolder();
const checkpoint = join(folder, "model.pth");
const { parameters } = describe(logistic, plainShapes(), 224).tensors;
/** One output, under a prefix. */
const one = parameters.map(({ name, shape }) => [`net.${name}`, [1, ...shape.slice(1)]] as const);
await writeTorch(
  checkpoint,
  new Map(one.map(([name, shape]) => [name, float32Tensor([...shape], new Float32Array(size([...shape])).fill(1e-5))])),
);
const images = Array.from({ length: 6 }, (_, i) => join(folder, `${i}.png`));
for (const [i, path] of images.entries())
  await patterned(40 + i, 30, 1)
    .png()
    .toFile(path);

test("a failed call is tried again, and close() ends what is open", async () => {
  const predictor = await openPredictor({ checkpoint, threads: 1 });
  renameSync(checkpoint, `${checkpoint}.away`);
  const failed = await predictor.predictFiles(images).catch((error: Error) => error.message);
  assert.match(String(failed), /model\.pth cannot be read \(ENOENT\)/);
  renameSync(`${checkpoint}.away`, checkpoint);
  assert.is((await predictor.predictFiles(images)).length, 6);
  renameSync(checkpoint, `${checkpoint}.away`);
  await predictor.close();
  renameSync(`${checkpoint}.away`, checkpoint);

  const other = await openPredictor({ checkpoint, threads: 1 });
  renameSync(checkpoint, `${checkpoint}.away`);
  await other.predictFiles(images).catch(() => {});
  await other.close();
  renameSync(`${checkpoint}.away`, checkpoint);
});

test("files that are no paths and numbers of threads that cannot be are refused", async () => {
  const refusal = (files: unknown, options = {}) =>
    predictFiles(files as string[], { checkpoint, ...options }).catch((error: Error) => `${error.name}: ${error.message}`);
  for (const files of [images[0], [5], [""], ["a\0.png"], undefined]) {
    assert.match(String(await refusal(files)), /^InputError: The files are no array of paths: give the path of each image/);
  }
  assert.match(String(await refusal(images, { threads: 0 })), /^InputError: --threads is 0: give a whole number from 1/);
  const missing = await decodeImage(join(folder, "nowhere.png")).catch((error: Error) => `${error.name}: ${error.message}`);
  assert.match(String(missing), /^InputError: .*nowhere\.png cannot be read: no such file \(ENOENT\)\.$/);
});

const NOTES = [
  /^has names that begin with "net\.": this prefix is removed$/,
  /^has one output: it is read as the log-odds of PNEUMONIA \(sigmoid\)$/,
  /^does not say how its images are normalized: pixels in 0\.\.1 are assumed/,
];

test("what was assumed stands in the predictor, in each outcome and in loadModel's model", async () => {
  const predictor = await openPredictor({ checkpoint, threads: 1 });
  const [outcome] = await predictor.predictFiles(images.slice(0, 2));
  await predictor.close();
  const model = await loadCheckpoint(checkpoint);
  for (const notes of [predictor.notes, "label" in outcome ? outcome.modelNotes! : [], model.notes!]) {
    assert.is(notes.length, NOTES.length, notes.join("; "));
    NOTES.forEach((note, i) => assert.match(notes[i], note));
  }
  assert.is((await loadCheckpoint(checkpoint, { normalization: null })).notes!.length, 2);
});

test.run();
