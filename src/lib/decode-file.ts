// Image files in a browser without a DICOM decoder, so that `loadModel` stays small.
import type { Pixels } from "../core/resize.js";
import { MAX_FILE_BYTES, MAX_IMAGE } from "../image/bounds.js";
import { decodeJpeg, type LoadTurbo } from "../image/jpeg/turbo.js";
import { type ImageFormat, imageFormat } from "../image/magic.js";
import { type Noted, withBlankNote } from "../image/notes.js";
import { decodePng } from "../image/png/decode.js";
import { inflateRaw } from "./browser-inflate.js";
import type { ImageFile } from "./image-source.js";

/**
 * Gives the pixels that `pulmo predict --portable` has of a JPEG or PNG. Rejects with an Error if the file is neither, or is
 * damaged.
 */
export const fileDecoder =
  (loadTurbo: LoadTurbo) =>
  async (file: ImageFile): Promise<Pixels & Noted> => {
    const { bytes, format } = await readFile(file);
    if (format === "dicom")
      throw new Error('DICOM files must be decoded first: use `import { decodeImage } from "pulmo/decode"`');
    if (!format) throw new Error("not a JPEG or PNG image");
    return decodePicture(bytes, format, loadTurbo);
  };

/** Throws an Error if the file is empty or too large. */
export async function readFile(file: ImageFile): Promise<{ bytes: Uint8Array; format: ImageFormat | undefined }> {
  const size = file instanceof Blob ? file.size : file.byteLength;
  if (size === 0) throw new Error("the file is empty");
  if (size > MAX_FILE_BYTES) throw new Error(`the file is larger than ${MAX_FILE_BYTES / 2 ** 20} MiB`);
  const bytes = file instanceof Uint8Array ? file : new Uint8Array(file instanceof Blob ? await file.arrayBuffer() : file);
  return { bytes, format: imageFormat(bytes) };
}

export const decodePicture = async (bytes: Uint8Array, format: "jpeg" | "png", loadTurbo: LoadTurbo): Promise<Pixels & Noted> =>
  withBlankNote(format === "jpeg" ? await decodeJpeg(bytes, MAX_IMAGE, loadTurbo) : decodePng(bytes, MAX_IMAGE, { inflateRaw }));
