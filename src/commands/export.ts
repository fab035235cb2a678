import { exportModel } from "../run/export.js";
import type { FORMAT_NAMES } from "./options.js";

interface ExportArguments {
  checkpoint: string;
  format: (typeof FORMAT_NAMES)[number];
  out: string;
}

/** `export`: a checkpoint for ONNX Runtime, PyTorch or whatever reads safetensors. */
export async function exportCheckpoint({ checkpoint, format, out }: ExportArguments): Promise<void> {
  const model = await exportModel(checkpoint, format, out);
  process.stderr.write(`Saved: ${out} (${model}, ${format})\n`);
}
