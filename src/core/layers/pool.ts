import { buffer, type Tape, type Tensor } from "../tape.js";

/** Max-pool 3x3, stride 2, padding 1. The winners are kept, a byte each, for the way back. */
export function maxPool(tape: Tape, x: Tensor, name: string): Tensor {
  const [N, H, W, C] = x.shape as [number, number, number, number];
  const OH = Math.floor((H - 1) / 2) + 1;
  const OW = Math.floor((W - 1) / 2) + 1;
  const y = tape.tensor(name, [N, OH, OW, C]);
  const winner = buffer(`${name} winner`, N * OH * OW * C);
  const bytes = x.data.bytes + y.data.bytes;
  tape.forward({
    kernel: "maxPool", label: `${name} forward`, tiles: N * OH, bytes,
    args: [y.data, tape.training ? winner : 0, x.data, { scratch: tape.kernels.maxPoolScratch(C) }, H, W, C, OH, OW],
  });
  tape.backward(() => {
    const { grad, accumulate } = tape.gradient(x);
    if (accumulate) throw new Error(`${name}: its input must have no other consumer`);
    return [{
      kernel: "maxPoolBackward", label: `${name} backward`, tiles: N * H, bytes,
      args: [grad, y.grad!, winner, H, W, C, OH, OW],
    }];
  });
  return y;
}

/** y[N][C] = mean over the pixels. */
export function averagePool(tape: Tape, x: Tensor, name: string): Tensor {
  const [N, H, W, C] = x.shape as [number, number, number, number];
  const y = tape.tensor(name, [N, C]);
  const bytes = x.data.bytes;
  tape.forward({ kernel: "averagePool", label: `${name} forward`, tiles: N, bytes, args: [y.data, x.data, H * W, C] });
  tape.backward(() => {
    const { grad, accumulate } = tape.gradient(x);
    if (accumulate) throw new Error(`${name}: its input must have no other consumer`);
    return [{
      kernel: "averagePoolBackward", label: `${name} backward`, tiles: N, bytes, args: [grad, y.grad!, H * W, C],
    }];
  });
  return y;
}
