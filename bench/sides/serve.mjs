// A side is a process that serves the runner's requests, one JSON line each:
//
//   hello                      -> { version, mode, threads }
//   prepare { id, job, file }  -> { count, ms }     prepares the job, runs it once, writes the result (raw f32) to file
//   time    { id, ms }         -> { ms, runs }      milliseconds per run, over about `ms` milliseconds
//   release { id }             -> {}
//
// Replies start with "@ ", because libraries print to the same stdout. sides/pytorch.py uses the same protocol.
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** A job that a side does not support: a row of the table says so, it is not a failure. */
export class Unsupported extends Error {}

/**
 * @typedef {object} Prepared
 * @property {(times: number) => Promise<void> | void} run   does the job `times` times
 * @property {() => Promise<Float32Array> | Float32Array} result  of the last run, in PyTorch's layout
 * @property {() => Promise<void> | void} [release]
 * @property {number} [runsAtOnce]  run's argument must be a multiple of this
 */

/** @param {{ hello: () => Promise<object> | object, prepare: (job: object) => Promise<Prepared> | Prepared }} side */
export function serve(side) {
  const jobs = new Map();
  const requests = {
    hello: () => side.hello(),
    async prepare({ id, job, file }) {
      const prepared = await side.prepare(job);
      const started = performance.now();
      await prepared.run(prepared.runsAtOnce ?? 1);
      const msPerRun = (performance.now() - started) / (prepared.runsAtOnce ?? 1);
      const result = await prepared.result();
      writeFileSync(file, new Uint8Array(result.buffer, result.byteOffset, result.byteLength));
      jobs.set(id, { prepared, msPerRun });
      return { count: result.length, ms: msPerRun };
    },
    async time({ id, ms }) {
      const job = jobs.get(id);
      const atOnce = job.prepared.runsAtOnce ?? 1;
      const runs = Math.max(1, Math.round(ms / job.msPerRun / atOnce)) * atOnce;
      const started = performance.now();
      await job.prepared.run(runs);
      job.msPerRun = (performance.now() - started) / runs;
      return { ms: job.msPerRun, runs, peakRssMiB: process.resourceUsage().maxRSS / 1024 };
    },
    async release({ id }) {
      await jobs.get(id)?.prepared.release?.();
      jobs.delete(id);
      globalThis.gc?.();
      return {};
    },
  };
  createInterface({ input: process.stdin })
    .on("line", async (line) => {
      const request = JSON.parse(line);
      let reply;
      try {
        reply = await requests[request.do](request);
      } catch (error) {
        reply = error instanceof Unsupported ? { unsupported: error.message } : { error: String(error?.stack ?? error) };
      }
      process.stdout.write(`@ ${JSON.stringify(reply)}\n`);
    })
    .on("close", () => process.exit(0));
}
