import { InputError } from "../core/errors.js";
import { size } from "../core/parameters.js";
import { printable } from "../core/printable.js";
import { dtypeBytes, isDtype } from "../core/tensors.js";
import { PRETRAINED_MODEL } from "../settings/recipes.js";
import { pick, SETTINGS } from "../settings/table.js";
import { ENTRY } from "./common.js";
import { callerOf } from "./context.js";
import { defineCommand, defineGroup } from "./define.js";

const ANY_FORMAT = "File of weights in any of these formats";

/** ImageNet weights, into the user's cache. */
const fetch = defineCommand({
  command: "fetch <model>",
  describe: "Download torchvision's resnet18 weights to the cache",
  positionals: { model: { describe: "Model", example: PRETRAINED_MODEL } },
  options: pick(SETTINGS, "quiet"),
  async run({ quiet }, cli, { model }) {
    if (model !== PRETRAINED_MODEL)
      throw new InputError(`No weights for ${JSON.stringify(model)}; available: ${PRETRAINED_MODEL}.`);
    const { fetchOfficialWeights } = await import("../lib/tools/weights.js");
    await fetchOfficialWeights(callerOf(cli, quiet));
  },
});

/** The tensors of a file. */
const info = defineCommand({
  command: "info <file>",
  describe: "List the tensors of a .pth, .safetensors or .onnx file",
  positionals: { file: { describe: ANY_FORMAT, example: "model.pth" } },
  options: { ...ENTRY, ...pick(SETTINGS, "json") },
  async run({ json, entry }, { stdout }, { file }) {
    const { fileSha256, readTensors } = await import("../lib/tools/weights.js");
    const { tensors, metadata, notes, ...found } = await readTensors(file, entry);
    const rows = [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
    const elements = rows.reduce((sum, { shape }) => sum + size(shape), 0);
    const bytes = rows.reduce((sum, { dtype, shape }) => sum + size(shape) * (isDtype(dtype) ? dtypeBytes(dtype) : 0), 0);
    if (json) {
      const sha256 = await fileSha256(file);
      stdout.write(`${JSON.stringify({ file, sha256, metadata, ...found, notes, tensors: rows, elements, bytes })}\n`);
      return;
    }
    const width = rows.reduce((most, { name }) => Math.max(most, name.length), 0);
    const lines = rows.map(
      ({ name, dtype, shape }) => `${printable(name).padEnd(width)}  ${dtype.padEnd(4)}  [${shape.join(", ")}]`,
    );
    lines.push(...notes.map((note) => `Note: ${printable(file)} ${note}.`));
    lines.push(`${rows.length} tensors, ${elements.toLocaleString("en-US")} elements, ${(bytes / 2 ** 20).toFixed(1)} MiB`);
    stdout.write(`${lines.join("\n")}\n`);
  },
});

/** The extension of the new file names its format. */
const convert = defineCommand({
  command: "convert <from> <to>",
  describe: "Convert between .pth, .safetensors and .onnx",
  positionals: {
    from: { describe: ANY_FORMAT, example: "model.pth" },
    to: { describe: "File to write; its extension names the format", example: "model.onnx" },
  },
  options: ENTRY,
  async run({ entry }, cli, { from, to }) {
    const { convertWeights } = await import("../lib/tools/weights.js");
    await convertWeights(from, to, entry, callerOf(cli, false));
    cli.screen.say(`Saved: ${to}`);
  },
});

export const weights = defineGroup("weights", "Fetch ImageNet weights, list or convert a file", [fetch, info, convert]);
