// Images unlike the training images: Node's scores against the definition, and the inference core's bits.
import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadModel } from "#pulmo/core/infer.js";
import { encodeModel, inferenceProgram } from "#pulmo/core/model-file.js";
import { findModel } from "#pulmo/core/models/index.js";
import { readModelFile } from "#pulmo/core/read-model-file.js";
import { createRng } from "#pulmo/core/rng.js";
import {
  encodeUnusual,
  FEATURES,
  imageFeatures,
  parseUnusual,
  type UnusualStatistics,
  unusualScore,
  unusualText,
} from "#pulmo/core/unusual.js";
import { initialize } from "#pulmo/core/values.js";
import type { PixelRows } from "#pulmo/data/types.js";
import { plainShapes } from "#pulmo/node/variant.js";
import { fitUnusual } from "#pulmo/train/unusual.js";

const test = suite("unusual images");

const SIZE = 56;
const rng = createRng(4, 0);

/** A bright blob above the middle, at a place and of a size that vary, with noise: what the statistics are fitted on. */
function example(): Uint8Array {
  const [x0, y0, width] = [28 + 4 * rng.normal(), 20 + 3 * rng.normal(), 12 + rng.normal()];
  return Uint8Array.from({ length: 3 * SIZE * SIZE }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % SIZE, Math.floor(i / 3 / SIZE)];
    const value = 40 + 150 * Math.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * width ** 2)) + 5 * rng.normal();
    return Math.max(0, Math.min(255, value));
  });
}

const turned = (pixels: Uint8Array) => {
  const out = new Uint8Array(pixels.length);
  const count = SIZE * SIZE;
  for (let p = 0; p < count; p++) out.set(pixels.subarray(3 * p, 3 * p + 3), 3 * (count - 1 - p));
  return out;
};

const rowsOf = (all: Uint8Array[]): PixelRows => ({
  images: all.map((_, i) => ({ file: `${i}`, split: "train", label: 0, bytes: 0, mtimeMs: 0 })),
  rowBytes: 3 * SIZE * SIZE,
  read: async (i, into) => into.set(all[i]),
});

const train = Array.from({ length: 400 }, example);
const statistics = (await fitUnusual(rowsOf(train), SIZE)) as UnusualStatistics;

test("the score is the definition's, with the covariance solved directly", () => {
  const features = train.map((pixels) => imageFeatures(pixels, SIZE));
  const mean = Array.from({ length: FEATURES }, (_, j) => features.reduce((sum, f) => sum + f[j] / features.length, 0));
  const covariance = mean.map((_, i) =>
    mean.map(
      (_, j) =>
        features.reduce((sum, f) => sum + (f[i] - mean[i]) * (f[j] - mean[j]), 0) / (features.length - 1) + (i === j ? 0.1 : 0),
    ),
  );
  const distance = (f: Float64Array) => {
    const centred = mean.map((m, j) => f[j] - m);
    return solve(covariance, centred).reduce((sum, x, j) => sum + x * centred[j], 0);
  };
  const { typical, limit } = statistics;
  for (const pixels of [train[0], example(), turned(example()), new Uint8Array(3 * SIZE * SIZE).fill(90)]) {
    const a = distance(imageFeatures(pixels, SIZE));
    const d = a - distance(imageFeatures(turned(pixels), SIZE));
    const expected = Math.max((a - typical[0]) / (limit[0] - typical[0]), (d - typical[1]) / (limit[1] - typical[1]));
    const found = unusualScore(pixels, SIZE, statistics);
    assert.ok(Math.abs(found - expected) <= 1e-4 * Math.max(1, Math.abs(expected)), `${found}, not ${expected}`);
  }
});

/** Gauss-Jordan with partial pivoting. */
function solve(matrix: number[][], right: number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  for (let j = 0; j < rows.length; j++) {
    const pivot = rows.findIndex(
      (row, i) => i >= j && Math.abs(row[j]) === Math.max(...rows.slice(j).map((r) => Math.abs(r[j]))),
    );
    [rows[j], rows[pivot]] = [rows[pivot], rows[j]];
    for (let i = 0; i < rows.length; i++) {
      if (i === j) continue;
      const factor = rows[i][j] / rows[j][j];
      for (let k = j; k <= rows.length; k++) rows[i][k] -= factor * rows[j][k];
    }
  }
  return rows.map((row, i) => row[rows.length] / row[i]);
}

test("new images of the kind are usual; turned, inverted, cropped, noisy and blank ones are not", () => {
  const score = (pixels: Uint8Array) => unusualScore(pixels, SIZE, statistics);
  const unusual = Array.from({ length: 200 }, example).filter((pixels) => score(pixels) > 1).length;
  assert.ok(unusual <= 4, `${unusual} of 200`);
  const { length } = train[0];
  for (const [what, pixels] of [
    ["turned", turned(example())],
    ["inverted", example().map((value) => 255 - value)],
    ["noise", Uint8Array.from({ length }, () => rng.below(256))],
    ["blank", new Uint8Array(length).fill(90)],
    ["black", new Uint8Array(length)],
  ] as const) {
    assert.ok(score(pixels) > 1, `${what}: ${score(pixels)}`);
  }
});

test("too few training images, or equal ones, give no statistics", async () => {
  assert.is(await fitUnusual(rowsOf(train.slice(0, 99)), SIZE), undefined);
  assert.is(await fitUnusual(rowsOf(Array.from({ length: 200 }, () => train[0])), SIZE), undefined);
});

test("statistics of the fewest images flag few new images of the same kind", async () => {
  const few = (await fitUnusual(rowsOf(train.slice(0, 100)), SIZE))!;
  const flagged = Array.from({ length: 300 }, example).filter((pixels) => unusualScore(pixels, SIZE, few) > 1).length;
  // The limits are the largest of 100 values: of each, one new image in 101 is above, six in 300 together.
  assert.ok(flagged <= 15, `${flagged} of 300`);
});

test("the inference core gives the same bits; text and model files keep the statistics", async () => {
  assert.equal(parseUnusual(unusualText(statistics)), statistics);
  assert.throws(() => parseUnusual("!"), /another length/);
  const broken = encodeUnusual(statistics).fill(0xff, 0, 8);
  assert.throws(() => parseUnusual(Buffer.from(broken).toString("base64")), /not usable/);
  const { program, layout } = inferenceProgram(findModel("logistic")!, plainShapes(), SIZE, undefined);
  initialize(program, 1, 0);
  const metadata = { model: "logistic", classes: ["a", "b"] };
  const parts = encodeModel(program, layout, { threshold: 0.5, metadata, unusual: encodeUnusual(statistics) }, crc32);
  const file = Buffer.concat(parts);
  assert.equal(readModelFile(file).unusual, statistics);
  const model = await loadModel(new WebAssembly.Module(readFileSync("dist/core/pulmo-infer.wasm")), file);
  for (const pixels of [train[0], example(), turned(example()), new Uint8Array(3 * SIZE * SIZE)]) {
    const found = model.predict({ data: pixels, width: SIZE, height: SIZE, channels: 3 });
    const expected = unusualScore(pixels, SIZE, statistics);
    assert.is(found.unusualScore, expected);
    assert.is(found.unusual, expected > 1);
  }
});

test.run();
