// The package as others get it: packed, and installed into a folder of its own, with a model file beside it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { encodeModel, inferenceProgram } from "#pulmo/core/model-file.js";
import { findModel } from "#pulmo/core/models/index.js";
import { initialize } from "#pulmo/core/values.js";
import { CRC32, createCrc } from "#pulmo/formats/crc.js";
import { plainShapes } from "#pulmo/node/variant.js";
import { temporaryFolder } from "../data/places.js";
import { unless } from "../skip.js";

const NPM = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];
export const npm = (cwd: string, ...args: string[]) => spawnSync(NPM[0], [...NPM.slice(1), ...args], { cwd, encoding: "utf8" });

const folder = temporaryFolder();
// The build is packed as it is: building it again would disturb the tests that run at the same time.
export const packed = npm(resolve("."), "pack", "--ignore-scripts", "--json", "--pack-destination", folder);
export const tarball = join(folder, readdirSync(folder)[0] ?? "nothing was packed");
export const app = join(folder, "app");
mkdirSync(app);
writeFileSync(join(app, "package.json"), '{ "type": "module", "private": true }');
const installed = npm(app, "install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", tarball);

/** `test`, unless the package's dependencies cannot be fetched. */
export const ifInstalled: typeof unless = (reason, test) =>
  unless(reason ?? (installed.status === 0 ? undefined : "the registry cannot be reached"), test);

/** An untrained logistic regression: model.pulmo in the app's folder. */
export const model = (() => {
  const { program, layout } = inferenceProgram(findModel("logistic")!, plainShapes(), 224, undefined);
  initialize(program, 11, 0);
  const metadata = { model: "logistic", classes: ["clear", "ill"], recipe: "none" };
  const parts = encodeModel(program, layout, { threshold: 0.5, metadata, dtype: "f32" }, createCrc(CRC32));
  return Buffer.concat(parts);
})();
export const modelPath = join(app, "model.pulmo");
writeFileSync(modelPath, model);

/** The model in the installed package; the logistic regression stands in for it where the package has none. */
export const packagedModel = join(app, "node_modules/pulmo/model/resnet18.pulmo");
if (installed.status === 0 && !existsSync(packagedModel)) {
  const sha256 = createHash("sha256").update(model).digest("hex");
  writeFileSync(packagedModel, model);
  writeFileSync(join(packagedModel, "../model.json"), JSON.stringify({ sha256, weightsSha256: sha256 }));
}

/** Code over a `model`: the score of a small image, as JSON, and a map's side. */
export const SCORE = `const image = { data: new Uint8Array(64 * 80).map((_, i) => i), width: 64, height: 80, channels: 1 };
const { logOdds, label } = model.predict(image);
const score = JSON.stringify({ logOdds, label, side: model.explain(image).side });`;
