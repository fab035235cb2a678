// `import { decodeImage } from "pulmo/decode"` in Node, Deno and Bun.
import { InputError } from "../core/errors.js";
import type { Pixels } from "../core/resize.js";
import type { Noted } from "../image/notes.js";
import { acceptPart } from "../image/other-part.js";
import { decodeBytes, decodeImage as decodePath } from "../node/decode.js";
import { readReasonOf } from "../node/read-errors.js";
import type { DecodeOptions, ImageFile } from "./image-source.js";

export type { Pixels } from "../core/resize.js";
export type { DecodeOptions, ImageFile } from "./image-source.js";

/** The pixels that `pulmo predict` has of a JPEG, PNG or DICOM file. Rejects with an Error if it is none, or is damaged. */
export async function decodeImage(file: ImageFile | string, options: DecodeOptions = {}): Promise<Pixels & Noted> {
  const { sha256: _, ...image } =
    typeof file === "string" ? await decodePath(file).catch(explain(file)) : await decodeBytes(await bytesOf(file));
  return acceptPart(image, options.anyBodyPart);
}

/** Rethrows an error of the file system as an InputError. */
const explain = (path: string) => (error: NodeJS.ErrnoException) => {
  throw error.code === undefined ? error : new InputError(`${path} cannot be read: ${readReasonOf(error)}.`, { cause: error });
};

async function bytesOf(file: ImageFile): Promise<Uint8Array> {
  if (file instanceof Uint8Array) return file;
  return new Uint8Array(file instanceof Blob ? await file.arrayBuffer() : file);
}
