// npm run bench -- [--quick] [--threads N] [--only PATTERN] [--out DIR]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { physicalCores } from "../dist/node/cores.js";
import { adamCases, batchNormCases, convCases, matmulCases } from "./cases/kernels.mjs";
import { stepCases } from "./cases/steps.mjs";
import { drawChart } from "./chart.mjs";
import { createProcesses, measure } from "./measure.mjs";
import { rowsOf, sidesFor } from "./sides.mjs";
import { summarize } from "./summary.mjs";
import { tableOf } from "./table.mjs";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    threads: { type: "string", default: String(physicalCores()) },
    only: { type: "string", default: "" },
    out: { type: "string", default: "runs/bench" },
  },
});

const threads = Number(options.threads);
if (!Number.isInteger(threads) || threads < 1) throw new Error(`--threads ${options.threads}: use a number from 1 on`);
const { quick } = options;
const kernelPace = quick
  ? { repeats: 3, sampleMs: 30, budgetMs: 500, settleMs: 30 }
  : { repeats: 7, sampleMs: 120, budgetMs: 3000, settleMs: 250 };
const stepPace = quick
  ? { repeats: 3, sampleMs: 100, budgetMs: 800, settleMs: 100 }
  : { repeats: 7, sampleMs: 1000, budgetMs: 30_000, settleMs: 250 };
const pattern = new RegExp(options.only, "i");
const cases = [...stepCases(quick), ...matmulCases(quick), ...convCases(quick), ...batchNormCases(quick), ...adamCases()].filter(
  ({ name }) => pattern.test(name),
);
const sides = sidesFor(threads, quick);

const folder = mkdtempSync(join(tmpdir(), "pulmo-bench-"));
const results = [];
let group;
let processes;
try {
  for (const [i, one] of cases.entries()) {
    if (!processes || (one.group !== group && !quick)) {
      processes?.end();
      processes = createProcesses();
    }
    group = one.group;
    process.stderr.write(`[${i + 1}/${cases.length}, ${Math.round(performance.now() / 1000)} s] ${one.name}\n`);
    const rows = rowsOf(sides, one);
    const records = await measure(rows, processes, one.job.op === "step" ? stepPace : kernelPace, folder);
    results.push(summarize(one, records));
    process.stdout.write(`${tableOf(results.at(-1))}\n`);
  }
} finally {
  processes?.end();
  rmSync(folder, { recursive: true });
}

const report = {
  schema: 1,
  quick,
  threads,
  date: new Date().toISOString(),
  machine: {
    cpu: cpus()[0]?.model,
    logicalCores: cpus().length,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  },
  cases: results,
};
// npm runs this in bench/; paths are relative to the user's folder.
const out = resolve(process.env.INIT_CWD ?? "", options.out);
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "bench.json"), `${JSON.stringify(report, null, 1)}\n`);
writeFileSync(join(out, "bench.txt"), results.map(tableOf).join("\n"));
writeFileSync(join(out, "bench.svg"), await drawChart(report));
process.stderr.write(`${out}: bench.json, bench.txt, bench.svg\n`);
// Ending processes may still hold their pipes.
process.exit(0);
