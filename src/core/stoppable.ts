/**
 * Runs `work` and calls `stop` when the signal aborts. Throws the signal's reason if it has already aborted. The signal's owner can see from
 * its listeners that the work will end by itself.
 */
export async function stoppable<T>(signal: AbortSignal | undefined, stop: () => void, work: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await work();
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
