// Trains the three models, exports them, and compares the files' tensors and the probabilities of other programs with pulmo's.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import { openPixels } from "#pulmo/data/cache.js";
import { readManifest } from "#pulmo/data/manifest.js";
import { parsePredictionsCsv } from "#pulmo/eval/predictions.js";
import { readWeights } from "#pulmo/formats/weights.js";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { absent, PYTHON, unless, withoutPython } from "../skip.js";
import { place, pulmo } from "./cli.js";

const MODELS = ["logistic", "dnn", "resnet18"];
const EXTENSIONS = ["onnx", "safetensors", "pth"];
const PIXELS = 224 * 224;
const TOLERANCE = 1e-5;
const repository = new URL("../../../", import.meta.url);

export interface Exports {
  root: string;
  /** Images per class and split. */
  perClass: number;
  /** The models that onnxruntime-web is compared on. */
  web?: string[];
}

export interface Exported {
  /** The run. */
  out: string;
  file(model: string, extension: string): string;
  saved(model: string): string;
}

/** Registers the tests; those that follow find the exported files. */
export function testExports(test: Test, { root, perClass, web = MODELS }: Exports): Exported {
  const IMAGES = 2 * perClass;
  const out = join(temporaryFolder(), "out");
  const files = temporaryFolder();
  const file = (model: string, extension: string) => join(files, `${model}.${extension}`);
  const saved = (model: string) => join(out, model, "model.safetensors");

  beforeAll(test, async () => {
    const data = ["--data", root, "--limit", String(perClass)];
    const training = ["--epochs", "1", "--weights", "none", "--no-stress", "--no-pictures", "--quiet"];
    const { code, stderr } = await pulmo(["run", ...data, ...training, "--out", out]);
    assert.is(code, 0, stderr);
  });

  function assertSame(found: ArrayLike<number>, model: string, who: string): void {
    const csv = readFileSync(join(out, model, "predictions-test.csv"), "utf8");
    const wanted = parsePredictionsCsv(csv).map((row) => row.pPneumonia);
    assert.is(wanted.length, IMAGES);
    assert.is(found.length, IMAGES);
    const differences = wanted.map((p, i) => Math.abs(p - found[i]));
    const worst = differences.reduce((a, b) => Math.max(a, b), 0);
    assert.ok(worst <= TOLERANCE, `${who}, ${model}: differs by ${worst}`);
  }

  test("every model is written in every format", async () => {
    for (const model of MODELS) {
      for (const extension of EXTENSIONS) {
        const format = extension === "pth" ? "torch" : extension;
        const to = ["--format", format, "--out", file(model, extension)];
        const { code, stderr } = await pulmo(["export", "--checkpoint", join(out, model), ...to]);
        assert.is(code, 0, stderr);
      }
    }
  });

  test("every file holds the model's tensors, bit for bit", async () => {
    for (const model of MODELS) {
      const { tensors } = await readWeights(saved(model));
      for (const extension of EXTENSIONS) {
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

  for (const [who, entry, models, options] of [
    ["onnxruntime-node", "onnxruntime-node/dist/index.js", MODELS, {}],
    ["onnxruntime-web", "onnxruntime-web/dist/ort.node.min.mjs", web, { executionProviders: ["wasm"] }],
  ] as const) {
    // A package of the benchmark's: `npm run bench` and .ci/run install those.
    const path = fileURLToPath(new URL(`bench/node_modules/${entry}`, repository));
    unless(absent(path, "npm --prefix bench ci"), test)(`${who} gives the same probabilities`, async () => {
      const [ort, pixels] = [await load(path), await testPixels(root, perClass)];
      for (const model of models) {
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
    const pixels = await testPixels(root, perClass);
    const script = fileURLToPath(new URL("test/reference/load-in-torch.py", repository));
    writeFileSync(join(files, "pixels"), new Uint8Array(pixels.buffer));
    const loaded = MODELS.flatMap((model) =>
      EXTENSIONS.flatMap((extension) => (extension === "onnx" ? [] : { model, extension })),
    );
    const asked = loaded.flatMap(({ model, extension }) => [model, file(model, extension)]);
    const { status, stdout, stderr } = spawnSync(PYTHON, [script, join(files, "pixels"), ...asked], {
      encoding: "utf8",
      env: { PATH: process.env.PATH },
    });
    assert.is(status, 0, stderr);
    loaded.forEach(({ model, extension }, i) => assertSame(JSON.parse(stdout)[i], model, `PyTorch, ${extension}`));
  });

  return { out, file, saved };
}

/** The test images as [N][3][224][224] in 0..1, the input of the exported models. */
export async function testPixels(root: string, perClass?: number): Promise<Float32Array<ArrayBuffer>> {
  const manifest = await readManifest(root, { limit: perClass });
  const images = manifest.images.test.length;
  const cache = await openPixels(manifest, { size: 224, threads: 1, cacheDir: join(place, "cache") });
  const all = new Float32Array(images * 3 * PIXELS);
  const row = new Uint8Array(3 * PIXELS);
  for (let n = 0; n < images; n++) {
    await cache.splits.test.read(n, row);
    row.forEach((value, i) => (all[(n * 3 + (i % 3)) * PIXELS + Math.floor(i / 3)] = value / 255));
  }
  await cache.close();
  return all;
}

interface OnnxRuntime {
  Tensor: new (type: string, data: Float32Array, dims: number[]) => unknown;
  InferenceSession: { create(path: string | Uint8Array, options: object): Promise<Session> };
}
interface Session {
  run(feeds: object): Promise<Record<string, { data: Float32Array }>>;
  release(): Promise<void>;
}

async function load(path: string): Promise<OnnxRuntime> {
  const loaded = await import(pathToFileURL(path).href);
  return loaded.default ?? loaded;
}
