// Files of weights: safetensors, the .pth containers of PyTorch, or ONNX. The content decides, not the extension.
import { readFile, stat } from "node:fs/promises";
import { InputError } from "../core/errors.js";
import type { TensorFile } from "../core/safetensors.js";
import { FormatError } from "../core/tensors.js";
import { hashOfFile, openRegular, refuseUnreadable } from "../node/files.js";
import { parseOnnx } from "./onnx.js";
import { readSafetensors } from "./safetensors-file.js";
import { parseTorch } from "./torch.js";

/** Larger files are refused: no model of pulmo is nearly as large. */
const MAX_BYTES = 4 * 2 ** 30;

/** The field ir_version, which every writer puts first. A pickle starts with 0x80, a zip with P. */
const ONNX_FIRST_BYTE = 0x08;

const unreadable = (path: string) => refuseUnreadable(path, "check the path");

/** Throws an InputError that names the file. */
export async function readWeights(path: string): Promise<TensorFile> {
  const { size } = await stat(path).catch(unreadable(path));
  if (size > MAX_BYTES)
    throw new InputError(`${path} is ${size} bytes long: weights are expected to be shorter than ${MAX_BYTES}.`);
  if (await looksLikeSafetensors(path, size)) return readSafetensors(path);
  const bytes = await readFile(path).catch(unreadable(path));
  try {
    return bytes[0] === ONNX_FIRST_BYTE ? parseOnnx(bytes) : { tensors: parseTorch(bytes), metadata: {} };
  } catch (error) {
    const why =
      error instanceof FormatError ? error.message : "it is neither safetensors, nor ONNX, nor a sound file of torch.save";
    throw new InputError(`${path} is not a usable file of weights: ${why}.`);
  }
}

/** A header length that fits the file, followed by a brace. */
async function looksLikeSafetensors(path: string, size: number): Promise<boolean> {
  const file = await openRegular(path).catch(unreadable(path));
  try {
    const head = Buffer.alloc(9);
    if (path.endsWith(".safetensors")) return true;
    const { bytesRead } = await file.read(head, 0, 9, 0).catch(unreadable(path));
    return bytesRead === 9 && head.readBigUInt64LE() < BigInt(size) && head[8] === "{".charCodeAt(0);
  } finally {
    await file.close();
  }
}

/** SHA-256 of a file, in hexadecimal. */
export const fileSha256 = (path: string): Promise<string> => hashOfFile(path).catch(unreadable(path));
