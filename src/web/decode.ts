// A file's pixels, or the error that node/decode.ts gives for it, in a browser. Needs no page: it runs in workers too.
import type { Pixels } from "../core/resize.js";
import { MAX_FILE_BYTES, MAX_IMAGE } from "../image/bounds.js";
import { decodeDicom } from "../image/dicom/decode.js";
import { imageFormat } from "../image/magic.js";
import { decodePng } from "../image/png.js";
import { inflateRaw } from "./inflate.js";
import { decodeGreyJpeg, decodeJpeg } from "./jpeg.js";

export async function decodeImage(file: Blob): Promise<Pixels> {
  if (file.size === 0) throw new Error("the file is empty");
  if (file.size > MAX_FILE_BYTES) throw new Error(`the file is larger than ${MAX_FILE_BYTES / 2 ** 20} MiB`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const format = imageFormat(bytes);
  if (format === "jpeg") return decodeJpeg(bytes, MAX_IMAGE);
  if (format === "png") return decodePng(bytes, MAX_IMAGE);
  if (format === "dicom") return decodeDicom(bytes, MAX_IMAGE, { inflateRaw, decodeGreyJpeg });
  throw new Error("not a JPEG, PNG or DICOM image");
}
