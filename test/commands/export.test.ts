// A run's three models leave in every format and come back with pulmo's probabilities, from ONNX Runtime and from PyTorch.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openPixels } from "#pulmo/data/cache.js";
import { readManifest } from "#pulmo/data/manifest.js";
import { parsePredictionsCsv } from "#pulmo/eval/predictions.js";
import { readWeights } from "#pulmo/formats/weights.js";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { absent, PYTHON, unless, withoutPython } from "../skip.js";
import { assertRefused, dataset, place, pulmo } from "./cli.js";

const test = suite("export");

const MODELS = ["logistic", "dnn", "resnet18"];
/** The DNN's 308 MB are written once. */
const extensionsOf = (model: string): string[] => (model === "dnn" ? ["onnx"] : ["onnx", "safetensors", "pth"]);
const PER_CLASS = 8;
const IMAGES = 2 * PER_CLASS;
const PIXELS = 224 * 224;
const TOLERANCE = 1e-5;
const repository = new URL("../../../", import.meta.url);

const root = await dataset({ train: PER_CLASS, val: 1, test: PER_CLASS });
const out = join(temporaryFolder(), "out");
const files = temporaryFolder();
const file = (model: string, extension: string) => join(files, `${model}.${extension}`);
const saved = (model: string) => join(out, model, "model.safetensors");

beforeAll(test, async () => {
  const data = ["--data", root, "--limit", String(PER_CLASS)];
  const training = ["--epochs", "1", "--weights", "none", "--no-stress", "--no-pictures", "--quiet"];
  const { code, stderr } = await pulmo(["run", ...data, ...training, "--out", out]);
  assert.is(code, 0, stderr);
});

/** What pulmo says of the test images. */
const expected = (model: string): number[] =>
  parsePredictionsCsv(readFileSync(join(out, model, "predictions-test.csv"), "utf8")).map((row) => row.pPneumonia);

/** The same images as [16][3][224][224] in 0..1, as everybody else wants them. */
async function testPixels(): Promise<Float32Array> {
  const manifest = await readManifest(root, { limit: PER_CLASS });
  const cache = await openPixels(manifest, { size: 224, threads: 1, cacheDir: join(place, "cache") });
  const all = new Float32Array(IMAGES * 3 * PIXELS);
  const row = new Uint8Array(3 * PIXELS);
  for (let n = 0; n < IMAGES; n++) {
    await cache.splits.test.read(n, row);
    row.forEach((value, i) => (all[(n * 3 + (i % 3)) * PIXELS + Math.floor(i / 3)] = Math.fround(value / 255)));
  }
  await cache.close();
  return all;
}

function assertSame(found: ArrayLike<number>, model: string, who: string): void {
  const wanted = expected(model);
  assert.is(wanted.length, IMAGES);
  assert.is(found.length, IMAGES);
  const differences = wanted.map((p, i) => Math.abs(p - found[i]));
  const worst = differences.reduce((a, b) => Math.max(a, b), 0);
  assert.ok(worst <= TOLERANCE, `${who}, ${model}: differs by ${worst}`);
}

test("every model is written in every format", async () => {
  for (const model of MODELS) {
    for (const extension of extensionsOf(model)) {
      const format = extension === "pth" ? "torch" : extension;
      const to = ["--format", format, "--out", file(model, extension)];
      const { code, stderr } = await pulmo(["export", "--checkpoint", join(out, model), ...to]);
      assert.is(code, 0, stderr);
    }
  }
  await assertRefused(
    ["export", "--checkpoint", out, "--format", "onnx", "--out", file("x", "onnx")],
    /model\.safetensors cannot be read/,
  );
});

test("a pulmo file of f16 is half as large, and what that changes is said", async () => {
  const size = (path: string) => readFileSync(path).length;
  const write = (path: string, ...more: string[]) =>
    pulmo(["export", "--checkpoint", join(out, "logistic"), "--format", "pulmo", "--out", path, ...more]);
  const [whole, half, unseen] = ["whole", "half", "unseen"].map((name) => file(name, "pulmo"));
  assert.is((await write(whole)).code, 0);
  const said = await write(half, "--dtype", "f16", "--data", root, "--quiet");
  assert.is(said.code, 0, said.stderr);
  assert.match(
    said.stderr,
    /AUC on \d+ test images: 0\.\d{6} with f32 weights, 0\.\d{6} with f16; log-odds change by at most 0\.\d{6}/,
  );
  assert.ok(size(half) < 0.6 * size(whole));
  await assertRefused(
    [
      "export",
      "--checkpoint",
      join(out, "logistic"),
      "--format",
      "pulmo",
      "--out",
      unseen,
      "--dtype",
      "f16",
      "--data",
      "nowhere",
    ],
    /nowhere/,
  );
  assert.not.ok(existsSync(unseen));
  const [checkpoint, other] = [join(out, "logistic"), file("other", "onnx")];
  await assertRefused(
    ["export", "--checkpoint", checkpoint, "--format", "onnx", "--out", other, "--dtype", "f16"],
    /--dtype f16 requires --format pulmo/,
  );
});

test("every file holds the model's tensors, bit for bit", async () => {
  for (const model of MODELS) {
    const { tensors } = await readWeights(saved(model));
    for (const extension of extensionsOf(model)) {
      const { tensors: found } = await readWeights(file(model, extension));
      const wanted = [...tensors].filter(([, { dtype }]) => extension !== "onnx" || dtype === "F32");
      assert.equal(
        [...found.keys()],
        wanted.map(([name]) => name),
        `${model}.${extension}`,
      );
      for (const [name, { dtype, shape, data }] of wanted) {
        const other = found.get(name)!;
        assert.equal([other.dtype, other.shape], [dtype, shape], name);
        assert.is(Buffer.compare(other.data, data), 0, `${model}.${extension}: ${name}`);
      }
    }
  }
});

test("convert goes round through all formats without losing a bit", async () => {
  const [pth, onnx, back] = ["a.pth", "b.onnx", "c.safetensors"].map((name) => join(files, name));
  for (const [from, to] of [
    [saved("logistic"), pth],
    [pth, onnx],
    [onnx, back],
  ]) {
    const { code, stderr } = await pulmo(["weights", "convert", from, to]);
    assert.is(code, 0, stderr);
  }
  assert.equal((await readWeights(back)).tensors, (await readWeights(saved("logistic"))).tensors);
});

test("evaluate takes the exported files and says the same", async () => {
  const scores = async (checkpoint: string) => {
    const { code, stdout, stderr } = await pulmo([
      "evaluate",
      "--checkpoint",
      checkpoint,
      "--data",
      root,
      "--limit",
      String(PER_CLASS),
      "--json",
    ]);
    assert.is(code, 0, stderr);
    return stdout;
  };
  const wanted = await scores(join(out, "resnet18"));
  for (const extension of ["pth", "safetensors", "onnx"]) assert.is(await scores(file("resnet18", extension)), wanted);
});

interface OnnxRuntime {
  Tensor: new (type: string, data: Float32Array, dims: number[]) => unknown;
  InferenceSession: { create(path: string | Uint8Array, options: object): Promise<Session> };
  env: { wasm: { numThreads: number } };
}
interface Session {
  run(feeds: object): Promise<Record<string, { data: Float32Array }>>;
  release(): Promise<void>;
}

async function load(path: string): Promise<OnnxRuntime> {
  const loaded = await import(pathToFileURL(path).href);
  return loaded.default ?? loaded;
}

for (const [who, entry, options] of [
  ["onnxruntime-node", "onnxruntime-node/dist/index.js", {}],
  ["onnxruntime-web", "onnxruntime-web/dist/ort.node.min.mjs", { executionProviders: ["wasm"] }],
] as const) {
  // A package of the benchmark's: `npm run bench` and .ci/run install those.
  const path = fileURLToPath(new URL(`bench/node_modules/${entry}`, repository));
  unless(absent(path, "npm --prefix bench ci"), test)(`${who} gives the same probabilities`, async () => {
    const [ort, pixels] = [await load(path), await testPixels()];
    for (const model of who === "onnxruntime-web" ? ["logistic", "resnet18"] : MODELS) {
      const session = await ort.InferenceSession.create(readFileSync(file(model, "onnx")), options);
      const { probabilities } = await session.run({ pixels: new ort.Tensor("float32", pixels, [IMAGES, 3, 224, 224]) });
      await session.release();
      assertSame(
        Float32Array.from({ length: IMAGES }, (_, i) => probabilities.data[2 * i + 1]),
        model,
        who,
      );
    }
  });
}

const withoutTorch = withoutPython("torch, torchvision", "python3-torchvision");
unless(withoutTorch, test)("PyTorch loads the files strictly and gives the same probabilities", async () => {
  const pixels = await testPixels();
  const script = fileURLToPath(new URL("test/reference/load-in-torch.py", repository));
  writeFileSync(join(files, "pixels"), new Uint8Array(pixels.buffer));
  const loaded = MODELS.flatMap((model) =>
    extensionsOf(model).flatMap((extension) => (extension === "onnx" ? [] : { model, extension })),
  );
  const asked = loaded.flatMap(({ model, extension }) => [model, file(model, extension)]);
  const { status, stdout, stderr } = spawnSync(PYTHON, [script, join(files, "pixels"), ...asked], {
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
  assert.is(status, 0, stderr);
  loaded.forEach(({ model, extension }, i) => assertSame(JSON.parse(stdout)[i], model, `PyTorch, ${extension}`));
});

test.run();
