// The standalone inference core: the bits of the plain variant, and what hostile model files can do: nothing.
import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Explanation, loadModel } from "#pulmo/core/infer.js";
import { INFERENCE_KERNELS, KERNELS } from "#pulmo/core/kernel-table.js";
import { instantiate } from "#pulmo/core/kernels.js";
import { encodeModel, type ModelFileDtype } from "#pulmo/core/model-file.js";
import type { ModelDefinition, Normalization } from "#pulmo/core/models/definition.js";
import { findModel, MODELS } from "#pulmo/core/models/index.js";
import { encode } from "#pulmo/core/plan.js";
import { allocate, layOutProgram, recordProgram } from "#pulmo/core/program.js";
import { bind, replay } from "#pulmo/core/replay.js";
import { createResizer, type Pixels } from "#pulmo/core/resize.js";
import { createRng } from "#pulmo/core/rng.js";
import { initialize, readEntry, slotBytes, slotFloats, writeEntry } from "#pulmo/core/values.js";
import { plainShapes } from "#pulmo/node/variant.js";

const test = suite("standalone inference core");

const compiled = (name: string) => new WebAssembly.Module(readFileSync(`dist/core/${name}.wasm`));
const core = compiled("pulmo-infer");
const normalization: Normalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** A model with random weights: its file, and what plans of one image give on the core without shared memory. */
function example(model: ModelDefinition, imageSize: number, normalized: boolean, dtype: ModelFileDtype = "f32") {
  const sizes = { batchSize: 0, evaluationBatch: 1, explanationBatch: 1, imageSize };
  const program = recordProgram(model, plainShapes(), { ...sizes, normalization: normalized ? normalization : undefined });
  const layout = layOutProgram(program, 1);
  const placed = { ...program, memory: allocate(layout, false) };
  initialize(placed, 3, 0);
  const metadata = { model: model.name, classes: ["clear", "ill"] };
  const file = Buffer.concat(encodeModel(placed, layout, { threshold: 0.25, metadata, dtype }, crc32));
  if (dtype === "i8") {
    for (const entry of program.store.parameters.filter(
      ({ shape }) => shape.length > 1 && shape.reduce((n, d) => n * d) >= 4096,
    )) {
      writeEntry(placed, entry, rounded(readEntry(placed, entry), entry.shape[0]));
    }
  }
  const kernels = instantiate(compiled("unshared"), placed.memory);
  const own = new WebAssembly.Memory({ initial: 1, maximum: 256 });
  const resizer = createResizer(instantiate(compiled("unshared"), own), own, imageSize);
  const play = (plan: "prepare" | "evaluate" | "explain") => replay(bind(encode(program.plans[plan], layout), kernels, 0));
  const reference = (image: Pixels) => {
    slotBytes(placed, program.io.bytes, 0).set(resizer(image));
    for (const plan of ["prepare", "evaluate"] as const) play(plan);
    const [a, b] = slotFloats(placed, program.io.logits, 0);
    play("explain");
    return { logOdds: b - a, map: slotFloats(placed, program.io.maps!, 0).slice() };
  };
  return { file, reference };
}

/** Weights as PyTorch stores them, [O][...], rounded per output channel to a 127th of the largest. */
function rounded(values: Float32Array, O: number): Float32Array {
  const each = values.length / O;
  const scales = Array.from({ length: O }, (_, o) => {
    const channel = values.subarray(o * each, (o + 1) * each);
    return Math.fround(channel.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127);
  });
  return values.map((value, i) => {
    const scale = scales[Math.floor(i / each)];
    return Math.round(value / scale) * scale;
  });
}

const noise = (width: number, height: number, channels: 1 | 3, seed = 1): Pixels => {
  const rng = createRng(seed, 0);
  return { data: Uint8Array.from({ length: width * height * channels }, () => rng.below(256)), width, height, channels };
};

test("it imports nothing, owns its memory and is small", () => {
  assert.equal(WebAssembly.Module.imports(core), []);
  assert.ok(WebAssembly.Module.exports(core).some(({ name, kind }) => name === "memory" && kind === "memory"));
  assert.ok(readFileSync("dist/core/pulmo-infer.wasm").length <= 32_000);
});

test("it knows the kernels that the models' plans call, and no others", () => {
  // Stems that assembly/stem.ts cannot compute, and files of pulmo 1.
  const called = new Set<string>(["pixelsPadded"]);
  for (const model of MODELS) {
    for (const norm of [undefined, normalization]) {
      const sizes = { batchSize: 0, evaluationBatch: 1, explanationBatch: 1, imageSize: 224 };
      const { plans } = recordProgram(model, plainShapes(), { ...sizes, normalization: norm });
      for (const call of Object.values(plans).flat()) called.add(call.kernel);
    }
  }
  assert.equal([...called].sort(), Object.keys(INFERENCE_KERNELS).sort());
});

for (const [name, size, normalized] of [
  ["logistic", 224, false],
  ["logistic", 64, true],
  ["resnet18", 224, true],
  ["resnet18", 64, false],
] as const) {
  test(`${name}, ${size} pixels: the bits of the plans on the plain core, for images of any size`, async () => {
    const { file, reference } = example(findModel(name)!, size, normalized);
    const model = await loadModel(core, file);
    for (const image of [noise(size, size, 3), noise(300, 211, 3), noise(71, 400, 1), noise(size, 90, 1), noise(1, 1, 1)]) {
      const expected = reference(image);
      const found: Explanation = model.explain(image);
      assert.is(found.logOdds, expected.logOdds);
      assert.equal([...found.map], [...expected.map]);
      // What explaining has overwritten is prepared again.
      assert.is(model.predict(image).logOdds, expected.logOdds);
      assert.ok(Math.abs(found.probability - 1 / (1 + Math.exp(-found.logOdds))) < 1e-15);
      assert.is(found.label, found.probability > 0.25 ? "ill" : "clear");
    }
    assert.equal(model.classes, ["clear", "ill"]);
    assert.is(model.threshold, 0.25);
  });
}

for (const name of ["logistic", "resnet18"]) {
  test(`${name} as int8: a quarter of the file, the bits of the plans over rounded weights`, async () => {
    const { file, reference } = example(findModel(name)!, 64, true, "i8");
    const whole = example(findModel(name)!, 64, true);
    assert.ok(file.length < 0.26 * whole.file.length + 20_000, `${file.length} of ${whole.file.length}`);
    const model = await loadModel(core, file);
    const image = noise(90, 70, 3);
    const expected = reference(image);
    assert.is(model.predict(image).logOdds, expected.logOdds);
    assert.equal([...model.explain(image).map], [...expected.map]);
    assert.is.not(whole.reference(image).logOdds, expected.logOdds);
  });
}

test("grey is what three equal channels are", async () => {
  const model = await loadModel(core, example(findModel("logistic")!, 64, false).file);
  const grey = noise(100, 80, 1);
  const data = new Uint8Array(grey.data.length * 3).map((_, i) => grey.data[Math.floor(i / 3)]);
  assert.is(model.predict(grey).logOdds, model.predict({ ...grey, data, channels: 3 }).logOdds);
});

const refusal = (file: Uint8Array): Promise<string> =>
  loadModel(core, file).then(
    () => "none",
    (error: Error) => error.message,
  );

test("files that are none, cut, or altered are refused in a sentence", async () => {
  const { file } = example(findModel("logistic")!, 32, false);
  assert.match(await refusal(new Uint8Array(0)), /^This is no pulmo model file\.$/);
  assert.match(await refusal(file.subarray(0, 100)), /^This is no pulmo model file\.$/);
  assert.match(await refusal(file.subarray(0, file.length - 1)), /^The model file is cut short or too long\.$/);
  assert.match(await refusal(Buffer.concat([file, Buffer.alloc(1)])), /cut short or too long/);
  const altered = Buffer.from(file);
  altered[file.length - 100] ^= 1;
  assert.match(await refusal(altered), /^The model file is damaged: its checksum does not fit\.$/);
  const later = Buffer.from(file);
  later.writeUInt32LE(2, 8);
  assert.match(await refusal(later), /^This version of the model file is not known\.$/);
  const model = await loadModel(core, file);
  assert.throws(
    () => model.predict({ data: new Uint8Array(5), width: 2, height: 2, channels: 1 }),
    /must have width x height x channels/,
  );
  for (const data of [new Uint16Array(4), new Float32Array(4), [0, 0, 0, 0]]) {
    const image = { data: data as unknown as Uint8Array, width: 2, height: 2, channels: 1 as const };
    assert.throws(() => model.predict(image), /must be a Uint8Array or Uint8ClampedArray: scale them to 0\.\.255/);
  }
  assert.throws(() => model.predict({ data: new Uint8Array(0), width: 0, height: 2, channels: 1 }), /1 or 3 channels/);
});

/** Header and plans with words replaced, their checksum made good: an answer or a sentence. */
async function attack(file: Buffer, count: number, seed: number): Promise<Set<string>> {
  const rng = createRng(seed, 1);
  const end = Math.max(...[0, 1, 2].map((i) => file.readUInt32LE(72 + 12 * i) + file.readUInt32LE(76 + 12 * i)));
  const outcomes = new Set<string>();
  const image = noise(40, 50, 1);
  for (let k = 0; k < count; k++) {
    const bytes = Buffer.from(file);
    for (let n = rng.below(3); n >= 0; n--) {
      // With int8 weights, words of the first piece's header too.
      const isPiece = bytes.readUInt32LE(28) > 0 && rng.below(4) === 0;
      const at = isPiece ? file.readUInt32LE(44) + 4 * rng.below(4) : 20 + 4 * rng.below((end - 20) / 4);
      const old = bytes.readUInt32LE(at);
      const values = [
        0,
        1,
        2 ** 32 - 1,
        2 ** 31,
        rng.below(300),
        rng.below(2 ** 32 - 1),
        old + 1,
        old - 1,
        old ^ (1 << rng.below(32)),
        2 * old,
      ];
      bytes.writeUInt32LE(values[rng.below(values.length)] >>> 0, at);
    }
    bytes.writeUInt32LE(crc32(bytes.subarray(20)), 16);
    const explain = async () => (await loadModel(core, bytes)).explain(image);
    const outcome = await explain().catch((error: Error) => error);
    if (outcome instanceof Error) {
      assert.match(outcome.message, /^[A-Z][^\n]{10,120}\.$/, `mutation ${k}`);
      assert.not.match(outcome.message, /undefined|null|TypeError/, `mutation ${k}`);
      outcomes.add(outcome.message);
    } else {
      assert.ok(Number.isFinite(outcome.logOdds), `mutation ${k}`);
      outcomes.add("a score");
    }
  }
  return outcomes;
}

/** The file with numbers of its first call of a kernel replaced, and its checksum made good. */
function withCall(file: Buffer, kernel: keyof typeof KERNELS, numbers: Record<string, number>): Buffer {
  const { parameters } = KERNELS[kernel];
  const names = Object.keys(INFERENCE_KERNELS) as (keyof typeof KERNELS)[];
  const changed = Buffer.from(file);
  for (const plan of [0, 1, 2]) {
    let at = file.readUInt32LE(72 + 12 * plan);
    for (let calls = file.readUInt32LE(80 + 12 * plan); calls > 0; calls--) {
      const number = file.readUInt32LE(at);
      if (names[number] === kernel) {
        for (const [name, value] of Object.entries(numbers)) {
          changed.writeInt32LE(value, at + (name === "tiles" ? 4 : 12 + 4 * parameters.indexOf(name)));
        }
        changed.writeUInt32LE(crc32(changed.subarray(20)), 16);
        return changed;
      }
      at += 12 + 4 * KERNELS[names[number]].parameters.length;
    }
  }
  throw new Error(`The file does not call ${kernel}.`);
}

test("calls that are long for their operands are refused", async () => {
  const { file } = example(findModel("resnet18")!, 56, true);
  assert.is(await refusal(withCall(file, "winogradCroppedProducts", {})), "none");
  // 36 * 2^20 rows of products with 256 channels, in images of so many patches that a whole number of them is 0.
  const [H, W, T, C, O] = [8192, 8192, 2 ** 20, 256, 16];
  const tiles = plainShapes().winogradProductTiles(T, O);
  const long = { H, W, T, C, O, ldv: 0, planeM: 16, planeV: 16, tiles };
  assert.match(await refusal(withCall(file, "winogradCroppedProducts", long)), /would take too long/);
  // An empty operand, but 2^24 rows.
  assert.match(await refusal(withCall(file, "averagePool", { C: 0 })), /outside its memory/);
  // A border of less than no pixels.
  const negative = { H: 2 ** 24, W: 65536, pad: -32768, tiles: 1 };
  assert.match(await refusal(withCall(file, "stemPixels", negative)), /negative or too large/);
});

const MUTATIONS = Number(process.env.PULMO_MODEL_MUTATIONS ?? 500);

test("hostile files: an answer or a sentence", async () => {
  const outcomes = await attack(example(findModel("logistic")!, 32, true).file, MUTATIONS, 1);
  // The attack reaches behind the header.
  for (const sentence of [/outside its memory/, /tiles do not fit/, /not known/, /into the weights/, /a score/]) {
    assert.ok(
      [...outcomes].some((outcome) => sentence.test(outcome)),
      String(sentence),
    );
  }
  await attack(example(findModel("resnet18")!, 32, true).file, Math.ceil(MUTATIONS / 20), 2);
  const packed = await attack(example(findModel("logistic")!, 32, true, "i8").file, MUTATIONS, 3);
  assert.ok([...packed].some((outcome) => /int8 weights do not fit/.test(outcome)));
});

test.run();
