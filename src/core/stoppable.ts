/**
 * Runs `work`; when the signal aborts meanwhile, `stop` asks it to end early. Throws the signal's reason where it is aborted already.
 * Whoever owns the signal can tell from its listeners that the work will end by itself.
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
