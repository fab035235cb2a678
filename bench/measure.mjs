// One case: prepares and checks each side, then times them in turns, A B C A B C ..., so that a temporary slowdown of the machine affects all
// sides alike.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createCheck } from "./check.mjs";
import { startSide } from "./child.mjs";

/** Minimum length of the first turn: engines compile hot code a second time. */
const WARM_UP_MS = 400;

/** Processes of one group of cases, started when first used. */
export function createProcesses() {
  const started = new Map();
  return {
    async of(side) {
      if (!started.has(side)) {
        const child = startSide(side);
        started.set(side, { child, facts: await child.ask({ do: "hello" }) });
      }
      return started.get(side);
    },
    end: () => started.forEach(({ child }) => child.end()),
  };
}

/**
 * @param {{ repeats: number, sampleMs: number, budgetMs: number, settleMs: number }} pace  settleMs: thread pools spin for
 *   a while after their work, and the next side needs the cores
 * @returns {Promise<object[]>} a record a row: { label, facts, status, check, samples }
 */
export async function measure(rows, processes, pace, folder) {
  const check = createCheck();
  const records = [];
  for (const [id, { side, label, job }] of rows.entries()) {
    const { child, facts } = await processes.of(side);
    const record = { label, version: facts.version, mode: facts.mode, threads: facts.threads, status: "ok", job, samples: [] };
    records.push(record);
    if (facts.error) {
      Object.assign(record, { status: "missing", note: lastLine(facts.error) });
      continue;
    }
    const file = join(folder, "result.f32");
    const asked = { ...job, ...reduced(facts, job) };
    const reply = await child.ask({ do: "prepare", id, job: asked, file });
    if (reply.unsupported) Object.assign(record, { status: "cannot", note: reply.unsupported });
    else if (reply.error) Object.assign(record, { status: "failed", note: lastLine(reply.error) });
    else {
      record.job = asked;
      record.firstMs = reply.ms;
      record.check = check(label, asked, file);
      if (record.check.error) Object.assign(record, { status: "wrong", note: record.check.error });
      rmSync(file);
      record.ask = (request) => child.ask({ ...request, id });
    }
  }
  // The first turn is a warm-up. A slow row takes fewer turns; samples of one turn stay together.
  const spent = new Map(records.map((r) => [r, 0]));
  const takesPart = (record, turn) => {
    if (record.status !== "ok") return false;
    if (turn === 0) return record.firstMs < pace.budgetMs / 4;
    return turn === 1 || spent.get(record) < pace.budgetMs;
  };
  for (let turn = 0; turn <= pace.repeats; turn++) {
    for (const record of records.filter((r) => takesPart(r, turn))) {
      await sleep(pace.settleMs);
      let reply;
      // The first runs are slow and underestimate how many runs fill the time.
      for (let ms = 0; ms < (turn === 0 ? WARM_UP_MS : 1) && !reply?.error; ms += reply.ms * (reply.runs ?? 1)) {
        reply = await record.ask({ do: "time", ms: pace.sampleMs });
      }
      if (reply.error) Object.assign(record, { status: "failed", note: lastLine(reply.error) });
      else if (turn > 0) record.samples.push(reply.ms);
      spent.set(record, spent.get(record) + reply.ms * (reply.runs ?? 1));
      record.peakRssMiB = reply.peakRssMiB;
    }
  }
  for (const { ask } of records) await ask?.({ do: "release" });
  return records.map(({ ask, firstMs, ...record }) => record);
}

/** A slow side states how many images it uses; rates stay comparable, times are scaled. */
function reduced({ images }, job) {
  if (!images || job.op === "matmul" || job.N === undefined || job.N <= images) return {};
  const share = images / job.N;
  return { N: images, ...(job.flops && { flops: job.flops * share }), ...(job.bytes && { bytes: job.bytes * share }) };
}

const lastLine = (text) => {
  const lines = text
    .trim()
    .split("\n")
    .map((l) => l.trim())
    .filter(Boolean);
  return lines.find((l) => /Error|error|cannot|Cannot/.test(l)) ?? lines.at(-1) ?? "";
};
