import type { Call, Operand } from "../plan.js";
import { buffer, type Tape, type Tensor } from "../tape.js";

/** Max-pool 3x3, stride 2, padding 1. The index of each maximum is kept, one byte each, for backward. */
export function maxPool(tape: Tape, x: Tensor, name: string): Tensor {
  const [N, H, W, C] = x.shape as [number, number, number, number];
  const y = pooled(tape, x, name);
  const [, OH, OW] = y.shape as [number, number, number, number];
  const winner = buffer(`${name} winner`, N * OH * OW * C);
  tape.forward(maxPoolCall(tape, y.data, tape.mode === "train" ? winner : 0, x.data, x.shape, name));
  maxPoolNode(tape, x.name, name);
  tape.backward(() => [
    tape.call(
      "maxPoolBackward",
      { dx: tape.soleGradient(x, name), dy: y.grad!, winner, H, W, C, OH, OW, tiles: N * H },
      `${name} backward`,
    ),
  ]);
  return y;
}

/** The call that pools x of that shape. */
export function maxPoolCall(tape: Tape, y: Operand, winner: Operand | 0, x: Operand, shape: number[], name: string): Call {
  const [N, H, W, C] = shape as [number, number, number, number];
  const [OH, OW] = [pooledExtent(H), pooledExtent(W)];
  return tape.call("maxPool", { y, winner, x, H, W, C, OH, OW, tiles: N * OH }, `${name} forward`);
}

export function maxPoolNode(tape: Tape, x: string, name: string): void {
  tape.node("MaxPool", [x], name, { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
}

const pooledExtent = (length: number) => Math.floor((length - 1) / 2) + 1;

/** The result of max-pooling x. */
export function pooled(tape: Tape, { shape }: Pick<Tensor, "shape">, name: string): Tensor {
  const [N, H, W, C] = shape as [number, number, number, number];
  return tape.tensor(name, [N, pooledExtent(H), pooledExtent(W), C]);
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
