// The process started by decode-all.ts: receives one request, runs a Piscina pool over it, sends each chunk's records, ends.
import { Piscina } from "piscina";
import type { DecodedRow } from "./decode-rows.js";
import type { DecodeTask } from "./decode-worker.js";

/** All files of the cache, row i for file i. */
export interface DecodeRequest extends Omit<DecodeTask, "firstRow"> {
  threads: number;
}

export type DecodeMessage = { firstRow: number; rows: DecodedRow[] } | { failure: string; code: string | undefined };

/** Files a task: few enough for an even finish and smooth progress, many enough to hide a task's 200 us. */
const MAX_CHUNK = 16;

async function decodeChunks(request: DecodeRequest): Promise<void> {
  const { files, threads, root, size, cacheFile } = request;
  const chunk = Math.max(1, Math.min(MAX_CHUNK, Math.floor(files.length / (4 * threads))));
  const starts = Array.from({ length: Math.ceil(files.length / chunk) }, (_, i) => i * chunk);
  const workers = Math.min(threads, starts.length);
  const pool = new Piscina<DecodeTask, DecodedRow[]>({
    filename: new URL("./decode-worker.js", import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    idleTimeout: Infinity,
    recordTiming: false,
  });
  await Promise.all(
    starts.map(async (firstRow) => {
      const rows = await pool.run({ root, size, cacheFile, firstRow, files: files.slice(firstRow, firstRow + chunk) });
      await send({ firstRow, rows });
    }),
  );
  await pool.destroy();
}

/** Resolves when the message is on its way: exiting earlier could lose it. */
function send(message: DecodeMessage): Promise<void> {
  return new Promise((resolve) => process.send!(message, () => resolve()));
}

// The parent is gone: nobody wants the rest.
process.once("disconnect", () => process.exit(1));

process.once("message", (request) => {
  decodeChunks(request as DecodeRequest).then(
    () => process.exit(0),
    async (error: Error) => {
      // An error from a worker has lost its code, but a system error's message starts with it.
      await send({ failure: error.message, code: /^E[A-Z]+(?=: )/.exec(error.message)?.[0] });
      process.exit(1);
    },
  );
});
