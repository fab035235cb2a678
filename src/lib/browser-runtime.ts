// A browser's runtime: kernels, threads and pixels for session.ts.
import { rescaledBy, seenThrough } from "../data/seen-through.js";
import { CRC32, createCrc } from "../formats/crc.js";
import { openResizer } from "../image/resizer.js";
import { IMAGE_SIZE } from "../settings/recipes.js";
import { createNetwork, loadKernels } from "./browser-network.js";
import { coreBytes } from "./core-bytes.js";
import type { Runtime } from "./runtime.js";
import { VERSION } from "./version-code.js";

export interface BrowserRuntime extends Runtime {
  /** A function that resizes images to size x size, RGB. */
  makeResizer(size: number): ReturnType<typeof openResizer>;
}

async function loadRuntime(): Promise<BrowserRuntime> {
  const [kernels, inferenceCore] = await Promise.all([loadKernels(), WebAssembly.compile(coreBytes())]);
  const { module, shared, shapes } = kernels;
  const makeResizer = (size: number) => openResizer(module, size, { shared });
  return {
    ...{ version: VERSION, shapes, inferenceCore, crc32: createCrc(CRC32), makeResizer },
    createNetwork: (model, request) => createNetwork(kernels, model, request),
    rescale: (rows, edge) => seenThrough(rows, rescaledBy(makeResizer, IMAGE_SIZE, edge)),
  };
}

let runtime: Promise<BrowserRuntime> | undefined;

/** Loaded by the first call. */
export const browserRuntime = (): Promise<BrowserRuntime> => (runtime ??= loadRuntime());
