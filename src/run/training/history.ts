// Beside a model: what each epoch gave (history.jsonl), and the hashes of its tensors (tensors.jsonl), for `verify`.
import { join } from "node:path";
import * as v from "valibot";
import { checkJson } from "../../node/check-json.js";
import { readInput, writeFileAtomic } from "../../node/files.js";
import { sha256 } from "../../results/file-hashes.js";
import type { TensorHashes } from "../../train/weight-hashes.js";

export const HISTORY_FILE = "history.jsonl";
export const TENSORS_FILE = "tensors.jsonl";

const MOST_BYTES = 256 * 2 ** 20;

const tensorsLine = v.object({ epoch: v.pipe(v.number(), v.integer()), tensors: v.record(v.string(), sha256) });

/** The hashes by epoch, from 1; a damaged line has no tensors. Lines are missing if a full disk did not take them. */
export async function readTensorHashes(folder: string): Promise<Map<number, TensorHashes>> {
  const text = await readLines(join(folder, TENSORS_FILE));
  const lines = text.map((line, i) => {
    const found = checkJson(tensorsLine, line);
    return "value" in found ? ([found.value.epoch, found.value.tensors] as const) : ([i + 1, {}] as const);
  });
  return new Map(lines);
}

/** The lines of a file; none if it cannot be read. */
export async function readLines(path: string): Promise<string[]> {
  const bytes = await readInput(path, MOST_BYTES, "").catch(() => undefined);
  return bytes ? bytes.toString("utf8").trimEnd().split("\n") : [];
}

/** Adds the line of an epoch, from 1. A resumed training may have written it and later ones before. */
export async function writeTensorHashes(folder: string, epoch: number, tensors: TensorHashes): Promise<void> {
  const earlier = [...(await readTensorHashes(folder))].filter(([e]) => e < epoch);
  const lines = [...earlier, [epoch, tensors] as const].map(([e, t]) => `${JSON.stringify({ epoch: e, tensors: t })}\n`);
  await writeFileAtomic(join(folder, TENSORS_FILE), lines.join(""));
}
