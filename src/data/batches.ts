import { group } from "d3-array";
import { createRng, STREAMS } from "../core/rng.js";

/** The order in which an epoch visits n images: a permutation of 0 .. n - 1 that depends only on (n, seed, epoch). */
export function epochOrder(n: number, seed: number, epoch: number): Uint32Array {
  return createRng(seed, STREAMS.epochs + epoch).shuffle(Uint32Array.from({ length: n }, (_, i) => i));
}

/**
 * As many images, drawn with replacement and with equal probability of the classes: a random class, then a random image of it.
 * Depends only on (labels, seed, epoch).
 */
export function balancedOrder(labels: ArrayLike<number>, seed: number, epoch: number): Uint32Array {
  const rng = createRng(seed, STREAMS.epochs + epoch);
  const classes = [
    ...group(
      Uint32Array.from(labels, (_, i) => i),
      (i) => labels[i],
    ).values(),
  ];
  return Uint32Array.from(labels, () => {
    const images = classes[rng.below(classes.length)];
    return images[rng.below(images.length)];
  });
}
