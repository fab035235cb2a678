// pulmo's models as ONNX graphs, opset 17: which operators, in which order. Shapes come from the tensors.

export interface Node {
  op: string;
  inputs: string[];
  output: string;
  attributes?: Record<string, number | number[]>;
}

type Shapes = Map<string, number[]>;
type Graph = (shapes: Shapes) => Node[];

/** Sequential(Flatten, Linear, ReLU, Linear, ...): the Linear layers are the odd entries. */
const sequential: Graph = (shapes) => {
  const layers = [...shapes.keys()].filter((name) => name.endsWith(".weight")).map((name) => name.slice(0, -".weight".length));
  let x = "flat";
  const nodes: Node[] = [{ op: "Flatten", inputs: ["pixels"], output: x, attributes: { axis: 1 } }];
  layers.forEach((layer, i) => {
    const last = i === layers.length - 1;
    const z = last ? "logits" : `${layer}.z`;
    nodes.push({ op: "Gemm", inputs: [x, `${layer}.weight`, `${layer}.bias`], output: z, attributes: { transB: 1 } });
    if (!last) nodes.push({ op: "Relu", inputs: [z], output: (x = `${layer}.y`) });
  });
  return nodes;
};

/** torchvision's ResNet-18; see src/nn/models/resnet18.ts. */
const resnet18: Graph = (shapes) => {
  const nodes: Node[] = [];
  const add = (op: string, inputs: string[], output: string, attributes?: Node["attributes"]): string => {
    nodes.push({ op, inputs, output, ...(attributes && { attributes }) });
    return output;
  };
  const conv = (x: string, name: string, stride: number, pad: number): string => {
    const [kernel] = shapes.get(`${name}.weight`)!.slice(2);
    const attributes = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad] };
    return add("Conv", [x, `${name}.weight`], name, attributes);
  };
  const norm = (x: string, name: string): string => {
    const parts = ["weight", "bias", "running_mean", "running_var"].map((part) => `${name}.${part}`);
    return add("BatchNormalization", [x, ...parts], name, { epsilon: 1e-5 });
  };
  const relu = (x: string): string => add("Relu", [x], `${x}.relu`);
  const block = (x: string, name: string, stride: number): string => {
    const first = relu(norm(conv(x, `${name}.conv1`, stride, 1), `${name}.bn1`));
    const second = norm(conv(first, `${name}.conv2`, 1, 1), `${name}.bn2`);
    const shortcut = shapes.has(`${name}.downsample.0.weight`)
      ? norm(conv(x, `${name}.downsample.0`, stride, 0), `${name}.downsample.1`)
      : x;
    return relu(add("Add", [second, shortcut], `${name}.sum`));
  };
  let x = relu(norm(conv("pixels", "conv1", 2, 3), "bn1"));
  x = add("MaxPool", [x], "maxpool", { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  for (const stage of [1, 2, 3, 4]) {
    x = block(x, `layer${stage}.0`, stage === 1 ? 1 : 2);
    x = block(x, `layer${stage}.1`, 1);
  }
  x = add("Flatten", [add("GlobalAveragePool", [x], "avgpool")], "flat", { axis: 1 });
  add("Gemm", [x, "fc.weight", "fc.bias"], "logits", { transB: 1 });
  return nodes;
};

export const ONNX_GRAPHS: Record<string, Graph> = { logistic: sequential, dnn: sequential, resnet18 };
