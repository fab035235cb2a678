// Fits a model to the images of another hospital.
import { existsSync } from "node:fs";
import { extname, join } from "node:path";
import { InputError } from "../../core/errors.js";
import type { Split } from "../../data/types.js";
import type { AdaptationFigures } from "../../eval/adaptation-figures.js";
import { version } from "../../node/version.js";
import { ADAPTATION_FILE, writeAdaptation } from "../../report/adaptation-page.js";
import type { Language } from "../../report/text/languages.js";
import { callerOf } from "../../run/caller.js";
import { beginsAs, checkOutputFile } from "../../run/outputs.js";
import { type CheckpointOptions, pathOf, tellNotes } from "../../run/scoring/open-checkpoint.js";
import { adaptStored } from "../adapt-model.js";
import { storedCheckpoint, writeModel } from "../node-models.js";
import { nodeRuntime } from "../node-runtime.js";
import { type OpenDatasetOptions, openDataset } from "../open-dataset.js";
import { defaultThreads } from "../run.js";
import { factsOf } from "../stored-model.js";
import { checkPage } from "./report.js";

export { adaptationText } from "../../report/adaptation-text.js";

export interface AdaptRequest extends OpenDatasetOptions {
  checkpoint: CheckpointOptions;
  /** A source for openDataset. */
  data: string;
  /** Default: all splits together. */
  split?: Split | undefined;
  /** The new model, a .safetensors or .pulmo file. */
  out: string;
  /** A folder for the report. */
  report?: string | undefined;
  lang?: Language | undefined;
}

/** The formats that keep the threshold and what was fitted besides. */
const EXTENSIONS = [".safetensors", ".pulmo"];
/** The beginning of adaptation.json. */
const OURS = /^\{\s*"schema": 1,\s*"kind": "adaptation"/;

/** Throws an InputError if there are images of too few patients, or a file cannot be written. */
export async function adapt(request: AdaptRequest): Promise<AdaptationFigures> {
  const { checkpoint, data, split, out, report, lang, threads = defaultThreads(), ...options } = request;
  if (!EXTENSIONS.includes(extname(out)))
    throw new InputError(`--out ${out} is no .safetensors or .pulmo file: choose such a name; export converts it.`);
  await checkOutputFile({ option: "--out", path: out }, [pathOf(checkpoint)]);
  const place = (name: string) => join(report!, name);
  const paths =
    report === undefined ? undefined : { html: place("report.html"), markdown: place("report.md"), plots: place("plots") };
  if (paths) {
    await checkOutputFile({ option: "--report", path: place(ADAPTATION_FILE), replaces: OURS });
    // The pages of runs and evaluations begin alike.
    if (existsSync(paths.html) && !(await beginsAs(place(ADAPTATION_FILE), OURS)))
      throw new InputError(`--report ${report} holds another report: choose another folder.`);
    await checkPage("--report", paths);
  }
  const caller = callerOf(options);
  const runtime = nodeRuntime(checkpoint.wasm);
  const stored = await storedCheckpoint(checkpoint, runtime);
  tellNotes(stored.notes, pathOf(checkpoint), caller);
  const { classes } = factsOf(stored);
  const dataset = await openDataset(data, { ...options, ...(classes && { classes: [...classes] }), threads });
  try {
    const images = split ? dataset[split] : dataset;
    const { figures, model } = await adaptStored(runtime, stored, images, { threads, reporter: caller, signal: caller.signal });
    await writeModel(runtime, model, out);
    const { root, synthetic, sample, unreadable } = dataset.facts;
    const about = {
      ...{ model: stored.definition.name, checkpoint: pathOf(checkpoint), out, data: root, synthetic, sample: sample ?? false },
      ...{ split: split ?? null, unreadable, pulmo: version, finishedAt: new Date().toISOString() },
    };
    if (paths) await writeAdaptation(paths, place(ADAPTATION_FILE), { about, figures }, lang);
    return figures;
  } finally {
    await dataset.close();
  }
}
