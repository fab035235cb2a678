// Maps of what a model looks at, over the log-odds r = logit[PNEUMONIA] - logit[NORMAL]: assembly/explain.ts.
import type { Tape, Tensor } from "../tape.js";
import { linear } from "./linear.js";

/**
 * Class activation (Zhou et al., arXiv:1512.04150): the last layer `name`, made for the mean over the pixels of
 * x[N][H][W][C], at each pixel by itself. map[N][H][W]; its mean is r.
 */
export function classActivation(tape: Tape, x: Tensor, name: string): Tensor {
  const [N, H, W, C] = x.shape as [number, number, number, number];
  const logits = linear(tape, { ...x, shape: [N * H * W, C] }, name, 2);
  const map = tape.tensor("map", [N, H, W]);
  tape.forward({ kernel: "logOdds", label: "map", tiles: 1, args: [map.data, logits.data, N * H * W] });
  return map;
}

/**
 * map[N][H][W] = dr/dx summed over the channels: by how much r changes with a pixel's grey level. With `shares` times the
 * pixel: what it adds to r in a linear model; all of them and the biases make r.
 */
export function pixelGradient(tape: Tape, x: Tensor, logits: Tensor, shares?: { bytes: Tensor["data"] }): Tensor {
  const [N, H, W, C] = x.shape as [number, number, number, number];
  const map = tape.tensor("map", [N, H, W]);
  const back = tape.explainCalls(x, logits);
  tape.forward(
    { kernel: "logOddsBackward", label: "log-odds backward", tiles: 1, args: [logits.grad!, N] },
    ...back,
    { kernel: "pixelMap", label: "map", tiles: N * H, args: [map.data, x.grad!, shares?.bytes ?? 0, W, C] },
  );
  return map;
}
