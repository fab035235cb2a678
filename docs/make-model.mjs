// Makes the model that comes with pulmo from a finished run of ResNet-18: `node docs/make-model.mjs RUN [OTHER ...]`, after `npm run build`.
// Writes model/resnet18.pulmo (int8), model/model.json and docs/model-card.md. OTHER: finished runs with other seeds, for the card. Options:
// --data DIR   the images of the run, if they are elsewhere now (for the effect of int8 on the test images)
// --to DIR     write there instead of into this repository
// --trial      also take a run that may not be published: other images, other initial weights
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createScreen } from "../dist/commands/terminal.js";
import { physicalCores } from "../dist/node/cores.js";
import { isPublished, modelCard } from "../dist/results/model-card.js";
import { effectOfInt8, modelFile } from "../dist/run/exports/export-model-file.js";
import { modelPath } from "../dist/run/folder.js";
import { checkModelOfRun } from "../dist/run/own-files.js";
import { readResults } from "../dist/run/read-results.js";
import { readRunFile } from "../dist/run/run-file.js";
import { readCheckpoint } from "../dist/run/scoring/open-checkpoint.js";
import { recipeOf } from "../dist/settings/recipes.js";
import { shellWord } from "../dist/settings/shell.js";
import { modelCardPage } from "./model-card.mjs";

const NAME = "resnet18";
const LEAST_AUC = 0.975;
const MOST_CHANGE = 0.001;
const ATTRIBUTION =
  'Kermany, Daniel; Zhang, Kang; Goldbaum, Michael (2018), "Labeled Optical Coherence Tomography (OCT) and Chest X-Ray Images for Classification", Mendeley Data, version 2, doi:10.17632/rscbjbr9sj.2';

const { values, positionals } = parseArgs({
  options: { data: { type: "string" }, to: { type: "string" }, trial: { type: "boolean" } },
  allowPositionals: true,
});
const [run, ...others] = positionals;
if (run === undefined) throw new Error("Give the folder of a run: node docs/make-model.mjs RUN [OTHER ...]");
const to = values.to ?? fileURLToPath(new URL("..", import.meta.url));
const reporter = createScreen(process.stderr).reporter(false);

const results = await readResults(run);
const { options } = await readRunFile(run);
const model = results.models[NAME];
if (!model) throw new Error(`${run} has no ${NAME}.`);
await checkModelOfRun(modelPath(run, NAME));
refuseUnpublishable();

const seeds = [];
for (const other of others) {
  const { settings, models } = await readResults(other);
  if (!models[NAME] || settings.seed === results.settings.seed) throw new Error(`${other} has no ${NAME} of another seed.`);
  seeds.push({ seed: settings.seed, model: models[NAME] });
}

const checkpoint = { checkpoint: modelPath(run, NAME) };
const { facts } = await readCheckpoint(checkpoint);
const card = {
  ...modelCard(results, model),
  licence: "MIT",
  attribution: `${ATTRIBUTION}, CC BY 4.0`,
  use: "Education and research. Not for clinical use.",
  limits: [
    "Trained on chest X-rays of children aged one to five from one hospital (Guangzhou): NORMAL or PNEUMONIA, anterior-posterior.",
    "Not evaluated on images of another hospital, on adults or on other diseases.",
  ],
};
const published = ` --data ${shellWord(results.dataset.root)}`;
const { command } = card.training;
// metrics.json leaves "none" out; where ImageNet weights were downloaded, they would be the default.
const weights = command.includes(" --weights ") ? "" : " --weights none";
card.training.command = command.replace(published, " --data chest_xray") + weights;

const { parts } = await modelFile(checkpoint, reporter, "i8", card);
const bytes = Buffer.concat(parts);
const sha256 = createHash("sha256").update(bytes).digest("hex");
const threads = options.threads ?? physicalCores();
const { classes, limit, anyBodyPart } = options;
const data = values.data ?? options.data;
const caller = { ...reporter, signal: new AbortController().signal };
const effect = await effectOfInt8(checkpoint, { data, classes, limit, anyBodyPart, strict: false, threads }, caller);
warnOfFigures();

const page = modelCardPage({
  ...{ results, seeds, card, effect, recipe: recipeOf(results.settings.basis), threshold: facts.threshold },
  ...{ file: { bytes: bytes.length, sha256 }, out: "runs/packaged" },
});
await mkdir(join(to, "model"), { recursive: true });
await mkdir(join(to, "docs"), { recursive: true });
await writeFile(join(to, "model", `${NAME}.pulmo`), bytes);
await writeFile(join(to, "model/model.json"), `${JSON.stringify({ sha256, weightsSha256: model.sha256.model }, null, 2)}\n`);
await writeFile(join(to, "docs/model-card.md"), page);
reporter.info(`Written to ${to}: model/${NAME}.pulmo (${(bytes.length / 1e6).toFixed(1)} MB, ${sha256}), model/model.json, docs/model-card.md`);

function refuseUnpublishable() {
  const faults = [
    ...(model.init === "scratch" ? [] : [`it starts from ${model.init}, which may not be passed on`]),
    ...(isPublished(results.dataset) ? [] : ["its images are not the published dataset"]),
    ...(model.sha256 ? [] : ["it records no SHA-256"]),
  ];
  if (faults.length > 0 && !(values.trial && model.sha256)) throw new Error(`${run}: ${faults.join("; ")}.`);
}

function warnOfFigures() {
  const { f32, i8 } = effect.auc;
  if (!(model.test.auc >= LEAST_AUC)) reporter.warn(`Warning: the test AUC is ${model.test.auc}, below ${LEAST_AUC}.`);
  if (!(Math.abs(f32 - i8) <= MOST_CHANGE)) reporter.warn(`Warning: int8 changes the test AUC from ${f32} to ${i8}.`);
  const { commit } = results.settings;
  if (commit === null || commit.endsWith("dirty")) reporter.warn(`Warning: the commit of the run is ${commit ?? "unknown"}.`);
}
