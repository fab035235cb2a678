// ONNX models: writing from the tensors of a model; reading of tensors and metadata only.
// Field numbers: onnx/onnx.proto of ONNX 1.14 (IR version 8).
import { PbfReader, PbfWriter } from "pbf";
import type { Graph } from "../core/describe.js";
import type { TensorFile } from "../core/safetensors.js";
import type { Constant, GraphNode } from "../core/tape.js";
import {
  dtypeBytes,
  FormatError,
  float32Tensor,
  float32Values,
  isFloat,
  MAX_DIMENSIONS,
  type StoredTensor,
} from "../core/tensors.js";
import { writeFileAtomic } from "../node/files.js";

const MODEL = { irVersion: 1, producerName: 2, producerVersion: 3, graph: 7, opsetImport: 8, metadata: 14 };
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5 };
const ATTRIBUTE = { name: 1, float: 2, int: 3, tensor: 5, ints: 8, type: 20 };
const ATTRIBUTE_TYPE = { float: 1, int: 2, tensor: 4, ints: 7 };
const TENSOR = { dims: 1, dataType: 2, floatData: 4, name: 8, rawData: 9, externalData: 13, dataLocation: 14 };
const DATA_TYPES: Record<number, string> = {
  1: "F32",
  2: "U8",
  3: "I8",
  5: "I16",
  6: "I32",
  7: "I64",
  9: "BOOL",
  10: "F16",
  11: "F64",
  16: "BF16",
};
const FLOAT = 1;
/** The largest models have a few thousand. */
const MAX_TENSORS = 100_000;
/** Protobuf's wire type of a field with a length. */
const PACKED = 2;
const IR_VERSION = 8;
const OPSET = 17;

/** The graph's name of its input. */
const PIXELS = "pixels";

/**
 * `pixels` (or the name `input`) [N][3][size][size] in 0..1 -> `logits` and `probabilities`, [N][classes]; N is free. Only floats are written.
 * The graph (core/describe.ts) ends in a Gemm.
 */
export async function writeOnnx(
  path: string,
  { nodes: own, constants, imageSize }: Graph,
  tensors: Map<string, StoredTensor>,
  metadata: Record<string, string>,
  input = PIXELS,
): Promise<void> {
  const floats = [...tensors].filter(([, tensor]) => isFloat(tensor));
  const shapes = new Map(floats.map(([name, { shape }]) => [name, shape]));
  const renamed = own.map((node) => ({ ...node, inputs: node.inputs.map((name) => (name === PIXELS ? input : name)) }));
  const nodes: GraphNode[] = [
    ...renamed,
    { op: "Softmax", inputs: ["logits"], output: "probabilities", attributes: { axis: 1 } },
  ];
  const [classes] = shapes.get(nodes.at(-2)!.inputs[1])!;
  const out = new PbfWriter();
  out.writeVarintField(MODEL.irVersion, IR_VERSION);
  out.writeStringField(MODEL.producerName, "pulmo");
  out.writeMessage(
    MODEL.graph,
    () => {
      for (const constant of constants) out.writeMessage(GRAPH.node, writeConstant, constant);
      for (const node of nodes) out.writeMessage(GRAPH.node, writeNode, node);
      out.writeStringField(GRAPH.name, metadata.model ?? "model");
      for (const [name, tensor] of floats) out.writeMessage(GRAPH.initializer, writeTensor, { name, tensor });
      out.writeMessage(GRAPH.input, writeValue, { name: input, dims: ["N", 3, imageSize, imageSize] });
      for (const name of ["logits", "probabilities"]) out.writeMessage(GRAPH.output, writeValue, { name, dims: ["N", classes] });
    },
    undefined,
  );
  out.writeMessage(MODEL.opsetImport, () => out.writeVarintField(2, OPSET), undefined);
  for (const entry of Object.entries({ classes: "NORMAL,PNEUMONIA", ...metadata })) {
    out.writeMessage(MODEL.metadata, writePair, entry);
  }
  await writeFileAtomic(path, out.finish());
}

function writePair([key, value]: [string, string], out: PbfWriter): void {
  out.writeStringField(1, key);
  out.writeStringField(2, value);
}

function writeNode({ op, inputs, output, attributes = {} }: GraphNode, out: PbfWriter): void {
  for (const input of inputs) out.writeStringField(NODE.input, input);
  out.writeStringField(NODE.output, output);
  out.writeStringField(NODE.name, `${output} ${op}`);
  out.writeStringField(NODE.opType, op);
  for (const [name, value] of Object.entries(attributes)) out.writeMessage(NODE.attribute, writeAttribute, { name, value });
}

/** A node, so that the initializers are the model's own tensors. */
function writeConstant({ name, shape, values }: Constant, out: PbfWriter): void {
  out.writeStringField(NODE.output, name);
  out.writeStringField(NODE.name, name);
  out.writeStringField(NODE.opType, "Constant");
  const value = () => {
    out.writeStringField(ATTRIBUTE.name, "value");
    out.writeMessage(ATTRIBUTE.tensor, writeTensor, { name, tensor: float32Tensor(shape, Float32Array.from(values)) });
    out.writeVarintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.tensor);
  };
  out.writeMessage(NODE.attribute, value, undefined);
}

function writeAttribute({ name, value }: { name: string; value: number | number[] }, out: PbfWriter): void {
  out.writeStringField(ATTRIBUTE.name, name);
  if (Array.isArray(value)) {
    for (const v of value) out.writeVarintField(ATTRIBUTE.ints, v);
    out.writeVarintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.ints);
  } else if (Number.isInteger(value)) {
    out.writeVarintField(ATTRIBUTE.int, value);
    out.writeVarintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.int);
  } else {
    out.writeFloatField(ATTRIBUTE.float, value);
    out.writeVarintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.float);
  }
}

function writeTensor({ name, tensor }: { name: string; tensor: StoredTensor }, out: PbfWriter): void {
  for (const d of tensor.shape) out.writeVarintField(TENSOR.dims, d);
  out.writeVarintField(TENSOR.dataType, FLOAT);
  out.writeStringField(TENSOR.name, name);
  const values = float32Values(tensor);
  out.writeBytesField(TENSOR.rawData, new Uint8Array(values.buffer));
}

/** A ValueInfoProto of floats: type { tensor_type { elem_type, shape { dim } } }. */
function writeValue({ name, dims }: { name: string; dims: (number | string)[] }, out: PbfWriter): void {
  const dimension = (d: number | string) => (typeof d === "number" ? out.writeVarintField(1, d) : out.writeStringField(2, d));
  const shape = () => dims.forEach((d) => out.writeMessage(1, () => dimension(d), undefined));
  const tensorType = () => {
    out.writeVarintField(1, FLOAT);
    out.writeMessage(2, shape, undefined);
  };
  out.writeStringField(1, name);
  out.writeMessage(2, () => out.writeMessage(1, tensorType, undefined), undefined);
}

/** The initializers of the graph by name, and its metadata. Throws FormatError if one is damaged or stored in another file. */
export function parseOnnx(bytes: Uint8Array): TensorFile {
  const tensors = new Map<string, StoredTensor>();
  const metadata: Record<string, string> = Object.create(null);
  new PbfReader(bytes).readFields((field, _, model) => {
    if (field === MODEL.metadata) readPair(model, metadata);
    if (field !== MODEL.graph) return;
    model.readMessage((part, __, graph) => {
      if (part === GRAPH.initializer) readTensor(graph, tensors);
    }, undefined);
  }, undefined);
  if (tensors.size === 0) throw new FormatError("its graph holds no tensors");
  return { tensors, metadata };
}

function readPair(model: PbfReader, metadata: Record<string, string>): void {
  const pair = { key: "", value: "" };
  model.readMessage((field, found, pbf) => {
    if (field === 1) found.key = pbf.readString();
    else if (field === 2) found.value = pbf.readString();
  }, pair);
  metadata[pair.key] = pair.value;
}

/** Adds dimensions, which may be packed, and stops when they are too many. */
function readDimensions(pbf: PbfReader, shape: number[]): void {
  const end = pbf.type === PACKED ? pbf.readVarint() + pbf.pos : pbf.pos + 1;
  while (pbf.pos < end) {
    if (shape.push(pbf.readVarint(true)) > MAX_DIMENSIONS) {
      throw new FormatError(`it has a tensor of more than ${MAX_DIMENSIONS} dimensions`);
    }
  }
}

function readTensor(graph: PbfReader, tensors: Map<string, StoredTensor>): void {
  const found = {
    name: "",
    shape: [] as number[],
    type: 0,
    raw: undefined as Uint8Array | undefined,
    floats: [] as number[],
    external: false,
  };
  graph.readMessage((field, tensor, pbf) => {
    if (field === TENSOR.dims) readDimensions(pbf, tensor.shape);
    else if (field === TENSOR.dataType) tensor.type = pbf.readVarint();
    else if (field === TENSOR.name) tensor.name = pbf.readString();
    else if (field === TENSOR.rawData) tensor.raw = pbf.readBytes();
    else if (field === TENSOR.floatData) pbf.readPackedFloat(tensor.floats);
    else if (field === TENSOR.externalData || field === TENSOR.dataLocation) tensor.external = true;
  }, found);
  const { name, shape, type, raw, floats, external } = found;
  const label = JSON.stringify(name.slice(0, 100));
  if (external) throw new FormatError(`its tensor ${label} lies in another file`);
  const dtype = DATA_TYPES[type];
  if (!dtype) throw new FormatError(`its tensor ${label} has an unknown type`);
  const data = raw ?? new Uint8Array(Float32Array.from(floats).buffer);
  const count = shape.reduce((n, d) => n * d, 1);
  if (
    shape.length > MAX_DIMENSIONS ||
    !shape.every((d) => Number.isSafeInteger(d) && d >= 0) ||
    data.length !== count * dtypeBytes(dtype)
  ) {
    throw new FormatError(`its tensor ${label} does not fit its shape`);
  }
  if (tensors.has(name)) throw new FormatError(`it has two tensors called ${label}`);
  if (tensors.size === MAX_TENSORS) throw new FormatError(`it has more than ${MAX_TENSORS} tensors`);
  tensors.set(name, { dtype, shape, data: new Uint8Array(data) });
}
