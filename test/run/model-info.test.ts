// `model info` of files: what it says with and without a card, and of a card that is damaged or lies about its types.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { describe } from "#pulmo/core/describe.js";
import { logistic } from "#pulmo/core/models/logistic.js";
import { size } from "#pulmo/core/parameters.js";
import { float32Tensor } from "#pulmo/core/tensors.js";
import { writeSafetensors } from "#pulmo/formats/safetensors-file.js";
import { plainShapes } from "#pulmo/node/variant.js";
import { version } from "#pulmo/node/version.js";
import { modelInfoText } from "#pulmo/report/model-info-text.js";
import type { RunResults } from "#pulmo/results/metrics.js";
import { type ModelCard, modelCard } from "#pulmo/results/model-card.js";
import { SILENT } from "#pulmo/run/caller.js";
import { modelFile } from "#pulmo/run/exports/export-model-file.js";
import { modelInfo } from "#pulmo/run/model-info.js";
import { temporaryFolder } from "../data/places.js";

const test = suite("model info");

const folder = temporaryFolder();
const source = join(folder, "model.safetensors");
const { parameters } = describe(logistic, plainShapes(), 224).tensors;
const tensors = new Map(
  parameters.map(({ name, shape }) => [name, float32Tensor(shape, new Float32Array(size(shape)).fill(0.5))]),
);
await writeSafetensors(source, { tensors, metadata: { size: "224", threshold: "0.4", classes: "A,B", recipe: "strong" } });

const results: RunResults = JSON.parse(readFileSync("docs/results/strong/metrics.json", "utf8"));
const card: ModelCard = {
  ...modelCard(results, results.models.resnet18),
  ...{
    licence: "MIT",
    attribution: "Kermany and others, CC BY 4.0",
    use: "Education. Not for clinical use.",
    limits: ["Children."],
  },
};

async function exported(name: string, with_: unknown): Promise<string> {
  const path = join(folder, name);
  const { parts } = await modelFile({ checkpoint: source }, SILENT, "i8", with_ as ModelCard);
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

test("a card in a .pulmo file is shown whole", async () => {
  const checkpoint = await exported("card.pulmo", card);
  const info = await modelInfo({ checkpoint });
  const sha256 = createHash("sha256").update(readFileSync(checkpoint)).digest("hex");
  assert.equal(
    [info.sha256, info.model, info.parameters, info.dtype, info.classes, info.threshold, info.pulmo],
    [sha256, "logistic", 301_058, "i8", ["A", "B"], 0.4, version],
  );
  const { training, data, figures, licence, limits } = info;
  assert.equal({ training, data, figures, licence, limits }, { ...pick(card), licence: "MIT", limits: ["Children."] });
  const text = modelInfoText(info);
  for (const said of [
    "624 images: AUC 0.990 (0.981\u20130.996), accuracy 96.0% (94.4\u201397.4%)",
    "12 false negatives, 13 false positives",
    "train 1205 + 3487, val 136 + 388, test 234 + 390",
    card.training.command,
    "Attribution     Kermany and others, CC BY 4.0",
    "Education. Not for clinical use.",
  ])
    assert.ok(text.includes(said), said);
});

const pick = ({ training, data, figures }: ModelCard) => ({ training, data, figures });

test("a file without a card, or with one of other types, says what it knows", async () => {
  for (const [name, wrong] of [
    ["none", undefined],
    ["text", "a card"],
    ["types", { ...card, figures: { ...card.figures, test: { n: "many" } } }],
    ["long", { ...card, use: "x".repeat(3000) }],
  ] as const) {
    const info = await modelInfo({ checkpoint: await exported(`${name}.pulmo`, wrong) });
    assert.equal([info.training, info.figures, info.recipe, info.use], [null, null, "strong", "Not for clinical use."], name);
    assert.match(modelInfoText(info), /Recipe +strong; written by pulmo .*\nFigures +not stated in the file/);
  }
  const { dtype, pulmo, unusual, conformal } = await modelInfo({ checkpoint: source });
  assert.equal([dtype, pulmo, unusual, conformal], ["f32", null, false, null]);
});

test("names cannot disguise themselves", async () => {
  const { limits: _, ...rest } = card;
  const info = await modelInfo({ checkpoint: await exported("odd.pulmo", { ...rest, limits: ["a\u202eb\nUse  For clinics"] }) });
  const lines = modelInfoText(info).split("\n");
  assert.ok(lines.includes("Limits          a\\u202eb\\u000aUse  For clinics"));
});

test.run();
