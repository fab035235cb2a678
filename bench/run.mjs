// npm run bench -- [--quick] [--threads N] [--only PATTERN] [--python PATH] [--out DIR]
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

const OPTIONS = {
  quick: { type: "boolean", default: false },
  threads: { type: "string", default: String(physicalCores()) },
  only: { type: "string", default: "" },
  python: { type: "string", multiple: true, default: ["/usr/bin/python3"] },
  out: { type: "string", default: "runs/bench" },
  help: { type: "boolean", short: "h", default: false },
};
const HELP = `npm run bench -- [options]

  --quick         fewer shapes, smaller batches and fewer turns
  --threads N     threads of every side (default: ${OPTIONS.threads.default}, the physical cores)
  --only PATTERN  only cases whose name matches, for example matmul, "layer1.*forward", "resnet18 training"
  --python PATH   a Python with torch; several: each is a side (default: /usr/bin/python3)
  --out DIR       folder for bench.json, bench.txt and bench.svg (default: runs/bench)
`;

/** Ends with a sentence and exit code 2. */
function refuse(sentence) {
  process.stderr.write(`bench: ${sentence}\n`);
  process.exit(2);
}

const options = readOptions();
function readOptions() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return refuse(`${error.message.split(". ")[0]}. See --help.`);
  }
}
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const threads = Number(options.threads);
if (!Number.isInteger(threads) || threads < 1) refuse(`--threads is ${options.threads}: give a whole number from 1.`);
const { quick } = options;
const kernelPace = quick
  ? { repeats: 3, sampleMs: 30, budgetMs: 500, settleMs: 30 }
  : { repeats: 7, sampleMs: 120, budgetMs: 3000, settleMs: 250 };
const stepPace = quick
  ? { repeats: 3, sampleMs: 100, budgetMs: 800, settleMs: 100 }
  : { repeats: 7, sampleMs: 1000, budgetMs: 30_000, settleMs: 250 };
const all = [...stepCases(quick), ...matmulCases(quick), ...convCases(quick), ...batchNormCases(quick), ...adamCases()];
const pattern = readPattern();
function readPattern() {
  try {
    return new RegExp(options.only, "i");
  } catch {
    return refuse(`--only is ${options.only}: give a regular expression, for example matmul.`);
  }
}
const cases = all.filter(({ name }) => pattern.test(name));
if (cases.length === 0) {
  const names = all.map(({ name }) => name).join("\n  ");
  refuse(`--only ${options.only} matches no case${quick ? " of --quick" : ""}. The cases are:\n  ${names}`);
}
const sides = sidesFor(threads, quick, options.python);

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
