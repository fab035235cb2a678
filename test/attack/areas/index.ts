// Everything that reads files from outside, and files to begin with.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dataset, pulmoProcess } from "../../commands/cli.js";
import { temporaryFolder } from "../../data/places.js";
import type { Area, Place } from "./area.js";
import { datasetAreas } from "./datasets.js";
import { imageAreas } from "./images.js";
import { modelAreas } from "./models.js";
import { pixelCache } from "./pixel-cache.js";
import { runAreas } from "./runs.js";

async function done(args: string[]): Promise<void> {
  const { code, stderr } = await pulmoProcess(args);
  if (code !== 0) throw new Error(stderr);
}

const EXPORTS = { onnx: "onnx", torch: "pth", safetensors: "safetensors", pulmo: "pulmo" };

/** Runs the program once in each way that writes files. */
export async function makePlace(): Promise<Place> {
  const folder = temporaryFolder();
  // Archives are unpacked there.
  process.env.PULMO_CACHE = join(folder, "cache");
  const root = await dataset({ train: 6, val: 2, test: 4 });
  const run = join(folder, "run");
  const model = join(run, "logistic");
  const at = (name: string) => join(folder, name);
  await done(["run", "--data", root, "--models", "logistic", "--epochs", "1", "--threads", "1", "--quiet", "--out", run]);
  for (const [format, extension] of Object.entries(EXPORTS)) {
    await done(["export", "--checkpoint", model, "--format", format, "--out", at(`a.${extension}`)]);
  }
  await done(["predict", "--checkpoint", model, join(root, "test"), "--csv", at("shard.csv"), "--shard", "1/1", "--quiet"]);
  writeFileSync(at("lr.yaml"), `data: ${root}\nmodels: [logistic]\nlr: [0.001, 0.01]\nepochs: 2\n`);
  await done(["sweep", "plan", at("lr.yaml"), "--out", at("sweep")]);
  return { folder, dataset: root, run };
}

export const areasOf = (place: Place): Area[] => [
  ...imageAreas(place),
  ...modelAreas(place),
  ...datasetAreas(place),
  { name: "pixel cache", open: () => pixelCache(place.dataset) },
  ...runAreas(place),
];
