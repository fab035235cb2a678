// xoshiro128** 1.1 (Blackman and Vigna, https://prng.di.unimi.it/xoshiro128starstar.c), seeded by splitmix64
// (https://prng.di.unimi.it/splitmix64.c). The same seed gives the same numbers on any machine and for any number of threads.

export interface Rng {
  /** Uniform over 0 .. 2^32 - 1. */
  uint32(): number;
  /** Uniform over 0 .. n - 1, 1 <= n <= 2^32, without bias. */
  below(n: number): number;
  /** Uniform over [0, 1) in steps of 2^-53. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Fisher-Yates, in place. */
  shuffle<T extends Uint32Array | unknown[]>(items: T): T;
}

/** First stream of each use of a run's seed (stress tests' noise uses seed 0); 2^40 streams per use. */
export const STREAMS = {
  weights: 2 ** 40,
  epochs: 2 * 2 ** 40,
  validation: 3 * 2 ** 40,
  augmentation: 4 * 2 ** 40,
  noise: 5 * 2 ** 40,
};

/** Two seeds, or two streams of one seed, give unrelated sequences. Both are integers below 2^53. */
export function createRng(seed: number, stream = 0): Rng {
  const words = splitmix64(BigInt.asUintN(64, BigInt(seed) ^ mix64(BigInt(stream))), 2);
  return rngFrom(xoshiro128(Uint32Array.from(words.flatMap((w) => [Number(w & 0xffffffffn), Number(w >> 32n)]))));
}

/** Generates uint32 from a state of four words, not all zero, and advances the state in place. */
export function xoshiro128(state: Uint32Array): () => number {
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(state[1], 5), 7), 9) >>> 0;
    const t = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= t;
    state[3] = rotateLeft(state[3], 11);
    return result;
  };
}

export function splitmix64(seed: bigint, count: number): bigint[] {
  return Array.from({ length: count }, (_, i) => mix64(BigInt.asUintN(64, seed + 0x9e3779b97f4a7c15n * BigInt(i + 1))));
}

function mix64(z: bigint): bigint {
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

function rotateLeft(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

function rngFrom(uint32: () => number): Rng {
  const uniform = () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) * 2 ** -53;
  const below = (n: number) => {
    // The largest multiple of n: values at or above it would make small remainders more likely.
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const x = uint32();
      if (x < limit) return x % n;
    }
  };
  // Marsaglia's polar method without its second value, so that the state is all that a draw changes.
  const normal = () => {
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
    }
  };
  const shuffle = <T extends Uint32Array | unknown[]>(items: T): T => {
    for (let i = items.length - 1; i > 0; i--) {
      const j = below(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  };
  return { uint32, below, uniform, normal, shuffle };
}
