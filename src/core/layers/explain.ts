// Maps of what a model looks at, over the log-odds r = logit[PNEUMONIA] - logit[NORMAL]: assembly/explain.ts.
import type { Input } from "../models/definition.js";
import type { Tape, Tensor } from "../tape.js";
import { linear } from "./linear.js";
import { denormalizeGradient } from "./pixels.js";

/**
 * Class activation (Zhou et al., arXiv:1512.04150): the last layer `name`, made for the mean over the pixels of
 * x[N][H][W][C], at each pixel by itself. map[N][H][W]; its mean is r.
 */
export function classActivation(tape: Tape, x: Tensor, name: string): Tensor {
  const [N, H, W, C] = x.shape as [number, number, number, number];
  const logits = linear(tape, { ...x, shape: [N * H * W, C] }, name, 2);
  const map = tape.tensor("map", [N, H, W]);
  tape.forward(tape.call("logOdds", { r: map.data, logits: logits.data, count: N * H * W }, "map"));
  return map;
}

/**
 * map[N][H][W] = dr/dx summed over the channels: by how much r changes with a pixel's grey level. With `shares` times the
 * pixel: what it adds to r in a linear model; all of them and the biases make r.
 */
export function pixelGradient(tape: Tape, x: Tensor, logits: Tensor, input: Input, { shares }: { shares: boolean }): Tensor {
  const [N, H, W, C] = x.shape as [number, number, number, number];
  const map = tape.tensor("map", [N, H, W]);
  const back = tape.explainCalls(x, logits);
  tape.forward(tape.call("logOddsBackward", { dlogits: logits.grad!, count: N }, "log-odds backward"), ...back);
  denormalizeGradient(tape, x.grad!, input);
  tape.forward(
    tape.call("pixelMap", { map: map.data, dx: x.grad!, bytes: shares ? input.bytes : 0, row: W, C, tiles: N * H }, "map"),
  );
  return map;
}
