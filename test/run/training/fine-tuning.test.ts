// --weights: which file a path names, whether the last layer is kept, and which pixels the weights expect.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { findModel } from "#pulmo/core/models/index.js";
import { float32Tensor, type StoredTensor } from "#pulmo/core/tensors.js";
import { writeSafetensors } from "#pulmo/formats/safetensors-file.js";
import { SILENT } from "#pulmo/run/caller.js";
import { wantedModel } from "#pulmo/run/scoring/open-checkpoint.js";
import { networkOptions, planNetworks } from "#pulmo/run/training/networks.js";
import { chosenWeights } from "#pulmo/run/training/weights.js";
import { resolveSettings, type TrainSettings } from "#pulmo/settings/resolve.js";
import { temporaryFolder } from "../../data/places.js";

const test = suite("fine-tuning");

const { parameters, statistics } = wantedModel(findModel("resnet18")!).tensors;
const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Weights of a resnet18 with `outputs`, in the folder of a run with one model. Returns the run's folder. */
async function runWith(metadata: Record<string, string>, outputs = 2): Promise<string> {
  const run = temporaryFolder();
  const tensors = new Map<string, StoredTensor>(
    [...parameters, ...statistics].map(({ name, shape }) => {
      const own = name.startsWith("fc.") ? [outputs, ...shape.slice(1)] : [...shape];
      return [name, float32Tensor(own, new Float32Array(size(own)))];
    }),
  );
  mkdirSync(join(run, "resnet18"));
  await writeSafetensors(join(run, "resnet18/model.safetensors"), { tensors, metadata });
  return run;
}

const IMAGENET = { size: "224", mean: "0.485,0.456,0.406", std: "0.229,0.224,0.225" };
const machine = { threads: 1, variant: "simd", explanationBatch: 0 } as const;

/** What is said about the weights. */
async function notes(path: string, given: TrainSettings): Promise<string[]> {
  const settings = resolveSettings({ models: ["resnet18"], batchSize: 2, ...given }, { fetchedData: "x", absolute: (p) => p });
  const said: string[] = [];
  const caller = { ...SILENT, info: (line: string) => void said.push(line.replace(`Note: ${path} `, "")) };
  await chosenWeights({ settings, weights: path }, planNetworks(settings, networkOptions(settings, machine, 2)), caller);
  return said;
}

async function refusal(path: string, given: TrainSettings): Promise<string> {
  return notes(path, given).then(
    (said) => `accepted: ${said.join()}`,
    (error) => error.message,
  );
}

test("a run's folder, its model's folder and the file are the same; the last layer is kept", async () => {
  const run = await runWith({ model: "resnet18", ...IMAGENET });
  for (const path of [run, join(run, "resnet18"), join(run, "resnet18/model.safetensors")])
    assert.equal(await notes(path, { recipe: "strong" }), ["has a last layer for two classes, which is kept."]);
});

test("a last layer of other classes is kept with a note, one of another number is not", async () => {
  const others = await runWith({ model: "resnet18", classes: "NORMAL,Covid", ...IMAGENET });
  assert.equal(await notes(others, { recipe: "strong" }), [
    "has a last layer for two classes, which is kept, although it was trained for NORMAL and Covid.",
  ]);
  assert.equal(await notes(others, { recipe: "strong", classes: ["NORMAL", "Covid"] }), [
    "has a last layer for two classes, which is kept.",
  ]);
  const fourteen = await runWith({ model: "resnet18", ...IMAGENET }, 14);
  assert.match(
    (await notes(fourteen, { recipe: "strong" })).join(),
    /has 14 outputs .* the last layer starts from random values/,
  );
});

test("weights for other pixels than the recipe's are refused", async () => {
  const normalized = await runWith({ model: "resnet18", ...IMAGENET });
  assert.match(
    await refusal(normalized, { recipe: "paper" }),
    /was trained on pixels normalized by mean 0\.485,.*, but --recipe paper has pixels in 0\.\.1: use --recipe strong, or weights/,
  );
  const plain = await runWith({ model: "resnet18", size: "224" });
  assert.match(
    await refusal(plain, { recipe: "strong" }),
    /was trained on pixels in 0\.\.1, but --recipe strong .*: use --recipe paper/,
  );
  assert.equal(await notes(plain, { recipe: "paper" }), ["has a last layer for two classes, which is kept."]);
});

test("weights that do not state their pixels: what this training gives them is said", async () => {
  const unsaid = await runWith({});
  assert.match(
    (await notes(unsaid, { recipe: "paper" })).at(-1)!,
    /does not say how .*; this training has pixels in 0\.\.1 \(--recipe paper\)\.$/,
  );
  const imagenet = await runWith({}, 1000);
  assert.match(
    (await notes(imagenet, { recipe: "paper" })).join(),
    /ImageNet weights, usually for normalized pixels; .* in 0\.\.1, as in the study/,
  );
  assert.match((await notes(imagenet, { recipe: "strong" })).join(), /pixels normalized by .*, as usual for them/);
});

test.run();
