// The process started by decoder.ts. Its argument is the number of threads. It passes tasks to a Piscina pool and sends back
// their records, until the parent ends it.
import { Piscina } from "piscina";
import type { DecodedRow } from "./decode-rows.js";
import type { DecodeTask } from "./decode-worker.js";

export type DecodeMessage = { id: number; rows: DecodedRow[] } | { id: number; failure: string; code: string | undefined };

const threads = Number(process.argv[2]);
const pool = new Piscina<DecodeTask, DecodedRow[]>({
  filename: new URL("./decode-worker.js", import.meta.url).href,
  minThreads: 1,
  maxThreads: threads,
  idleTimeout: Infinity,
  recordTiming: false,
});

// See cli.ts.
process.on("SIGXFSZ", () => {});
// The parent has exited, so the results are not needed.
process.once("disconnect", () => process.exit(1));

process.on("message", ({ id, task }: { id: number; task: DecodeTask }) => {
  pool.run(task).then(
    (rows) => process.send!({ id, rows } satisfies DecodeMessage),
    // Errors from workers have no code, but the message of a system error starts with it.
    ({ message: failure }: Error) =>
      process.send!({ id, failure, code: /^E[A-Z]+(?=: )/.exec(failure)?.[0] } satisfies DecodeMessage),
  );
});
