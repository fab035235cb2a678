// The functions that training and evaluation need from a runtime. Node's are in node-runtime.ts.
import type { Kernels } from "../core/kernels.js";
import type { ModelDefinition } from "../core/models/definition.js";
import type { ProgramOptions } from "../core/program.js";
import type { PixelRows } from "../data/types.js";
import type { Trainable } from "../train/loop.js";

export interface NetworkRequest extends ProgramOptions {
  threads: number;
  seed: number;
  lr: number;
}

export interface Runtime {
  /** Version of pulmo, written to model files. */
  version: string;
  /** An instance of the plain core, for its shape functions. */
  shapes: Kernels;
  /** The inference core, pulmo-infer.wasm. */
  inferenceCore: WebAssembly.Module;
  /** zlib's CRC-32, continued from `value`. */
  crc32(bytes: Uint8Array, value?: number): number;
  /** A network with memory, workers and initial weights. The caller closes its pool. */
  createNetwork(model: ModelDefinition, request: NetworkRequest): Promise<Trainable>;
  /** The images shrunk to `edge` pixels and enlarged again. */
  rescale(rows: PixelRows, edge: number): PixelRows;
}
