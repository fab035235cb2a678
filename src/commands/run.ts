// The main job: train each model, evaluate it, write everything down, report.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { physicalCores, cpuModel } from "../lib/cores.js";
import { totalmem } from "node:os";
import { InputError, Interrupted } from "../lib/errors.js";
import { makeWritableFolder, writeFileAtomic } from "../lib/files.js";
import { splitMetrics } from "../eval/metrics.js";
import { parsePredictionsCsv, predictionsCsv, type PredictionRow } from "../eval/predictions.js";
import type { PixelRows } from "../data/types.js";
import { countParameters } from "../nn/parameters.js";
import { MODELS } from "../nn/models/index.js";
import type { ModelResults, RunResults, RunSettings } from "../report/results.js";
import { loadCheckpoint, saveCheckpoint, saveModel } from "../train/checkpoint.js";
import { evaluate } from "../train/evaluate.js";
import { freshState, train, type TrainState } from "../train/loop.js";
import { createNetwork, planNetwork, type Network, type NetworkOptions } from "../train/network.js";
import { version } from "../lib/version.js";
import { chooseVariant } from "../wasm/kernels.js";
import { openDataset, type Dataset } from "./dataset.js";
import { IMAGE_SIZE } from "./options.js";
import { createTerminal, TRAIN_BAR, trainBarValues, type Terminal } from "./terminal.js";

export interface RunOptions {
  data: string | undefined;
  limit: number | undefined;
  strict: boolean;
  models: string[];
  epochs: number;
  batchSize: number;
  lr: number;
  seed: number;
  threads: number;
  out: string | undefined;
  resume: string | undefined;
  quiet: boolean;
  json: boolean;
}

/** What run.json keeps: how the run was asked for, and the models that are finished. */
interface RunFile {
  schema: 1;
  options: Pick<RunOptions, "data" | "limit" | "strict" | "models" | "epochs" | "batchSize" | "lr" | "seed">;
  startedAt: string;
  manifestSha256: string;
  finished: Record<string, ModelResults>;
}

/** An unfinished training is also saved at the end of an epoch when the last save is this old. */
const SAVE_SECONDS = 600;

export async function run(given: RunOptions): Promise<void> {
  const terminal = createTerminal(given.quiet);
  const previous = given.resume === undefined ? undefined : await readRunFile(given.resume);
  const options = { ...given, ...previous?.options };
  const dataset = await openDataset(options, terminal);
  try {
    const networkOptions = describeNetwork(options, dataset);
    for (const name of options.models) planNetwork(name, networkOptions);
    const out = given.resume ?? options.out ?? join("runs", new Date().toISOString().replace(/\.\d+Z$/, "Z").replaceAll(":", "-"));
    await makeWritableFolder(out).catch((error) => {
      throw new InputError(`--out ${out} cannot be written to (${error.code ?? error.message}): choose another folder.`);
    });
    const file = previous ?? startRun(options, dataset);
    if (file.manifestSha256 !== dataset.facts.manifestSha256) {
      throw new InputError(`The images in ${dataset.manifest.root} are not those that ${out} was started with: use the same dataset to resume.`);
    }
    await saveRunFile(out, file);
    for (const name of options.models) {
      if (!file.finished[name]) {
        file.finished[name] = await runModel(name, networkOptions, options, dataset, out, terminal);
        await saveRunFile(out, file);
        await rm(join(out, name, "checkpoint.safetensors"), { force: true });
      }
    }
    await finish(out, file, options, dataset, networkOptions, terminal);
  } finally {
    await dataset.pixels.close();
  }
}

function describeNetwork({ batchSize, threads, seed, lr }: RunOptions, { pixels }: Dataset): NetworkOptions {
  const count = pixels.splits.train.images.length;
  return {
    batchSize: Math.min(batchSize, count),
    lastBatchSize: count % Math.min(batchSize, count),
    imageSize: IMAGE_SIZE, threads, variant: chooseVariant(), seed, lr,
  };
}

function startRun(options: RunOptions, { facts }: Dataset): RunFile {
  const { data, limit, strict, models, epochs, batchSize, lr, seed } = options;
  return {
    schema: 1,
    options: { data, limit, strict, models, epochs, batchSize, lr, seed },
    startedAt: new Date().toISOString(), manifestSha256: facts.manifestSha256, finished: {},
  };
}

const saveRunFile = (out: string, file: RunFile) => writeFileAtomic(join(out, "run.json"), JSON.stringify(file, null, 1));

async function readRunFile(out: string): Promise<RunFile> {
  const path = join(out, "run.json");
  const text = await readFile(path, "utf8").catch((error) => {
    throw new InputError(`--resume ${out}: ${path} cannot be read (${error.code ?? error.message}): name the folder of an earlier run.`);
  });
  try {
    const file = JSON.parse(text);
    if (file.schema === 1 && typeof file.options === "object" && typeof file.finished === "object") return file;
  } catch {
    // Falls through: the same answer for every kind of damage.
  }
  throw new InputError(`--resume ${out}: ${path} is damaged: start the run anew.`);
}

/** Trains, evaluates and saves one model. */
async function runModel(
  name: string, networkOptions: NetworkOptions, options: RunOptions, dataset: Dataset, out: string, terminal: Terminal,
): Promise<ModelResults> {
  const network = createNetwork(name, networkOptions);
  const folder = join(out, name);
  try {
    const params = countParameters(network.store);
    const { title } = MODELS[name];
    const checkpoint = join(folder, "checkpoint.safetensors");
    const state = options.resume === undefined ? freshState() : await resumed(network, checkpoint);
    terminal.say(`[${title}] ${params.toLocaleString("en-US")} parameters, ${networkOptions.threads} threads, ${networkOptions.variant}`);
    await trainModel(network, state, options, dataset, folder, terminal);
    const epochs = state.history;
    const trainSeconds = epochs.reduce((sum, e) => sum + e.seconds, 0);
    terminal.say(`[${title}] Train Acc: ${epochs.at(-1)!.accuracy.toFixed(4)} | Time: ${trainSeconds.toFixed(1)} sec`);
    await saveModel(network, join(folder, "model.safetensors"), trainSteps(options, state, dataset), { format: "pt", model: name });
    const val = await score(network, dataset.pixels.splits.val, join(folder, "predictions-val.csv"));
    const test = await score(network, dataset.pixels.splits.test, join(folder, "predictions-test.csv"));
    return { params, init: "scratch", trainSeconds, epochs, val, test };
  } finally {
    await network.pool.close();
  }
}

async function resumed(network: Network, checkpoint: string): Promise<TrainState> {
  const there = await readFile(checkpoint).then(() => true, () => false);
  return there ? loadCheckpoint(network, checkpoint) : freshState();
}

function trainSteps({ batchSize }: RunOptions, state: TrainState, { pixels }: Dataset): number {
  return state.history.length * Math.ceil(pixels.splits.train.images.length / batchSize) + state.step;
}

async function trainModel(
  network: Network, state: TrainState, options: RunOptions, dataset: Dataset, folder: string, terminal: Terminal,
): Promise<void> {
  const { title } = MODELS[network.name];
  const rows = dataset.pixels.splits.train;
  const checkpoint = join(folder, "checkpoint.safetensors");
  const save = () =>
    saveCheckpoint(network, checkpoint, state, trainSteps(options, state, dataset), { format: "pt", model: network.name });
  let saved = performance.now();
  const stop = () => network.pool.stop();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const bar = terminal.bar(TRAIN_BAR, Math.ceil(rows.images.length / options.batchSize));
  try {
    const stopped = await train(network, rows, state, {
      epochs: options.epochs, batchSize: network.options.batchSize, seed: options.seed,
      onStep: (report) => bar.update(report.step, trainBarValues(title, report)),
      async onEpoch(epoch, { loss, accuracy, seconds }) {
        await writeHistory(folder, state);
        const line = `epoch ${epoch + 1}/${options.epochs} | loss ${loss.toFixed(4)} | acc ${accuracy.toFixed(4)} | ${seconds.toFixed(1)} s`;
        if (!process.stderr.isTTY) terminal.say(`[${title}] ${line}`);
        if (performance.now() - saved > SAVE_SECONDS * 1000) {
          await save();
          saved = performance.now();
        }
      },
    });
    if (stopped) {
      await save();
      throw new Interrupted(`Stopped in epoch ${state.history.length + 1} of ${network.name}; go on with: --resume ${join(folder, "..")}`);
    }
  } finally {
    bar.stop();
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

async function writeHistory(folder: string, { history }: TrainState): Promise<void> {
  const lines = history.map((epoch, i) => `${JSON.stringify({ epoch: i + 1, ...epoch })}\n`);
  await writeFileAtomic(join(folder, "history.jsonl"), lines.join(""));
}

async function score(network: Network, rows: PixelRows, csv: string) {
  const p = await evaluate(network, rows);
  const labels = rows.images.map((image) => image.label);
  await writeFileAtomic(csv, predictionsCsv(rows.images.map(({ file, label }, i) => ({ file, label, pPneumonia: p[i] }))));
  return splitMetrics(labels, p);
}

async function finish(
  out: string, file: RunFile, options: RunOptions, { facts }: Dataset, { variant, threads }: NetworkOptions,
  terminal: Terminal,
): Promise<void> {
  const results: RunResults = {
    schema: 1,
    dataset: facts,
    environment: environment(threads, variant),
    settings: settings(file, options),
    models: Object.fromEntries(options.models.map((name) => [name, file.finished[name]])),
  };
  await writeFileAtomic(join(out, "metrics.json"), `${JSON.stringify(results, null, 1)}\n`);
  // Imported here: the plotting library takes half a second to load.
  const { writeReport } = await import("../report/write.js");
  const { terminalSummary } = await import("../report/terminal.js");
  await writeReport(out, results, await readPredictions(out, options.models));
  if (options.json) process.stdout.write(`${JSON.stringify({ out, ...results })}\n`);
  terminal.say(`\n${terminalSummary(results)}\nReport: ${join(out, "report.html")}`);
}

export function environment(threads: number, wasm: string): RunResults["environment"] {
  return {
    pulmo: version, node: process.version, platform: `${process.platform} ${process.arch}`, cpu: cpuModel(),
    physicalCores: physicalCores(), memoryGiB: Math.round(totalmem() / 2 ** 30), threads, wasm,
  };
}

function settings(file: RunFile, { data, limit, models, epochs, batchSize, lr, seed, threads }: RunOptions): RunSettings {
  const paper = epochs === 10 && batchSize === 32 && lr === 1e-4;
  const flags = [
    ...(data === undefined ? [] : ["--data", quoted(data)]), "--models", models.join(","), "--epochs", epochs,
    "--batch-size", batchSize, "--lr", lr, "--seed", seed, "--threads", threads,
    ...(limit === undefined ? [] : ["--limit", limit]),
  ];
  return {
    recipe: paper ? "paper" : "custom", epochs, batchSize, lr, seed, weights: null,
    startedAt: file.startedAt, finishedAt: new Date().toISOString(), command: `node dist/cli.js run ${flags.join(" ")}`,
  };
}

const quoted = (text: string) => (/^[\w./~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

export async function readPredictions(
  out: string, models: string[],
): Promise<Record<string, { val: PredictionRow[]; test: PredictionRow[] }>> {
  const read = async (name: string, split: string) => {
    const path = join(out, name, `predictions-${split}.csv`);
    const text = await readFile(path, "utf8").catch((error) => {
      throw new InputError(`${path} cannot be read (${error.code ?? error.message}): it belongs to the run.`);
    });
    return parsePredictionsCsv(text, path);
  };
  const entries = models.map(async (name) => [name, { val: await read(name, "val"), test: await read(name, "test") }] as const);
  return Object.fromEntries(await Promise.all(entries));
}
