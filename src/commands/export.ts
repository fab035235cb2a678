import type { ModelFileDtype } from "../core/model-file.js";
import { fetchedData } from "../run/datasets/fetched-data.js";
import { exportModel, refuseOverwriting } from "../run/exports/export.js";
import { effectOfHalves } from "../run/exports/export-model-file.js";
import { createTerminal } from "../run/terminal.js";
import type { FORMAT_NAMES } from "./options.js";
import { type CheckpointArguments, checkpointOf } from "./preprocessing.js";

interface ExportArguments extends CheckpointArguments {
  format: (typeof FORMAT_NAMES)[number];
  dtype: ModelFileDtype | undefined;
  out: string;
  data: string | undefined;
  threads: number;
  quiet: boolean;
}

/** `export`: a checkpoint for ONNX Runtime, PyTorch or whatever reads safetensors; for f16 also what it changes. */
export async function exportCheckpoint(typed: ExportArguments): Promise<void> {
  const { format, out, dtype } = typed;
  refuseOverwriting(out);
  const effect = dtype === "f16" && format === "pulmo" ? await effectText(typed) : "";
  const model = await exportModel(checkpointOf(typed), format, out, dtype);
  process.stderr.write(`Saved: ${out} (${model}, ${format})\n${effect}`);
}

async function effectText(typed: ExportArguments): Promise<string> {
  const { data = fetchedData(), threads, quiet } = typed;
  if (data === undefined) return "What f16 does to the test AUC is told with --data DIR.\n";
  const effect = await effectOfHalves(checkpointOf(typed), { data, threads, strict: false }, createTerminal(quiet));
  const [f32, f16] = [effect.auc.f32, effect.auc.f16].map((auc) => auc?.toFixed(6) ?? "none");
  const changed = `log-odds change by at most ${effect.logOdds.toFixed(6)}`;
  return `AUC on ${effect.images} test images: ${f32} with f32 weights, ${f16} with f16; ${changed}.\n`;
}
