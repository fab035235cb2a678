import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { DecodeMessage, DecodeOrder } from "./decode-process.js";
import type { DecodedRow } from "./decode-rows.js";
import type { DecodeTask } from "./decode-worker.js";

export interface Decoder {
  /**
   * Decodes a task's files into their rows. Returns one record per file. A failed write rejects with its code. `threads`: fewer than the
   * most, the same in all calls.
   */
  decode(task: DecodeTask, threads?: number): Promise<DecodedRow[]>;
  /** Resolves when the process has ended. Unfinished tasks are abandoned. */
  close(): Promise<void>;
}

/** Of so many threads that compute. */
export const decodingThreads = (threads: number): number => Math.min(threads, availableParallelism());

interface Settle {
  resolve: (rows: DecodedRow[]) => void;
  reject: (error: Error) => void;
}

/**
 * Decodes in a separate process. sharp decodes in libuv's thread pool, which has four threads per process unless
 * UV_THREADPOOL_SIZE is set before Node starts: 24 workers in this process would decode four images at a time. A separate process
 * also isolates crashes of native decoders, and returns its memory when it ends. `expected`: threads that will probably be used.
 */
export function openDecoder(most: number, expected = most): Decoder {
  const child = fork(fileURLToPath(new URL("./decode-process.js", import.meta.url)), [String(expected)], {
    execArgv: [],
    env: { ...process.env, UV_THREADPOOL_SIZE: String(Math.min(1024, Math.max(4, most))) },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const waiting = new Map<number, Settle>();
  let ended: Error | undefined;
  const end = (error: Error) => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  child.on("message", (message: DecodeMessage) => {
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if ("rows" in message) asked?.resolve(message.rows);
    else asked?.reject(Object.assign(new Error(message.failure), { code: message.code }));
  });
  child.on("error", end);
  const closed = new Promise<void>((resolve) => {
    child.on("close", (code, signal) => {
      end(
        new Error(
          `The decoding process exited early (${signal ?? `exit code ${code}`}): try again, with fewer --threads if memory is low.`,
        ),
      );
      resolve();
    });
  });
  let count = 0;
  return {
    decode(task, threads = most) {
      const id = count++;
      return new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        waiting.set(id, { resolve, reject });
        child.send({ id, task, threads } satisfies DecodeOrder);
      });
    },
    close() {
      child.kill();
      return closed;
    },
  };
}
