// SHA-256 of a model's weights, to compare trainings bit by bit.
import { createHash } from "node:crypto";
import type { TensorReader } from "../formats/safetensors-file.js";
import type { Trainable } from "./loop.js";
import { modelTensors } from "./model-tensors.js";

/** SHA-256 in hexadecimal of each tensor's float32 values as model.safetensors stores them: parameters, then running statistics. */
export type TensorHashes = Record<string, string>;

/** Counts steps and is no result of them. */
const isCounter = (name: string): boolean => name.endsWith(".num_batches_tracked");

export function tensorHashes(network: Trainable): TensorHashes {
  const tensors = [...modelTensors(network, 0)].filter(([name]) => !isCounter(name));
  return Object.fromEntries(
    tensors.map(([name, { parts }]) => {
      const hash = createHash("sha256");
      for (const part of parts()) hash.update(part);
      return [name, hash.digest("hex")];
    }),
  );
}

/** The same for the tensors of a file, in the order of `names`. Missing tensors are left out. */
export async function fileHashes({ entries, read }: TensorReader, names: string[]): Promise<TensorHashes> {
  const found: TensorHashes = {};
  for (const name of names) {
    if (entries.has(name))
      found[name] = createHash("sha256")
        .update(await read(name))
        .digest("hex");
  }
  return found;
}

/** One hash for all tensors: SHA-256 of a line "<name> <hash>" per tensor. */
export function weightsHash(tensors: TensorHashes): string {
  const lines = Object.entries(tensors).map(([name, hash]) => `${name} ${hash}\n`);
  return createHash("sha256").update(lines.join("")).digest("hex");
}
