// Weights, models and checkpoints.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findModel } from "#pulmo/core/models/index.js";
import { readSafetensors } from "#pulmo/formats/safetensors-file.js";
import { readWeights } from "#pulmo/formats/weights.js";
import { loadModel } from "#pulmo/lib/index.js";
import { placedModel, storedModel } from "#pulmo/lib/stored-model.js";
import { plainShapes } from "#pulmo/node/variant.js";
import { readPulmoCheckpoint } from "#pulmo/run/pulmo-file.js";
import { loadCheckpoint, saveCheckpoint } from "#pulmo/train/checkpoint.js";
import { createNetwork } from "#pulmo/train/network.js";
import { repairPulmo, repairSafetensors, repairZip } from "../repairs.js";
import { type Area, asFile, bytesOf, fixtures, type OpenArea, type Place } from "./area.js";

const GREY = { data: new Uint8Array(64 * 64).map((_, i) => i), width: 64, height: 64, channels: 1 as const };

/** A network of the smallest model, whose threads do not hold the process. */
async function checkpoints({ folder }: Place): Promise<OpenArea> {
  const sizes = { batchSize: 2, lastBatchSize: 0, imageSize: 64, augment: false, normalization: undefined, explanationBatch: 0 };
  const network = createNetwork(findModel("logistic")!, { ...sizes, threads: 1, variant: "simd", seed: 1, lr: 1e-4 });
  const path = join(folder, "checkpoint.safetensors");
  const state = { history: [{ loss: 0.7, accuracy: 0.5, seconds: 1 }], step: 3, totals: { loss: 2, correct: 5, seconds: 0.5 } };
  await saveCheckpoint(network, path, state, 13, { model: "logistic" });
  await network.pool.close();
  const corpus = [bytesOf(path)];
  const read = asFile(folder, "checkpoint.safetensors", (at) => loadCheckpoint(network, at, { epochs: 3, steps: 10, lr: 1e-4 }));
  return { corpus, read, repair: repairSafetensors };
}

export function modelAreas(place: Place): Area[] {
  const { folder, run } = place;
  const exported = (extension: string) => bytesOf(folder, `a.${extension}`);
  const pulmo = (name: string, read: OpenArea["read"]): Area => ({
    name,
    open: () => ({ corpus: [exported("pulmo")], read, repair: repairPulmo }),
  });
  const core = new WebAssembly.Module(readFileSync("dist/core/pulmo-infer.wasm"));
  const weights = (name: string, corpus: () => Uint8Array[], repair?: OpenArea["repair"]): Area => ({
    name,
    open: () => ({ corpus: corpus(), read: asFile(folder, `x${name}`, readWeights), ...(repair && { repair }) }),
  });
  return [
    weights(
      ".pth",
      () => [...fixtures(/^torch-(zip|stream|nested|tar|module|odd-\d|objects-pickle)\.pth$/), exported("pth")],
      repairZip,
    ),
    weights(".onnx", () => [exported("onnx")]),
    weights(".safetensors", () => [exported("safetensors")], repairSafetensors),
    {
      name: "model.safetensors",
      open: () => ({
        corpus: [bytesOf(run, "logistic/model.safetensors")],
        read: asFile(folder, "c.safetensors", readSafetensors),
        repair: repairSafetensors,
      }),
    },
    { name: "checkpoint", open: () => checkpoints(place) },
    pulmo(".pulmo in the page", async (given) => (await loadModel(given.slice(), core)).explain(GREY)),
    pulmo(".pulmo to train", (given) => placedModel(storedModel(given), plainShapes())),
    pulmo(".pulmo as checkpoint", asFile(folder, "x.pulmo", readPulmoCheckpoint)),
  ];
}
