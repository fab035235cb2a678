import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { DecodeMessage, DecodeRequest } from "./decode-process.js";
import type { DecodedRow } from "./decode-rows.js";

/**
 * Decodes every file into its row of the cache file, in a process of its own: libuv's thread pool, in which sharp decodes, is one
 * per process and has four threads unless UV_THREADPOOL_SIZE says otherwise before Node starts, so that 24 workers here would
 * decode four images at a time. It also keeps a crash in a native decoder away, and gives its memory back when it ends.
 * Resolves with a record a file. A failed write rejects with its code; an error thrown by onRows stops the work and rejects.
 */
export function decodeAll(request: DecodeRequest, onRows: (count: number) => void): Promise<DecodedRow[]> {
  const decoded: DecodedRow[] = new Array(request.files.length);
  let received = 0;
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL("./decode-process.js", import.meta.url)), {
      execArgv: [],
      env: { ...process.env, UV_THREADPOOL_SIZE: String(Math.min(1024, Math.max(4, request.threads))) },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.on("message", (message: DecodeMessage) => {
      if ("failure" in message) return reject(Object.assign(new Error(message.failure), { code: message.code }));
      for (const [i, row] of message.rows.entries()) decoded[message.firstRow + i] = row;
      received += message.rows.length;
      try {
        onRows(message.rows.length);
      } catch (error) {
        child.kill();
        reject(error);
      }
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (received === decoded.length) resolve(decoded);
      else reject(new Error(`The decoding process ended early (${signal ?? `exit code ${code}`}).`));
    });
    child.send(request);
  });
}
