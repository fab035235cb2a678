// The process started by decoder.ts. Its argument is the number of threads that is expected. It passes tasks to a Piscina pool, or decodes them on this thread if one is enough, and sends back
// their records, until the parent ends it.
import type { DecodedRow } from "./decode-rows.js";
import type { DecodeTask } from "./decode-worker.js";

export interface DecodeOrder {
  id: number;
  task: DecodeTask;
  /** The same in all orders. */
  threads: number;
}

export type DecodeMessage = { id: number; rows: DecodedRow[] } | { id: number; failure: string; code: string | undefined };

type Decode = (task: DecodeTask) => Promise<DecodedRow[]>;

async function createPool(threads: number): Promise<Decode> {
  const { Piscina } = await import("piscina");
  const pool = new Piscina<DecodeTask, DecodedRow[]>({
    filename: new URL("./decode-worker.js", import.meta.url).href,
    minThreads: 1,
    maxThreads: threads,
    idleTimeout: Infinity,
    recordTiming: false,
  });
  return (task) => pool.run(task);
}

/** One task at a time. It begins sooner than a pool. */
async function onThisThread(): Promise<Decode> {
  const { default: decode } = await import("./decode-worker.js");
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const rows = last.then(() => decode(task));
    last = rows.catch(() => {});
    return rows;
  };
}

/** Loaded before the first order, if one thread is expected. */
let decoding = process.argv[2] === "1" ? onThisThread() : undefined;

// See cli.ts.
process.on("SIGXFSZ", () => {});
// The parent has exited, so the results are not needed.
process.once("disconnect", () => process.exit(1));

process.on("message", ({ id, task, threads }: DecodeOrder) => {
  decoding ??= threads === 1 ? onThisThread() : createPool(threads);
  const rows = decoding.then((decode) => decode(task));
  rows.then(
    (rows) => process.send!({ id, rows } satisfies DecodeMessage),
    // Errors from workers have no code, but the message of a system error starts with it.
    ({ message: failure }: Error) =>
      process.send!({ id, failure, code: /^E[A-Z]+(?=: )/.exec(failure)?.[0] } satisfies DecodeMessage),
  );
});
