// Saliency maps of the log-odds r = logit[1] - logit[0]: assembly/explain.ts.
import { CLASS_COUNT, type Input } from "../models/definition.js";
import type { Tape, Tensor } from "../tape.js";
import { linear } from "./linear.js";
import { denormalizeGradient } from "./pixels.js";

/**
 * Class activation (Zhou et al., arXiv:1512.04150): applies the last layer `name`, trained on the mean over the pixels of
 * x[N][H][W][C], to each pixel. map[N][H][W]; its mean is r.
 */
export function classActivation(tape: Tape, x: Tensor, name: string): Tensor {
  const [N, H, W, C] = x.shape as [number, number, number, number];
  const logits = linear(tape, { ...x, shape: [N * H * W, C] }, name, CLASS_COUNT);
  const map = tape.tensor("map", [N, H, W]);
  tape.forward(tape.call("logOdds", { r: map.data, logits: logits.data, count: N * H * W }, "map"));
  return map;
}

/**
 * map[N][H][W] = dr/dx summed over the channels: how r changes with a pixel's grey level. With `shares`, multiplied by the pixel: its share of
 * r in a linear model; all shares and the biases sum to r.
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
