import { createRng } from "../lib/rng.js";

/** The order in which an epoch visits n images: a permutation of 0 .. n - 1 given by (n, seed, epoch) and nothing else. */
export function epochOrder(n: number, seed: number, epoch: number): Uint32Array {
  // Stream 0 of the seed is the caller's, for the initial weights.
  return createRng(seed, epoch + 1).shuffle(Uint32Array.from({ length: n }, (_, i) => i));
}
