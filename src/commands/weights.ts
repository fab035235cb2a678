import { InputError } from "../core/errors.js";
import { size } from "../core/parameters.js";
import { printable } from "../core/printable.js";
import { fileSha256, readWeights } from "../formats/weights.js";
import { convert } from "../run/exports/export.js";
import { fetchOfficialWeights } from "../run/exports/fetch-weights.js";
import { createTerminal } from "../run/terminal.js";
import { PRETRAINED_MODEL } from "../settings/recipes.js";

/** `weights fetch`: ImageNet weights, into the user's cache. */
export async function fetchWeights({ model, quiet }: { model: string; quiet: boolean }): Promise<void> {
  if (model !== PRETRAINED_MODEL) throw new InputError(`${JSON.stringify(model)} is not to be had: ${PRETRAINED_MODEL} is.`);
  await fetchOfficialWeights(createTerminal(quiet));
}

/** `weights convert`: the format is told by the new file's extension. */
export async function convertWeights({ from, to }: { from: string; to: string }): Promise<void> {
  await convert(from, to);
  process.stderr.write(`Saved: ${to}\n`);
}

/** `weights info`: the tensors of a file. */
export async function weightsInfo({ file, json }: { file: string; json: boolean }): Promise<void> {
  const { tensors, metadata } = await readWeights(file);
  const rows = [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const elements = rows.reduce((sum, { shape }) => sum + size(shape), 0);
  const bytes = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  if (json) {
    const sha256 = await fileSha256(file);
    process.stdout.write(`${JSON.stringify({ file, sha256, metadata, tensors: rows, elements, bytes })}\n`);
    return;
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(
    ({ name, dtype, shape }) => `${printable(name).padEnd(width)}  ${dtype.padEnd(4)}  [${shape.join(", ")}]`,
  );
  lines.push(`${rows.length} tensors, ${elements.toLocaleString("en-US")} elements, ${(bytes / 2 ** 20).toFixed(1)} MiB`);
  process.stdout.write(`${lines.join("\n")}\n`);
}
