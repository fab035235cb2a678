// Image files in a browser without a DICOM decoder, so that `loadModel` stays small.
import type { Pixels } from "../core/resize.js";
import type { ImageFile } from "./image-source.js";

/** The pixels that `pulmo predict --portable` has of a JPEG or PNG. Rejects with an Error if the file is neither, or damaged. */
export async function decodeFile(_file: ImageFile): Promise<Pixels> {
  throw new Error("image files are not decoded here: give pixels");
}
