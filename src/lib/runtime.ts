// What training and evaluation need from the runtime they are in: Node's is in node-runtime.ts.
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
  /** What is written into model files: the version of pulmo. */
  version: string;
  /** An instance of the plain core, for its functions of shapes. */
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
