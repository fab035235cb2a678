// A user-defined model needs only a definition: it trains, is recognised by its tensors, and is exported to ONNX. Its maps and
// the report's title follow.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { describe } from "#pulmo/core/describe.js";
import { conv2d, convBatchNorm } from "#pulmo/core/layers/conv2d.js";
import { classActivation } from "#pulmo/core/layers/explain.js";
import { linear } from "#pulmo/core/layers/linear.js";
import { pixels } from "#pulmo/core/layers/pixels.js";
import { averagePool, maxPool } from "#pulmo/core/layers/pooling.js";
import type { Input, ModelDefinition } from "#pulmo/core/models/definition.js";
import { MODELS } from "#pulmo/core/models/index.js";
import type { Pixels } from "#pulmo/core/resize.js";
import type { Tape } from "#pulmo/core/tape.js";
import type { PixelRows } from "#pulmo/data/types.js";
import { probability, scoreOf } from "#pulmo/eval/log-odds.js";
import { writeOnnx } from "#pulmo/formats/onnx.js";
import { readWeightSets, readWeights } from "#pulmo/formats/weights.js";
import { chooseVariant, plainShapes } from "#pulmo/node/variant.js";
import { readPictures } from "#pulmo/report/load-pictures.js";
import { SILENT } from "#pulmo/run/caller.js";
import { writePictures } from "#pulmo/run/scoring/draw-pictures.js";
import { loadModel, saveModel } from "#pulmo/train/checkpoint.js";
import { chooseWeights } from "#pulmo/train/choose-weights.js";
import { evaluate } from "#pulmo/train/evaluate.js";
import { freshState, train } from "#pulmo/train/loop.js";
import { createNetwork } from "#pulmo/train/network.js";
import { temporaryFolder } from "../data/places.js";
import { hash } from "../reference/formula.js";
import { absent, unless } from "../skip.js";

const test = suite("a user-defined model");
const SIDE = 32;
const IMAGES = 24;

function features(tape: Tape, input: Input) {
  const edges = conv2d(tape, pixels(tape, input), "edges", { O: 16, kernel: 3, stride: 2, pad: 1 });
  const pooled = maxPool(tape, edges, "pool");
  const shape = { O: 16, kernel: 3, stride: 1, pad: 1 };
  return convBatchNorm(tape, pooled, { conv: "conv", norm: "bn" }, shape, { relu: true, shortcut: () => pooled });
}

const tiny: ModelDefinition = {
  name: "tiny",
  title: "Tiny network",
  features: (tape, input) => averagePool(tape, features(tape, input), "avg"),
  classify: (tape, x) => linear(tape, x, "head", 2),
  explain: (tape, input) => classActivation(tape, features(tape, input), "head"),
  mapKind: "class-activation",
};

/** Images of class 1 are bright in the lower half. */
const rows: PixelRows = {
  images: Array.from({ length: IMAGES }, (_, i) => ({
    file: `${i}.png`,
    label: (i % 2) as 0 | 1,
    split: "train" as const,
    bytes: 0,
  })),
  rowBytes: SIDE * SIDE * 3,
  read: async (row, into) =>
    into.forEach((_, i) => {
      const lit = row % 2 === 1 && i > into.length / 2;
      into[i] = (lit ? 150 : 40) + (hash(row, i) >>> 26);
    }),
};

const folder = temporaryFolder();
const network = createNetwork(tiny, {
  batchSize: 8,
  explanationBatch: 4,
  imageSize: SIDE,
  threads: 2,
  variant: chooseVariant(),
  seed: 3,
  lr: 3e-3,
});
test.after(() => network.pool.close());
const saved = join(folder, "tiny", "model.safetensors");
let logOdds: Float64Array = new Float64Array();

test("trains", async () => {
  const state = freshState();
  await train(network, rows, state, { epochs: 12, batchSize: 8, seed: 3 });
  const [first, last] = [state.history[0], state.history.at(-1)!];
  assert.ok(last.loss < first.loss / 2, `loss from ${first.loss} to ${last.loss}`);
  logOdds = await evaluate(network, rows);
  assert.ok(
    rows.images.every(({ label }, i) => (logOdds[i] > 0 ? 1 : 0) === label),
    `${logOdds}`,
  );
});

test("is saved, recognised by its tensors, and loaded with the same bits", async () => {
  await saveModel(network, saved, 36, { model: "tiny" });
  const wanted = [...MODELS, tiny].map((model) => ({ model, tensors: describe(model, plainShapes(), SIDE).tensors }));
  assert.is(chooseWeights(await readWeightSets(saved), wanted, {}).wanted.model.name, "tiny");
  await loadModel(network, saved);
  assert.equal(await evaluate(network, rows), logOdds);
});

test("makes its map: the bright half supports class 1", async () => {
  const readImage = async (file: string): Promise<Pixels> => {
    const data = new Uint8Array(rows.rowBytes);
    await rows.read(Number.parseInt(file, 10), data);
    return { data, width: SIDE, height: SIDE, channels: 3 };
  };
  const predictions = rows.images.map(({ file, label }, i) => ({ file, label, ...scoreOf(logOdds[i]) }));
  const caller = { ...SILENT, warn: (line: string) => assert.unreachable(line) };
  await writePictures({ out: folder, readImage, network, rows, predictions, caller });
  const pictures = await readPictures(folder, "tiny");
  assert.is(pictures?.maps.length, 8);
  assert.is(pictures?.mapKind, "class-activation");
});

const onnx = join(folder, "tiny.onnx");

test("is exported to ONNX from the records of its layers", async () => {
  const { tensors } = await readWeights(saved);
  const { graph } = describe(tiny, plainShapes(), SIDE);
  assert.equal(
    graph.nodes.map(({ op }) => op),
    ["Conv", "MaxPool", "Conv", "BatchNormalization", "Add", "Relu", "GlobalAveragePool", "Flatten", "Gemm"],
  );
  await writeOnnx(onnx, graph, tensors, { model: "tiny" });
  assert.is((await readWeights(onnx)).tensors.get("head.weight")?.shape.join(), "2,16");
});

const RUNTIME = fileURLToPath(new URL("../../../bench/node_modules/onnxruntime-node/dist/index.js", import.meta.url));
unless(absent(RUNTIME, "npm --prefix bench ci"), test)("ONNX Runtime gives its probabilities", async () => {
  const loaded = await import(pathToFileURL(RUNTIME).href);
  const ort = loaded.default ?? loaded;
  const session = await ort.InferenceSession.create(readFileSync(onnx));
  const planes = new Float32Array(IMAGES * 3 * SIDE * SIDE);
  for (const n of rows.images.keys()) {
    const bytes = new Uint8Array(rows.rowBytes);
    await rows.read(n, bytes);
    bytes.forEach((byte, i) => (planes[(n * 3 + (i % 3)) * SIDE * SIDE + Math.floor(i / 3)] = byte / 255));
  }
  const { probabilities } = await session.run({ pixels: new ort.Tensor("float32", planes, [IMAGES, 3, SIDE, SIDE]) });
  Array.from(logOdds, probability).forEach((p, i) =>
    assert.ok(Math.abs(p - probabilities.data[2 * i + 1]) < 1e-5, `image ${i}: ${p}, ${probabilities.data[2 * i + 1]}`),
  );
});

test.run();
