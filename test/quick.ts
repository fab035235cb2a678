/** No lie may keep a reader for longer. */
export const MOST_MILLISECONDS = 2000;

export interface Timed<T> {
  /** What the work gave, or threw. */
  outcome: T | Error;
  milliseconds: number;
}

/** Does it again where it took long, since the machine may have been busy: what takes long by itself does so each time. */
export async function timed<T>(work: () => T | Promise<T>, most = MOST_MILLISECONDS): Promise<Timed<T>> {
  for (let attempt = 1; ; attempt++) {
    const begun = performance.now();
    let outcome: T | Error;
    try {
      outcome = await work();
    } catch (error) {
      outcome = error as Error;
    }
    const milliseconds = performance.now() - begun;
    if (milliseconds <= most || attempt === 3) return { outcome, milliseconds };
  }
}
