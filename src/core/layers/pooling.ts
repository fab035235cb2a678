import { buffer, type Tape, type Tensor } from "../tape.js";

/** Max-pool 3x3, stride 2, padding 1. The index of each maximum is kept, one byte each, for backward. */
export function maxPool(tape: Tape, x: Tensor, name: string): Tensor {
  const [N, H, W, C] = x.shape as [number, number, number, number];
  const y = pooled(tape, x, name);
  const [, OH, OW] = y.shape as [number, number, number, number];
  const winner = buffer(`${name} winner`, N * OH * OW * C);
  tape.forward(
    tape.call(
      "maxPool",
      { y: y.data, winner: tape.mode === "train" ? winner : 0, x: x.data, H, W, C, OH, OW, tiles: N * OH },
      `${name} forward`,
    ),
  );
  tape.backward(() => [
    tape.call(
      "maxPoolBackward",
      { dx: tape.soleGradient(x, name), dy: y.grad!, winner, H, W, C, OH, OW, tiles: N * H },
      `${name} backward`,
    ),
  ]);
  return y;
}

/** The result of max-pooling x, and the graph's node. */
export function pooled(tape: Tape, { name: x, shape }: Tensor, name: string): Tensor {
  const [N, H, W, C] = shape as [number, number, number, number];
  tape.node("MaxPool", [x], name, { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  return tape.tensor(name, [N, Math.floor((H - 1) / 2) + 1, Math.floor((W - 1) / 2) + 1, C]);
}

/** y[N][C] = mean over the pixels. */
export function averagePool(tape: Tape, x: Tensor, name: string): Tensor {
  const [N, H, W, C] = x.shape as [number, number, number, number];
  const P = H * W;
  const y = tape.tensor(name, [N, C]);
  tape.forward(tape.call("averagePool", { y: y.data, x: x.data, P, C, tiles: N }, `${name} forward`));
  tape.node("GlobalAveragePool", [x.name], `${name}.mean`);
  tape.node("Flatten", [`${name}.mean`], name, { axis: 1 });
  tape.backward(() => [
    tape.call("averagePoolBackward", { dx: tape.soleGradient(x, name), dy: y.grad!, P, C, tiles: N }, `${name} backward`),
  ]);
  return y;
}
