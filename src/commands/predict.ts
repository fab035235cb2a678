import { createResizer } from "../core/resize.js";
import { decodeImage } from "../node/decode.js";
import { CLASSES } from "../data/types.js";
import type { PixelRows } from "../data/types.js";
import { InputError } from "../core/errors.js";
import { evaluate } from "../train/evaluate.js";
import { compileKernels, instantiateKernels } from "../node/variant.js";
import { openCheckpoint } from "./checkpoint.js";
import { IMAGE_SIZE } from "./options.js";

export interface PredictOptions {
  checkpoint: string;
  image: string[];
  threads: number;
  json: boolean;
}

/** 512 MiB, as when decoding a dataset. */
const MAX_PAGES = 8192;

/** `predict`: probability of pneumonia for each image file. */
export async function predict({ checkpoint, image: files, threads, json }: PredictOptions): Promise<void> {
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
  const network = await openCheckpoint(checkpoint, threads);
  try {
    const p = await evaluate(network, inMemory(files, images));
    const rows = files.map((file, i) => ({ file, pPneumonia: p[i], label: CLASSES[p[i] > 0.5 ? 1 : 0] }));
    if (json) process.stdout.write(`${JSON.stringify(rows)}\n`);
    else for (const row of rows) process.stdout.write(`${row.pPneumonia.toFixed(4)}  ${row.label.padEnd(9)}  ${row.file}\n`);
  } finally {
    await network.pool.close();
  }
}

function inMemory(files: string[], images: Uint8Array[]): PixelRows {
  return {
    images: files.map((file) => ({ file, split: "test", label: 0, bytes: 0, mtimeMs: 0 })),
    rowBytes: IMAGE_SIZE * IMAGE_SIZE * 3,
    read: async (i, into) => into.set(images[i]),
  };
}
