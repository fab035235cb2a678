import { group } from "d3-array";
import { createRng, STREAMS } from "../core/rng.js";

/** The order in which an epoch visits n images: a permutation of 0 .. n - 1 given by (n, seed, epoch) and nothing else. */
export function epochOrder(n: number, seed: number, epoch: number): Uint32Array {
  return createRng(seed, STREAMS.epochs + epoch).shuffle(Uint32Array.from({ length: n }, (_, i) => i));
}

/**
 * The same number of images, drawn with replacement so that every class comes equally often: a class by lot, then one of its
 * images. Given by (labels, seed, epoch) and nothing else.
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
