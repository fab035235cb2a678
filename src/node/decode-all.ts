import type { DecodedRow } from "./decode-rows.js";
import type { DecodeTask } from "./decode-worker.js";
import { openDecoder } from "./decoder.js";

/** All files of the cache. File i is written to row i. */
export interface DecodeRequest extends Omit<DecodeTask, "firstRow"> {
  threads: number;
}

/** Files per task: few enough to finish evenly and show smooth progress, many enough to hide the 200 us of a task. */
const MAX_CHUNK = 16;
export const chunkFor = (files: number, threads: number): number =>
  Math.max(1, Math.min(MAX_CHUNK, Math.floor(files / (4 * threads))));
/** Queued tasks per thread, so that no thread is idle while a result is transferred. */
const AHEAD = 2;

/**
 * Decodes every file into its row of the cache file. Resolves with one record per file. A failed write rejects with its code. An
 * error thrown by onRows stops the work and rejects.
 */
export async function decodeAll(request: DecodeRequest, onRows: (count: number) => void): Promise<DecodedRow[]> {
  const { threads, files, ...task } = request;
  const chunk = chunkFor(files.length, threads);
  const decoder = openDecoder(threads);
  const decoded: DecodedRow[][] = [];
  let next = 0;
  const lane = async () => {
    while (next * chunk < files.length) {
      const place = next++;
      const firstRow = place * chunk;
      decoded[place] = await decoder.decode({ ...task, firstRow, files: files.slice(firstRow, firstRow + chunk) });
      onRows(decoded[place].length);
    }
  };
  try {
    await Promise.all(Array.from({ length: AHEAD * threads }, lane));
    return decoded.flat();
  } finally {
    await decoder.close();
  }
}
