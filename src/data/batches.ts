import { createRng, STREAMS } from "../core/rng.js";

/** The order in which an epoch visits n images: a permutation of 0 .. n - 1 given by (n, seed, epoch) and nothing else. */
export function epochOrder(n: number, seed: number, epoch: number): Uint32Array {
  return createRng(seed, STREAMS.epochs + epoch).shuffle(Uint32Array.from({ length: n }, (_, i) => i));
}
