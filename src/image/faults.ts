// Errors that several steps of decoding share.
import { asClause, knownFile } from "../core/known-file.js";

/** For a file that does not begin as an image that pulmo decodes. */
export function notAnImage(bytes: Uint8Array): Error {
  const known = knownFile(bytes);
  return new Error(known ? `it is ${asClause(known)}` : "not a JPEG, PNG or DICOM image");
}

export const damagedImage = () => new Error("the image data are damaged or cut short");
export const damagedDicom = (more = "") => new Error(`the DICOM data are damaged or cut short${more}`);
export const damagedPixels = () => new Error("the pixel data are damaged or cut short");
export const mismatchedPixels = () => new Error("the pixel data do not match the file's rows, columns and bits");
