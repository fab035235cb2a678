import { exportModel } from "../run/export.js";
import type { FORMAT_NAMES } from "./options.js";
import { type CheckpointArguments, checkpointOf } from "./preprocessing.js";

interface ExportArguments extends CheckpointArguments {
  format: (typeof FORMAT_NAMES)[number];
  out: string;
}

/** `export`: a checkpoint for ONNX Runtime, PyTorch or whatever reads safetensors. */
export async function exportCheckpoint(typed: ExportArguments): Promise<void> {
  const { format, out } = typed;
  const model = await exportModel(checkpointOf(typed), format, out);
  process.stderr.write(`Saved: ${out} (${model}, ${format})\n`);
}
