// Scores of image files: a model that is loaded once and used many times.
/// <reference lib="esnext.disposable" preserve="true" />
import { InputError } from "../core/errors.js";
import type { Normalization } from "../core/models/definition.js";
import { physicalCores } from "../node/cores.js";
import type { Variant } from "../node/variant.js";
import { type CallOptions, callerOf } from "../run/caller.js";
import { allNotes, type OpenedModel, openCheckpoint } from "../run/scoring/open-checkpoint.js";
import type { Outcome } from "../run/scoring/outcomes.js";
import { predictWith } from "../run/scoring/predict.js";
import { checkSettings } from "../settings/resolve.js";
import { pick, SETTINGS } from "../settings/table.js";

export interface PredictorOptions {
  /** A model.safetensors, a .pth, an .onnx, a .pulmo, or the folder of a run's model; default: the model that comes with pulmo. */
  checkpoint?: string | undefined;
  /** Normalization of the images, if the file does not state it; null: none, pixels in 0..1. */
  normalization?: Normalization | null | undefined;
  /** Which weights of the file, if several fit. */
  entry?: string | undefined;
  /** Worker threads; default: the physical cores. */
  threads?: number | undefined;
  /** Kernel variant; default: the fastest that works here. */
  wasm?: Variant | undefined;
}

export interface PredictCall extends CallOptions {
  /** Decision threshold: the positive class is the label above this probability; default: the model's. */
  threshold?: number | undefined;
  /** Decide for a class or for review: at most this share of each class is decided as the other class. */
  errorRate?: number | undefined;
  /** Score DICOM files whose header states another body part than the chest. */
  anyBodyPart?: boolean | undefined;
}

export interface Predictor {
  /** What was assumed about the checkpoint: phrases that follow the file's name. */
  notes: string[];
  /**
   * Returns one outcome per JPEG, PNG or DICOM file, in the given order: a score, or why the file cannot be read. Decodes ahead of the network, which
   * runs on worker threads. Rejects with an InputError if the only file cannot be read. Calls run one after another.
   */
  predictFiles(files: string[], options?: PredictCall): Promise<Outcome[]>;
  /** Ends the worker threads. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

function checkFiles(files: unknown): void {
  const isPath = (file: unknown) => typeof file === "string" && file !== "" && !file.includes("\0");
  if (!Array.isArray(files) || !files.every(isPath))
    throw new InputError("The files are no array of paths: give the path of each image as a string.");
}

/** Few images use a smaller batch. The batch size does not change the bits of a score. */
const FEW = 4;
const MANY = 32;

/** Rejects with an InputError if the checkpoint is not usable. */
export async function openPredictor(options: PredictorOptions = {}): Promise<Predictor> {
  const { threads = physicalCores() } = checkSettings({ threads: options.threads }, pick(SETTINGS, "threads"));
  const opened = new Map<number, Promise<OpenedModel>>();
  const open = (images: number): Promise<OpenedModel> => {
    const found = opened.get(images) ?? openCheckpoint(options, threads, { images });
    opened.set(images, found);
    // The next call tries again, and close() has nothing to close.
    found.catch(() => opened.delete(images));
    return found;
  };
  const { notes } = await open(FEW);
  let last: Promise<unknown> = Promise.resolve();
  const score = async (files: string[], call: PredictCall): Promise<Outcome[]> => {
    checkFiles(files);
    const outcomes: Outcome[] = [];
    if (files.length === 0) return outcomes;
    const sink = { write: (outcome: Outcome) => void outcomes.push(outcome), ready: async () => {} };
    const model = await open(files.length > FEW ? MANY : FEW);
    const { threshold, errorRate, anyBodyPart } = call;
    await predictWith(model, { files, threads, threshold, errorRate, anyBodyPart, dicomTags: false }, sink, callerOf(call));
    return outcomes;
  };
  const close = async () => {
    await last.catch(() => {});
    for (const model of opened.values()) await (await model).network.pool.close();
    opened.clear();
  };
  return {
    notes: allNotes(notes),
    predictFiles(files, call = {}) {
      const scored = last.catch(() => {}).then(() => score(files, call));
      last = scored;
      return scored;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

export interface PredictFilesOptions extends PredictorOptions, PredictCall {}

/** Loads the model for one call. Use openPredictor to keep it loaded. */
export async function predictFiles(files: string[], options: PredictFilesOptions = {}): Promise<Outcome[]> {
  checkFiles(files);
  if (files.length === 0) return [];
  const predictor = await openPredictor(options);
  return predictor.predictFiles(files, options).finally(() => predictor.close());
}
