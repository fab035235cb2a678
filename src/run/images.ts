// Images that are named one by one, outside any dataset.
import { InputError } from "../core/errors.js";
import { createResizer } from "../core/resize.js";
import type { PixelRows } from "../data/types.js";
import { decodeImage } from "../node/decode.js";
import { compileKernels, instantiateKernels } from "../node/variant.js";
import { IMAGE_SIZE } from "./recipe.js";

/** 512 MiB, as when decoding a dataset. */
const MAX_PAGES = 8192;

/** Decoded and resized as a dataset's are. Throws an InputError at the first that cannot be read. */
export async function readImages(files: string[]): Promise<PixelRows> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
  const kernels = instantiateKernels(compileKernels("simd"), memory);
  const resize = createResizer(kernels, memory, IMAGE_SIZE);
  const images: Uint8Array[] = [];
  for (const file of files) {
    images.push(
      await decodeImage(file).then(resize, (error) => {
        throw new InputError(`${file} cannot be read (${error.code ?? error.message.split("\n")[0]}): give a JPEG or PNG image.`);
      }),
    );
  }
  return {
    images: files.map((file) => ({ file, split: "test", label: 0, bytes: 0, mtimeMs: 0 })),
    rowBytes: IMAGE_SIZE * IMAGE_SIZE * 3,
    read: async (i, into) => into.set(images[i]),
  };
}
