import { join } from "node:path";
import { type DecodedImage, decodeImage } from "../node/decode.js";
import type { DecodeRequest } from "../node/decode-all.js";
import { decodeAll } from "../node/decode-all.js";
import type { DecodedRow } from "../node/decode-rows.js";
import { sha256OfFile } from "./content.js";

/** Gives the images of a dataset; `file` is the name of an image in the manifest. */
export interface ImageSource {
  /** One image in its original size. */
  read(file: string): Promise<DecodedImage>;
  /** SHA-256 of the file with the image in hexadecimal, or why it cannot be read. */
  sha256(file: string): Promise<string>;
  /** Makes the rows of the pixel cache: see decodeAll. */
  decode(request: Omit<DecodeRequest, "root">, onRows: (count: number) => void): Promise<DecodedRow[]>;
}

/** JPEG, PNG and DICOM files, named relative to `root`. */
export const imagesBelow = (root: string): ImageSource => ({
  read: (file) => decodeImage(join(root, file)),
  sha256: (file) => sha256OfFile(join(root, file)),
  decode: (request, onRows) => decodeAll({ ...request, root }, onRows),
});
