import { counted } from "../core/counted.js";
import { MODEL_FILE_DTYPES } from "../core/model-file.js";
import { oneOf, path } from "../settings/kinds.js";
import { pick, SETTINGS } from "../settings/table.js";
import { CHECKPOINT, PREPROCESSING } from "./common.js";
import { type Cli, callerOf, defaultThreads } from "./context.js";
import { defineCommand } from "./define.js";
import { type Arguments, needed, option, withDefault } from "./rows.js";

const OPTIONS = {
  ...CHECKPOINT,
  ...PREPROCESSING,
  // See formats/write-weights.ts.
  format: needed(
    oneOf(["onnx", "safetensors", "torch", "pulmo", "hf"]),
    "File format; hf: a folder for the Hugging Face Hub, as transformers.js reads it",
    "onnx, safetensors, torch, pulmo or hf",
  ),
  out: needed(path(), "File to write", "file to write, for example resnet18.onnx"),
  dtype: withDefault(
    oneOf(MODEL_FILE_DTYPES),
    "Type of the weights in a pulmo file; i8 (int8) makes it a quarter of the size",
    "f32",
  ),
  data: option(path(), "With --dtype i8: report the change in test AUC on this dataset (default: the one of data fetch)"),
  ...pick(SETTINGS, "threads", "quiet"),
};

/** A checkpoint for ONNX Runtime, PyTorch or whatever reads safetensors; with int8 also the change in its scores. */
export const exportModel = defineCommand({
  command: "export",
  describe: "Write a model for ONNX Runtime, PyTorch or a browser",
  options: OPTIONS,
  examples: ["export --checkpoint runs/first/resnet18 --format onnx --out resnet18.onnx"],
  async run(given, cli) {
    const { format, out, dtype, quiet } = given;
    const { exportHuggingFace, exportModel: write, refuseOverwriting } = await import("../lib/tools/weights.js");
    const { checkpointOf } = await import("./preprocessing.js");
    if (format === "hf") {
      const model = await exportHuggingFace(checkpointOf(given, cli), out, callerOf(cli, quiet));
      cli.stderr.write(`Saved: ${out} (${model}, ${format})\n`);
      return;
    }
    await refuseOverwriting(out, [given.checkpoint]);
    const effect = dtype === "i8" && format === "pulmo" ? await effectOfInt8(given, cli) : "";
    const model = await write(checkpointOf(given, cli), format, out, dtype, callerOf(cli, quiet));
    cli.stderr.write(`Saved: ${out} (${model}, ${format})\n${effect}`);
  },
});

async function effectOfInt8(given: Arguments<typeof OPTIONS>, cli: Cli): Promise<string> {
  const { fetchedData } = await import("../lib/tools/datasets.js");
  const { data = fetchedData(), threads = defaultThreads(), quiet } = given;
  if (data === undefined) return "To see the change in test AUC, give a dataset with --data.\n";
  const { effectOfInt8: measure } = await import("../lib/tools/weights.js");
  const { checkpointOf } = await import("./preprocessing.js");
  const effect = await measure(checkpointOf(given, cli), { data, threads, strict: false }, callerOf(cli, quiet));
  const [f32, int8] = [effect.auc.f32, effect.auc.i8].map((auc) => auc?.toFixed(6) ?? "none");
  const changed = `log-odds change by at most ${effect.logOdds.toFixed(6)}, ${counted(effect.labels, "label changes", "labels change")}`;
  return `AUC on ${effect.images} test images: ${f32} with f32 weights, ${int8} with int8; ${changed}.\n`;
}
