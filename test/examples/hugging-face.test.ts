// `export --format hf`: transformers.js loads the folder and gives the probabilities of `predict`.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pulmo } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";
import { absent, unless } from "../skip.js";

const test = suite("export for Hugging Face");

const MODEL = resolve("model/resnet18.pulmo");
const folder = join(temporaryFolder(), "hf");

/** Prints the probabilities of class 1 as JSON. */
const SCRIPT = `
import { env, pipeline } from "@huggingface/transformers";
Object.assign(env, { allowRemoteModels: false, localModelPath: "/" });
const [folder, ...files] = process.argv.slice(1);
const classify = await pipeline("image-classification", folder, { dtype: "fp32" });
const found = [];
for (const file of files) found.push((await classify(file)).find(({ label }) => label === "PNEUMONIA").score);
console.log(JSON.stringify(found));`;

test("writes a folder with a card, once", async () => {
  const args = ["export", "--checkpoint", MODEL, "--format", "hf", "--out", folder];
  const { code, stderr } = await pulmo(args);
  assert.is(code, 0, stderr);
  assert.equal(readdirSync(folder).sort(), ["README.md", "config.json", "onnx", "preprocessor_config.json"]);
  const { id2label } = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
  assert.equal(id2label, { 0: "NORMAL", 1: "PNEUMONIA" });
  assert.match(
    readFileSync(join(folder, "README.md"), "utf8"),
    /^---\npipeline_tag: image-classification\n[\s\S]*SHA-256 +[0-9a-f]{64}/,
  );
  const again = await pulmo(args);
  assert.is(again.code, 2);
  assert.match(again.stderr, /^pulmo: --out \S+ is not empty: choose a new or an empty folder\.$/m);
});

unless(absent("bench/node_modules/@huggingface/transformers", "npm --prefix bench ci"), test)(
  "transformers.js gives the probabilities of predict, within 1e-5",
  async () => {
    const files = ["NORMAL", "PNEUMONIA"].flatMap((kind) => {
      const at = resolve("sample/test", kind);
      return readdirSync(at)
        .slice(0, 4)
        .map((name) => join(at, name));
    });
    assert.ok(existsSync(folder));
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", SCRIPT, folder, ...files], {
      cwd: "bench",
      encoding: "utf8",
    });
    assert.is(child.status, 0, child.stderr);
    const { stdout } = await pulmo(["predict", "--checkpoint", MODEL, "--json", ...files]);
    const expected: number[] = JSON.parse(stdout).map(({ pPneumonia }: { pPneumonia: number }) => pPneumonia);
    const found: number[] = JSON.parse(child.stdout);
    assert.is(found.length, 8);
    found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-5, `${files[i]}: ${value}, ${expected[i]}`));
  },
);

test.run();
