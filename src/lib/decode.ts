// `import { decodeImage } from "pulmo/decode"` in a browser, on a page or in a worker. In Node it is decode-node.ts.
import type { Pixels } from "../core/resize.js";
import { MAX_IMAGE } from "../image/bounds.js";
import { decodeDicom } from "../image/dicom/decode.js";
import { notAnImage } from "../image/faults.js";
import type { Noted } from "../image/notes.js";
import { acceptPart } from "../image/other-part.js";
import { inflateRaw } from "./browser-inflate.js";
import { decodeGreyJpeg, turbo } from "./browser-jpeg.js";
import { decodePicture, readFile } from "./decode-file.js";
import type { DecodeOptions, ImageFile } from "./image-source.js";

export type { Pixels } from "../core/resize.js";
export type { DecodeOptions, ImageFile } from "./image-source.js";

/** The pixels that `pulmo predict --portable` has of a JPEG, PNG or DICOM file. Rejects with an Error if it is none, or is damaged. */
export async function decodeImage(file: ImageFile, options: DecodeOptions = {}): Promise<Pixels & Noted> {
  const { bytes, format } = await readFile(file);
  if (format === "dicom") {
    return acceptPart(await decodeDicom(bytes, MAX_IMAGE, { inflateRaw, decodeGreyJpeg }), options.anyBodyPart);
  }
  if (!format) throw notAnImage(bytes);
  return decodePicture(bytes, format, turbo);
}
