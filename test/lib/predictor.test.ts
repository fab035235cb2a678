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
import { openPredictor } from "#pulmo/lib/predictor.js";
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
