// ResNet-18 from other people's files: their names and number formats, and a list of what does not fit.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { resnet18 } from "#pulmo/core/models/resnet18.js";
import { size } from "#pulmo/core/parameters.js";
import { createRng } from "#pulmo/core/rng.js";
import { float32Tensor, int64Scalar, type StoredTensor } from "#pulmo/core/tensors.js";
import { readEntry, writeEntry } from "#pulmo/core/values.js";
import { chooseWeights } from "#pulmo/train/choose-weights.js";
import { createNetwork, planNetwork } from "#pulmo/train/network.js";
import { loadPretrained, type Pretrained, pretrainedOf } from "#pulmo/train/pretrained.js";

const test = suite("pretrained ResNet-18");

const options = { batchSize: 1, imageSize: 64, threads: 1, variant: "simd", seed: 4, lr: 1e-4 } as const;
const { store } = planNetwork(resnet18, options).program;
const entries = [...store.parameters, ...store.statistics];

/** A file's tensors: torchvision's names, `classes` classes, numbers that every float format holds exactly. */
function file(classes: number): Map<string, StoredTensor> {
  const rng = createRng(9);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, shape } of entries) {
    const own = name.startsWith("fc.") ? [classes, ...shape.slice(1)] : shape;
    tensors.set(
      name,
      float32Tensor(
        own,
        Float32Array.from({ length: size(own) }, () => (rng.below(255) - 127) / 64),
      ),
    );
    if (name.endsWith(".running_var")) tensors.set(name.replace("running_var", "num_batches_tracked"), int64Scalar(7));
  }
  return tensors;
}

const imagenet = file(1000);
const bytesOf = (tensor: StoredTensor) => Buffer.from(tensor.data);

function pretrained(tensors: Map<string, StoredTensor>): Pretrained {
  const file = { path: "a.pth", sets: [{ entry: "", tensors }], metadata: {} };
  return pretrainedOf(chooseWeights(file, [{ model: resnet18, tensors: store }], { freshHead: true }));
}

/** Never loaded into. */
const untouched = createNetwork(resnet18, options);
const network = createNetwork(resnet18, options);
test.after(async () => {
  await untouched.pool.close();
  await network.pool.close();
});

/** Zeros, and the last layer as it was initialised: initialising all of it takes a second. */
function wipe(): void {
  for (const { address, bytes } of [network.store.weights, network.store.running]) {
    new Uint8Array(network.memory.buffer, address, bytes).fill(0);
  }
  for (const entry of network.store.parameters.filter(({ name }) => name.startsWith("fc."))) {
    writeEntry(network, entry, readEntry(untouched, entry));
  }
}

async function assertLoaded(
  tensors: Map<string, StoredTensor>,
  expected: Map<string, StoredTensor>,
  fresh: boolean,
): Promise<void> {
  wipe();
  const found = pretrained(tensors);
  loadPretrained(network, found);
  assert.is(found.freshClassifier, fresh);
  for (const entry of [...network.store.parameters, ...network.store.statistics]) {
    const values = Buffer.from(readEntry(network, entry).slice().buffer);
    const isNew = fresh && entry.name.startsWith("fc.");
    const initial = untouched.store.parameters.find(({ name }) => name === entry.name);
    const wanted = isNew ? Buffer.from(readEntry(untouched, initial!).slice().buffer) : bytesOf(expected.get(entry.name)!);
    assert.ok(values.equals(wanted), entry.name);
  }
}

test("1000 classes: everything but the last layer is taken, which stays as it was initialised", () =>
  assertLoaded(imagenet, imagenet, true));

test("two classes: the last layer is taken too", async () => {
  const two = file(2);
  await assertLoaded(two, two, false);
});

test("no last layer at all: it is made anew", async () => {
  const headless = new Map([...imagenet].filter(([name]) => !name.startsWith("fc.")));
  await assertLoaded(headless, imagenet, true);
});

/** transformers' ResNetForImageClassification names, written down apart from the reader's patterns. */
function huggingFaceName(name: string): string {
  const [layer, block, part, ...rest] = name.split(".");
  const kinds: Record<string, string> = { conv: "convolution", bn: "normalization" };
  if (layer === "conv1") return `resnet.embedder.embedder.convolution.${block}`;
  if (layer === "bn1") return `resnet.embedder.embedder.normalization.${block}`;
  if (layer === "fc") return `classifier.1.${block}`;
  const prefix = `resnet.encoder.stages.${Number(layer.slice(5)) - 1}.layers.${block}`;
  if (part === "downsample") return `${prefix}.shortcut.${rest[0] === "0" ? "convolution" : "normalization"}.${rest[1]}`;
  return `${prefix}.layer.${Number(part.at(-1)) - 1}.${kinds[part.slice(0, -1)]}.${rest[0]}`;
}

test("Hugging Face's names, and DataParallel's", async () => {
  const renamed = new Map([...imagenet].map(([name, tensor]) => [huggingFaceName(name), tensor]));
  assert.ok(renamed.has("resnet.encoder.stages.1.layers.0.shortcut.normalization.running_mean"));
  assert.ok(renamed.has("resnet.encoder.stages.3.layers.1.layer.1.convolution.weight"));
  await assertLoaded(renamed, imagenet, true);
  await assertLoaded(new Map([...imagenet].map(([name, tensor]) => [`module.${name}`, tensor])), imagenet, true);
});

/** The same numbers in another format; all of them have at most eight significant bits. */
function converted({ shape, data }: StoredTensor, dtype: string): StoredTensor {
  const values = new Float32Array(new Uint8Array(data).buffer);
  if (dtype === "F64") return { dtype, shape, data: new Uint8Array(Float64Array.from(values).buffer) };
  const bits = new Uint32Array(values.buffer);
  // float16 of a float32 that it holds exactly and that is not subnormal: the exponent's bias is 15 instead of 127.
  const half = (b: number) => (b === 0 ? 0 : ((b >>> 16) & 0x8000) | ((((b >>> 23) & 255) - 112) << 10) | ((b >>> 13) & 1023));
  return { dtype, shape, data: new Uint8Array(Uint16Array.from(bits, dtype === "F16" ? half : (b) => b >>> 16).buffer) };
}

for (const dtype of ["F64", "F16", "BF16"]) {
  test(`${dtype} is converted`, async () => {
    const other = new Map([...imagenet].map(([name, t]) => [name, t.dtype === "F32" ? converted(t, dtype) : t]));
    await assertLoaded(other, imagenet, true);
  });
}

test("what is missing, unknown, or of another shape or type is listed by name", () => {
  const refused = (change: (tensors: Map<string, StoredTensor>) => void, why: RegExp) => {
    const tensors = new Map(imagenet);
    change(tensors);
    assert.throws(
      () => pretrained(tensors),
      (e: unknown) => e instanceof InputError && why.test(e.message),
    );
  };
  const odd = float32Tensor([3], new Float32Array(3));
  refused((t) => t.delete("bn1.weight"), /^a\.pth is not a file of ResNet-18 weights; tensors missing: 1 \(bn1\.weight\)\.$/);
  refused((t) => t.set("layer1.2.bn1.weight", odd), /tensors unknown: 1 \(layer1\.2\.bn1\.weight\)/);
  refused((t) => t.set("bn1.bias", odd), /with another shape or type: 1 \(bn1\.bias F32 \[3\] instead of \[64\]\)/);
  refused(
    (t) => t.set("bn1.bias", { dtype: "I64", shape: [64], data: new Uint8Array(512) }),
    /bn1\.bias I64 \[64\] instead of \[64\]/,
  );
  refused((t) => t.clear(), /tensors missing: 100 \(conv1\.weight, .* and 92 more\)/);
  refused(
    (t) => t.set("fc.weight", float32Tensor([2, 512], new Float32Array(1024))) && t.set("fc.bias", odd),
    /fc\.bias F32 \[3\] instead of \[2\]/,
  );
  refused(
    (t) => t.set("fc.weight", float32Tensor([1000, 5], new Float32Array(5000))),
    /fc\.weight F32 \[1000,5\] instead of \[2,512\]/,
  );
});

test.run();
