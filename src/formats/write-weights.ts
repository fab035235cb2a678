// Writes weights in any format, one line for each.

import type { Graph } from "../core/describe.js";
import { int64Scalar, type StoredTensor } from "../core/tensors.js";
import { writeOnnx } from "./onnx.js";
import { writeSafetensors } from "./safetensors-file.js";
import { writeTorch } from "./torch-writer.js";

export interface WeightsFormat {
  extensions: string[];
  /** Only models of pulmo have one. The other formats accept any tensors. */
  needsGraph: boolean;
  write(path: string, tensors: Map<string, StoredTensor>, metadata: Record<string, string>, graph?: Graph): Promise<void>;
}

export const FORMATS = {
  onnx: {
    extensions: [".onnx"],
    needsGraph: true,
    write: (path, tensors, metadata, graph) => writeOnnx(path, graph!, tensors, metadata),
  },
  safetensors: {
    extensions: [".safetensors"],
    needsGraph: false,
    write: (path, tensors, metadata) => writeSafetensors(path, { tensors, metadata }),
  },
  torch: { extensions: [".pth", ".pt"], needsGraph: false, write: (path, tensors) => writeTorch(path, tensors) },
} satisfies Record<string, WeightsFormat>;

/** Without optimizer state. PyTorch's strict loading needs a count of batches beside every running variance. */
export function exported(tensors: Map<string, StoredTensor>): Map<string, StoredTensor> {
  const kept = new Map([...tensors].filter(([name]) => !name.startsWith("adam.")));
  for (const name of [...kept.keys()].filter((n) => n.endsWith(".running_var"))) {
    const count = name.replace("running_var", "num_batches_tracked");
    if (!kept.has(count)) kept.set(count, int64Scalar(0));
  }
  return kept;
}
