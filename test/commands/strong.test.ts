// The strong recipe through the program: what is written, that nothing but the seed decides it, and that a model takes along how
// its images are treated.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readWeights } from "#pulmo/formats/weights.js";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { absent, PYTHON, unless, withoutPython } from "../skip.js";
import { assertRefused, dataset, filesBelow, pulmo } from "./cli.js";
import { testPixels } from "./exports.js";
import { assertEnsemble, assertRecipeResults, predictionsOf } from "./recipe-results.js";

const test = suite("the strong recipe");

const root = await dataset({ train: 12, val: 1, test: 4 });
const IMAGES = 8;
const PIXELS = 224 * 224;
const repository = new URL("../../../", import.meta.url);
const files = temporaryFolder();
const out = join(temporaryFolder(), "out");
/** ResNet-18's, with one seed and one epoch. */
const deep = join(temporaryFolder(), "deep");
const common = ["run", "--data", root, "--recipe", "strong", "--no-pictures", "--no-stress"];
const logistic = [...common, "--models", "logistic", "--epochs", "2", "--seeds", "0,1", "--track", "test"];
const resnet = [...common, "--models", "resnet18", "--epochs", "1", "--seed", "0", "--weights", "none"];
beforeAll(test, async () => {
  for (const args of [
    [...logistic, "--out", out],
    [...resnet, "--out", deep],
  ]) {
    const { code, stderr } = await pulmo([...args, "--threads", "2"]);
    assert.is(code, 0, stderr);
  }
});

const folderOf = (model: string) => join(model === "resnet18" ? deep : out, model);
const saved = (model: string) => join(folderOf(model), "model.safetensors");
const predictions = (model: string) => predictionsOf(folderOf(model));

test("metrics.json tells of the recipe, its validation, every epoch, the temperature and the seeds together", () =>
  assertRecipeResults(out, ["logistic"], IMAGES));

test("an ensemble's log-odds are the mean of its members'", () => assertEnsemble(out, "logistic"));

test("one thread gives the same bits, and so does a run that was interrupted", async () => {
  const [single, twice] = [join(temporaryFolder(), "single"), join(temporaryFolder(), "twice")];
  const args = logistic.slice(0, -2);
  const first = await pulmo([...args, "--threads", "1", "--out", single]);
  assert.is(first.code, 0, first.stderr);
  let sent = false;
  const stopped = await pulmo([...args, "--threads", "2", "--out", twice], {
    onStderr(said, child) {
      if (!sent && said.includes("epoch 1/2")) sent = child.kill("SIGINT");
    },
  });
  assert.is(stopped.code, 130, stopped.stderr);
  const resumed = await pulmo(["run", "--resume", twice, "--threads", "2"]);
  assert.is(resumed.code, 0, resumed.stderr);
  for (const folder of [single, twice]) {
    for (const name of filesBelow(join(out, "logistic")).filter((file) => /model|predictions/.test(file))) {
      const [wanted, found] = [out, folder].map((where) => readFileSync(join(where, "logistic", name)));
      assert.ok(found.equals(wanted), `${folder}: ${name}`);
    }
  }
});

test("a model says what it needs; evaluate and predict follow", async () => {
  const { metadata } = await readWeights(saved("resnet18"));
  const { recipe, size, mean, std, threshold, temperature } = metadata;
  assert.equal([recipe, size, mean, std, threshold], ["strong", "224", "0.485,0.456,0.406", "0.229,0.224,0.225", "0.5"]);
  assert.ok(Number(temperature) > 0);
  const scored = await pulmo(["evaluate", "--checkpoint", folderOf("resnet18"), "--data", root, "--json"]);
  assert.is(scored.code, 0, scored.stderr);
  const rows = predictions("resnet18");
  const right = rows.filter(({ label, logit }) => logit > 0 === (label === 1)).length;
  assert.is(JSON.parse(scored.stdout).accuracy, right / IMAGES);
  const predicted = await pulmo(["predict", "--checkpoint", saved("resnet18"), join(root, rows[0].file), "--json"]);
  assert.is(JSON.parse(predicted.stdout)[0].logit, rows[0].logit);
});

const exported = async (model: string, format: string, extension: string): Promise<string> => {
  const file = join(files, `${model}.${extension}`);
  const { code, stderr } = await pulmo(["export", "--checkpoint", saved(model), "--format", format, "--out", file]);
  assert.is(code, 0, stderr);
  return file;
};

function assertSame(found: ArrayLike<number>, model: string): void {
  const worst = predictions(model).reduce((most, { pPneumonia }, i) => Math.max(most, Math.abs(pPneumonia - found[i])), 0);
  assert.ok(worst <= 1e-5, `${model}: differs by ${worst}`);
}

const ortPath = fileURLToPath(new URL("bench/node_modules/onnxruntime-node/dist/index.js", repository));
unless(absent(ortPath, "npm --prefix bench ci"), test)("ONNX Runtime gives the same scores to pixels in 0..1", async () => {
  const loaded = await import(pathToFileURL(ortPath).href);
  const ort = loaded.default ?? loaded;
  const pixels = await testPixels(root);
  for (const model of ["logistic", "resnet18"]) {
    const session = await ort.InferenceSession.create(await exported(model, "onnx", "onnx"));
    const { probabilities } = await session.run({ pixels: new ort.Tensor("float32", pixels, [IMAGES, 3, 224, 224]) });
    await session.release();
    assertSame(
      Array.from({ length: IMAGES }, (_, i) => probabilities.data[2 * i + 1]),
      model,
    );
  }
});

test("a file that does not say how its images are normalized is told by options", async () => {
  const [pth, onnx] = [await exported("resnet18", "torch", "pth"), join(files, "again.onnx")];
  const [image, own] = [predictions("resnet18")[0], saved("resnet18")];
  const logit = async (...options: string[]) => {
    const { code, stdout, stderr } = await pulmo(["predict", "--checkpoint", pth, join(root, image.file), "--json", ...options]);
    assert.is(code, 0, stderr);
    return JSON.parse(stdout)[0].logit;
  };
  assert.is.not(await logit(), image.logit);
  assert.is(await logit("--recipe", "strong"), image.logit);
  assert.is(await logit("--mean", "0.485,0.456,0.406", "--std", "0.229, 0.224, 0.225"), image.logit);
  const { code } = await pulmo(["export", "--checkpoint", pth, "--recipe", "strong", "--format", "onnx", "--out", onnx]);
  assert.is(code, 0);
  // An ONNX file says it, as pulmo's own does.
  const again = await pulmo(["predict", "--checkpoint", onnx, join(root, image.file), "--json"]);
  assert.is(again.code, 0, again.stderr);
  assert.is(JSON.parse(again.stdout)[0].logit, image.logit);

  const refused = async (options: string[], message: RegExp, checkpoint = pth) =>
    assertRefused(["predict", "--checkpoint", checkpoint, join(root, image.file), ...options], message);
  await refused(["--recipe", "strong"], /states the normalization of its images: remove/, own);
  await refused(["--mean", "1,2,3"], /--mean and --std go together/);
  await refused(["--mean", "1,2", "--std", "1,1,1"], /--mean is "1,2": give three numbers separated by commas/);
  await refused(["--mean", "1,2,3", "--std", "1,0,1"], /--std is "1,0,1": give three numbers above 0/);
  await refused(["--mean", "1,2,3", "--std", "1,1,1", "--recipe", "strong"], /remove --mean and --std, or --recipe/);
});

unless(withoutPython("torch, torchvision", "python3-torchvision"), test)(
  "PyTorch gives the same scores to normalized pixels",
  async () => {
    const [mean, std] = [
      [0.485, 0.456, 0.406],
      [0.229, 0.224, 0.225],
    ];
    const normalized = (await testPixels(root)).map(
      (x, i) => (x - mean[Math.floor(i / PIXELS) % 3]) / std[Math.floor(i / PIXELS) % 3],
    );
    writeFileSync(join(files, "pixels"), new Uint8Array(normalized.buffer));
    const script = fileURLToPath(new URL("test/reference/load-in-torch.py", repository));
    const { status, stdout, stderr } = spawnSync(PYTHON, [script, join(files, "pixels"), "resnet18", saved("resnet18")], {
      encoding: "utf8",
      env: { PATH: process.env.PATH },
    });
    assert.is(status, 0, stderr);
    assertSame(JSON.parse(stdout)[0], "resnet18");
  },
);

test("only the recipes are known, and a resumed run keeps its own", async () => {
  await assertRefused(["run", "--recipe", "weak"], /--recipe is "weak": use paper or sample or strong/);
  await assertRefused(["run", "--resume", out, "--recipe", "strong"], /leave out --recipe/);
  await assertRefused(["run", "--track", "val"], /--track is "val": use test/);
});

test.run();
