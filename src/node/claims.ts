// Paths that this process has locked. A file at or below such a path gets its final name only while the lock is still there.
import { sep } from "node:path";

interface Claim {
  paths: string[];
  /** Throws if the lock is lost. */
  check(): Promise<void>;
}

const claims = new Set<Claim>();

/** Returns a function that ends the claim. */
export function claim(paths: string[], check: () => Promise<void>): () => void {
  const own = { paths, check };
  claims.add(own);
  return () => void claims.delete(own);
}

/** Call it directly before a rename to `path`, which is absolute. Throws an InputError if the lock on it is lost. */
export async function checkClaims(path: string): Promise<void> {
  for (const { paths, check } of claims) {
    if (paths.some((claimed) => path === claimed || path.startsWith(claimed + sep))) await check();
  }
}
