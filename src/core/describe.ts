// Describes a model by recording it: its tensors and its graph. Nothing is allocated or run.
import type { Kernels } from "./kernels.js";
import { type ModelDefinition, type Normalization, recordLogits } from "./models/definition.js";
import type { ParameterSet } from "./parameters.js";
import { createIo } from "./record.js";
import { type Constant, createStore, type GraphNode, Tape } from "./tape.js";

/** From `pixels` [N][3][imageSize][imageSize] in 0..1 to `logits`, in ONNX's terms; tensors are inputs by their names. */
export interface Graph {
  nodes: GraphNode[];
  /** Inputs of nodes that are not tensors of the model. */
  constants: Constant[];
  imageSize: number;
}

export interface Description {
  tensors: ParameterSet;
  graph: Graph;
}

/** `pure`: an instance of the core, for its functions of shapes. `imageSize`: the edge in pixels. */
export function describe(
  model: ModelDefinition,
  pure: Kernels,
  imageSize: number,
  normalization?: Normalization | undefined,
): Description {
  const store = createStore();
  const tape = new Tape(store, pure, "evaluate");
  const logits = recordLogits(model, tape, { bytes: createIo(1, imageSize).bytes, N: 1, size: imageSize, normalization });
  const nodes = tape.graph.map((node) => (node.output === logits.name ? { ...node, output: "logits" } : node));
  return { tensors: store, graph: { nodes, constants: tape.constants, imageSize } };
}
