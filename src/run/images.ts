// Images that are named one by one, outside any dataset.
import { InputError } from "../core/errors.js";
import type { PixelRows } from "../data/types.js";
import { decodeImage } from "../node/decode.js";
import { makeResizer } from "../node/resizer.js";
import { IMAGE_SIZE } from "./recipe.js";

/** Decoded and resized as a dataset's are. Throws an InputError at the first that cannot be read. */
export async function readImages(files: string[]): Promise<PixelRows> {
  const resize = makeResizer(IMAGE_SIZE);
  const images: Uint8Array[] = [];
  for (const file of files) {
    images.push(
      await decodeImage(file).then(resize, (error) => {
        throw new InputError(
          `${file} cannot be read (${error.code ?? error.message.split("\n")[0]}): give a JPEG, PNG or DICOM image.`,
        );
      }),
    );
  }
  return {
    images: files.map((file) => ({ file, split: "test", label: 0, bytes: 0, mtimeMs: 0 })),
    rowBytes: IMAGE_SIZE * IMAGE_SIZE * 3,
    read: async (i, into) => into.set(images[i]),
  };
}
