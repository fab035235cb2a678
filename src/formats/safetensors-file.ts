// safetensors on disk: written whole or not at all, read tensor by tensor.
import { InputError } from "../core/errors.js";
import { headerBytes, PREFIX_BYTES, parseHeader, type TensorFile, writeHeader } from "../core/safetensors.js";
import { FormatError, type StoredTensor } from "../core/tensors.js";
import { openRegular, writeFileAtomic } from "../node/files.js";

export async function writeSafetensors(path: string, file: TensorFile): Promise<void> {
  await writeFileAtomic(path, writeHeader(file), ...[...file.tensors.values()].map((t) => t.data));
}

/** Reads a whole file. Errors are InputErrors that name the file. */
export async function readSafetensors(path: string): Promise<TensorFile> {
  const file = await openRegular(path).catch((error) => {
    throw new InputError(`${path} cannot be read (${error.code ?? error.message}): check the path.`);
  });
  try {
    const { size } = await file.stat();
    const prefix = new Uint8Array(PREFIX_BYTES);
    if ((await file.read(prefix, 0, PREFIX_BYTES, 0)).bytesRead < PREFIX_BYTES)
      throw new FormatError("it is shorter than 8 bytes");
    const json = new Uint8Array(headerBytes(prefix, size));
    await file.read(json, 0, json.length, PREFIX_BYTES);
    const begin = PREFIX_BYTES + json.length;
    const { metadata, entries } = parseHeader(json, size - begin);
    const tensors = new Map<string, StoredTensor>();
    for (const { name, dtype, shape, offsets } of entries) {
      const data = new Uint8Array(offsets[1] - offsets[0]);
      for (let at = 0; at < data.length; ) {
        const { bytesRead } = await file.read(data, at, Math.min(data.length - at, 2 ** 30), begin + offsets[0] + at);
        if (bytesRead === 0) throw new FormatError(`it ends inside ${name}`);
        at += bytesRead;
      }
      tensors.set(name, { dtype, shape, data });
    }
    return { tensors, metadata };
  } catch (error) {
    throw error instanceof FormatError ? new InputError(`${path} is not a usable safetensors file: ${error.message}.`) : error;
  } finally {
    await file.close();
  }
}
