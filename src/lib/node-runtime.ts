// Node's runtime: worker threads over shared memory, the fastest kernels that work here.
import { crc32 } from "node:zlib";
import { rescaled, seenThrough } from "../data/views.js";
import { chooseVariant, plainShapes, type Variant } from "../node/variant.js";
import { version } from "../node/version.js";
import { IMAGE_SIZE } from "../settings/recipes.js";
import { createNetwork } from "../train/network.js";
import { coreBytes } from "./core-bytes.js";
import type { Runtime } from "./runtime.js";

/** `wasm`: the kernel variant; default: the fastest that works here. */
export const nodeRuntime = (wasm?: Variant): Runtime => ({
  version,
  shapes: plainShapes(),
  inferenceCore: new WebAssembly.Module(coreBytes()),
  crc32,
  createNetwork: async (model, request) => createNetwork(model, { ...request, variant: chooseVariant(wasm) }),
  rescale: (rows, edge) => seenThrough(rows, rescaled(IMAGE_SIZE, edge)),
});
