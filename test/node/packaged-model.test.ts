// The model that comes with pulmo: what is in the package, and what is said where it is missing or damaged.
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readModelFile } from "#pulmo/core/read-model-file.js";
import { hasPackagedModel, PACKAGED_MODEL, packagedModel } from "#pulmo/node/packaged-model.js";
import { callerOf } from "#pulmo/run/caller.js";
import { chosenWeights } from "#pulmo/run/training/weights.js";
import { pulmo } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";
import { absent, unless } from "../skip.js";

const test = suite("the model that comes with pulmo");

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function refusal(folder: string): Promise<string> {
  try {
    await packagedModel(folder);
  } catch (error) {
    assert.is((error as Error).name, "InputError");
    return (error as Error).message;
  }
  throw new Error("nothing was refused");
}

test("a copy of pulmo without a model, with half of one, or with another file in its place says so", async () => {
  const folder = mkdtempSync(join(temporaryFolder(), "model-"));
  const at = (name: string) => join(folder, name);
  assert.not.ok(hasPackagedModel(folder));
  assert.match(await refusal(folder), /comes without one \(.*resnet18\.pulmo is missing\): name a model\.$/);
  const model = new Uint8Array(1000).map((_, i) => i);
  const facts = JSON.stringify({ sha256: sha256(model), weightsSha256: "0".repeat(64) });
  writeFileSync(at("model.json"), facts);
  assert.ok(hasPackagedModel(folder));
  assert.match(await refusal(folder), /resnet18\.pulmo cannot be read \(ENOENT\): install pulmo again, or name another model\.$/);
  writeFileSync(at("resnet18.pulmo"), model);
  assert.equal(Uint8Array.from(await packagedModel(folder)), model);
  model[999] ^= 1;
  writeFileSync(at("resnet18.pulmo"), model);
  assert.match(await refusal(folder), /is damaged or replaced: its SHA-256 is not the one in .*model\.json\. To go on, install/);
  for (const wrong of [facts.slice(0, -1), "{}", facts.replace("000", "00x")]) {
    writeFileSync(at("model.json"), wrong);
    assert.match(await refusal(folder), /model\.json is not valid \(.*\): install pulmo again, or name another model\.$/);
  }
  rmSync(folder, { recursive: true });
});

const withModel = unless(absent(PACKAGED_MODEL, "docs/make-model.mjs"), test);

withModel("int8 weights of a ResNet-18, with all that pulmo knows about a model", async () => {
  const { metadata, int8, unusual, imageSize } = readModelFile(await packagedModel());
  assert.equal([metadata.model, int8, imageSize], ["resnet18", true, 224]);
  assert.ok(unusual && metadata.conformal && metadata.temperature && metadata.card);
  assert.ok(statSync(PACKAGED_MODEL).size < 12e6);
});

withModel("the card states the hash of the file and of the weights it was made from", () => {
  const card = readFileSync("docs/model-card.md", "utf8");
  const { sha256: file, weightsSha256 } = JSON.parse(readFileSync(join(PACKAGED_MODEL, "../model.json"), "utf8"));
  for (const hash of [file, weightsSha256]) assert.ok(card.includes(hash), hash);
});

withModel(
  "predict, evaluate and model info use it if no model is named; it tells the classes of the sample's test images apart",
  async () => {
    const sample = fileURLToPath(new URL("../../../sample", import.meta.url));
    const { code, stdout, stderr } = await pulmo(["evaluate", "--data", sample, "--limit", "10", "--json"]);
    assert.is(code, 0, stderr);
    assert.match(stderr, /^No model given: using the ResNet-18 that comes with pulmo .*Not for clinical use\.$/m);
    const { confusion, modelNotes } = JSON.parse(stdout);
    assert.match(modelNotes.join(), /the ResNet-18 that comes with pulmo/);
    // By chance, 15 of 20 are right once in 50 times.
    assert.ok(confusion[0][0] + confusion[1][1] >= 15, JSON.stringify(confusion));
    const image = join(sample, "test/NORMAL", readdirSync(join(sample, "test/NORMAL"))[0]);
    const quiet = await pulmo(["predict", image, "--quiet"]);
    assert.is(quiet.code, 0);
    assert.not.match(quiet.stderr, /No model given/);
    const info = JSON.parse((await pulmo(["model", "info", "--json"])).stdout);
    assert.equal([info.packaged, info.dtype, info.training.init, info.data.published], [true, "i8", "scratch", true]);
    assert.ok(info.figures.test.n === 624 && info.attribution.includes("CC BY 4.0"));
  },
);

test("a run of ResNet-18 without --weights does not start from it", async () => {
  const { PULMO_CACHE } = process.env;
  process.env.PULMO_CACHE = temporaryFolder();
  try {
    // Only the names are looked at, where there is no file.
    const plans = new Map([["resnet18", {}]]) as Parameters<typeof chosenWeights>[1];
    assert.is(await chosenWeights({ settings: { recipe: "sample" }, weights: undefined }, plans, callerOf({})), undefined);
  } finally {
    if (PULMO_CACHE === undefined) delete process.env.PULMO_CACHE;
    else process.env.PULMO_CACHE = PULMO_CACHE;
  }
});

test("the folder says whose images the model was trained on", () => {
  const text = readFileSync(join(PACKAGED_MODEL, "../MODEL.txt"), "utf8");
  for (const said of ["Kermany", "10.17632/rscbjbr9sj", "CC BY 4.0", "Not for clinical use"]) assert.match(text, said);
});

test.run();
