// The subset of ONNX's protobuf used by the graphs here (field numbers from onnx.proto3), and the graphs.
import { parameter } from "./operands.mjs";

const text = new TextEncoder();
const FLOAT = 1;
const OPSET = 17;
const IR_VERSION = 8;

function varint(value) {
  const out = [];
  for (let v = BigInt.asUintN(64, BigInt(value)); ; v >>= 7n) {
    if (v < 128n) return Uint8Array.from([...out, Number(v)]);
    out.push(Number(v & 127n) | 128);
  }
}

function concat(parts) {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

const int = (field, value) => concat([varint(field * 8), varint(value)]);
const bytes = (field, value) => concat([varint(field * 8 + 2), varint(value.length), value]);
const string = (field, value) => bytes(field, text.encode(value));
const message = (field, ...parts) => bytes(field, concat(parts));

/** Integers or lists of integers. */
const attribute = ([name, value]) => {
  const isList = Array.isArray(value);
  const values = isList ? value.map((v) => int(8, v)) : [int(3, value)];
  return message(5, string(1, name), ...values, int(20, isList ? 7 : 2));
};

export const node = (op, inputs, output, attributes = {}) =>
  message(
    1,
    ...inputs.map((name) => string(1, name)),
    string(2, output),
    string(4, op),
    ...Object.entries(attributes).map(attribute),
  );

const tensor = (name, shape, values) =>
  message(5, ...shape.map((d) => int(1, d)), int(2, FLOAT), string(8, name), bytes(9, new Uint8Array(values.buffer)));

const value = (field, name, shape) =>
  message(field, string(1, name), message(2, message(1, int(1, FLOAT), message(2, ...shape.map((d) => message(1, int(1, d)))))));

/** @param {{ nodes: Uint8Array[], inputs: object, output: [string, number[]], weights?: [string, number[], Float32Array][] }} graph */
function model({ nodes, inputs, output, weights = [] }) {
  const graph = message(
    7,
    ...nodes,
    string(2, "g"),
    ...weights.map((w) => tensor(...w)),
    ...Object.entries(inputs).map(([name, shape]) => value(11, name, shape)),
    value(12, ...output),
  );
  return concat([int(1, IR_VERSION), graph, message(8, string(1, ""), int(2, OPSET))]);
}

export const matmulModel = ({ M, N, K }) =>
  model({ nodes: [node("MatMul", ["a", "b"], "c")], inputs: { a: [M, K], b: [K, N] }, output: ["c", [M, N]] });

/** Weights are constants, as in a network, so that the runtime can pack them in advance. */
export function convModel({ N, C, H, O, R, OH, stride, pad, pass }, w) {
  const shape = { kernel_shape: [R, R], strides: [stride, stride], pads: [pad, pad, pad, pad] };
  const weights = [["w", [O, C, R, R], w]];
  if (pass === "forward") {
    return model({
      nodes: [node("Conv", ["x", "w"], "y", shape)],
      inputs: { x: [N, C, H, H] },
      output: ["y", [N, O, OH, OH]],
      weights,
    });
  }
  const missing = H - ((OH - 1) * stride + R - 2 * pad);
  const nodes = [node("ConvTranspose", ["x", "w"], "y", { ...shape, output_padding: [missing, missing] })];
  return model({ nodes, inputs: { x: [N, O, OH, OH] }, output: ["y", [N, C, H, H]], weights });
}

/** torchvision's ResNet-18 for inference. */
export function resnet18Model(batch) {
  const nodes = [];
  const weights = [];
  const add = (name, shape) => {
    weights.push([name, shape, parameter(name, shape)]);
    return name;
  };
  const op = (type, inputs, attributes) => {
    const out = `${type}${nodes.length}`;
    nodes.push(node(type, inputs, out, attributes));
    return out;
  };
  const conv = (x, name, C, O, R, stride) => {
    const pad = (R - 1) / 2;
    const shape = { kernel_shape: [R, R], strides: [stride, stride], pads: [pad, pad, pad, pad] };
    return op("Conv", [x, add(`${name}.weight`, [O, C, R, R])], shape);
  };
  const norm = (x, name, C) =>
    op("BatchNormalization", [x, ...["weight", "bias", "running_mean", "running_var"].map((p) => add(`${name}.${p}`, [C]))]);
  const block = (x, name, C, O, stride) => {
    let y = op("Relu", [norm(conv(x, `${name}.conv1`, C, O, 3, stride), `${name}.bn1`, O)]);
    y = norm(conv(y, `${name}.conv2`, O, O, 3, 1), `${name}.bn2`, O);
    const shortcut = stride === 1 ? x : norm(conv(x, `${name}.downsample.0`, C, O, 1, stride), `${name}.downsample.1`, O);
    return op("Relu", [op("Add", [y, shortcut])]);
  };
  let x = op("Relu", [norm(conv("x", "conv1", 3, 64, 7, 2), "bn1", 64)]);
  x = op("MaxPool", [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  [64, 128, 256, 512].forEach((O, i) => {
    x = block(x, `layer${i + 1}.0`, i === 0 ? 64 : O / 2, O, i === 0 ? 1 : 2);
    x = block(x, `layer${i + 1}.1`, O, O, 1);
  });
  x = op("Flatten", [op("GlobalAveragePool", [x])], { axis: 1 });
  nodes.push(node("Gemm", [x, add("fc.weight", [2, 512]), add("fc.bias", [2])], "y", { transB: 1 }));
  return model({ nodes, inputs: { x: [batch, 3, 224, 224] }, output: ["y", [batch, 2]], weights });
}
