// Runs the test files, two processes at a time and the longest first: failures and one summary line are all that it prints.
//   node build/test/runner.js [--all] [--times] [--newest <node>] [part of a path ...]
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, stripVTControlCharacters } from "node:util";

const TESTS = fileURLToPath(new URL(".", import.meta.url));
const UVU = fileURLToPath(new URL("../../node_modules/uvu/bin.js", import.meta.url));
const LANES = 2;
/** A file that takes longer hangs. */
const MOST_MILLISECONDS = 10 * 60_000;

/** Files that need schedulers, browsers, other runtimes, bundlers or peers, that attack, or whose runs of whole commands take half a minute. --all runs them too. */
const WITH_ALL =
  /^(bench|examples|package|web)\/|^(attack\/attack|commands\/(adapt|continue|export|hidden|interrupt|npz|review|shards|strong|weights)|docs\/examples|formats\/fuzz|node\/(lock|threads)|run\/training\/spare|report\/browser|sweep\/(engines|sweep))\.|\.all\.test\.js$/;
/** Mutated files per test with --all; the tests' own defaults are smaller. */
const MUTATIONS = { PULMO_MODEL_MUTATIONS: "1500", PULMO_DICOM_MUTATIONS: "600", PULMO_DICOM_FILES: "500" };
/** Files whose assertions another process could disturb: they run at the end, one after another. */
const ALONE = /^attack\/attack/;
/** Files that mostly wait, for a scheduler or for time limits: they have a lane of their own. */
const WAITING = /^(sweep\/engines|node\/(lock|threads))\./;
/** The kernels and what runs on them: which vector instructions V8 makes depends on its release. */
const KERNELS =
  /^(assembly|core)\/|^node\/(?!lock|download)|^train\/(?!checkpoint|pretrained)|^image\/(?!dicom-(cut|differences|tools)|pillow)/;
/** The longest files begin first, so that none is left alone in its lane at the end. */
const LONGEST_FIRST = [
  ...[
    "commands/export",
    "commands/interrupt.all",
    "examples/runtimes",
    "sweep/engines",
    "package/package",
    "web/page",
    "web/train",
    "formats/fuzz",
    "train/pytorch",
  ],
  ...["commands/strong", "commands/weights", "core/infer", "core/layers", "sweep/sweep", "commands/interrupt"],
  ...["commands/run", "commands/predict", "commands/labels", "commands/data", "commands/classes", "data/cache"],
].map((name) => `${name}.test.js`);

interface Job {
  file: string;
  node: string;
}

interface Result extends Job {
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
  output: string;
}

const titleOf = (job: Job) => (job.node === process.execPath ? job.file : `${job.file} (${job.node})`);

function testFiles(): string[] {
  const all = readdirSync(TESTS, { recursive: true, encoding: "utf8" }).map((name) => name.split(sep).join("/"));
  const rank = (name: string) => (LONGEST_FIRST.indexOf(name) + LONGEST_FIRST.length + 1) % (LONGEST_FIRST.length + 1);
  return all.filter((name) => name.endsWith(".test.js")).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** uvu's own summary tells the counts; a file that ends without one, or with a wrong exit code, has failed. */
function counted(output: string, code: number | null): Pick<Result, "passed" | "failed" | "skipped"> {
  const said = (what: string) => Number(new RegExp(`^  ${what}: +(\\d+)$`, "m").exec(output)?.[1] ?? 0);
  const passed = said("Passed");
  const failed = said("Total") - passed;
  return { passed, failed: code === 0 && passed + said("Skipped") > 0 ? failed : Math.max(1, failed), skipped: said("Skipped") };
}

function run(job: Job): Promise<Result> {
  const begun = performance.now();
  const exactly = `^${job.file.replaceAll(".", "\\.")}$`;
  const env = values.all ? { ...MUTATIONS, ...process.env } : process.env;
  const child = spawn(job.node, [UVU, TESTS, exactly], { stdio: ["ignore", "pipe", "pipe"], timeout: MOST_MILLISECONDS, env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code, signal) => {
      output = stripVTControlCharacters(output);
      if (signal) output += `\nended by ${signal}\n`;
      resolve({ ...job, ...counted(output, code), seconds: (performance.now() - begun) / 1000, output });
    });
  });
}

async function runAll(jobs: Job[], lanes: number, onResult: (result: Result) => void): Promise<void> {
  const queue = jobs.values();
  const drain = async () => {
    for (const job of queue) onResult(await run(job));
  };
  await Promise.all(Array.from({ length: lanes }, drain));
}

/** How often each reason for skipping was given. */
function reasons(results: Result[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { output } of results) {
    for (const [, reason] of output.matchAll(/^skipped: .*?: (.+)$/gm)) found.set(reason, (found.get(reason) ?? 0) + 1);
  }
  return found;
}

const { values, positionals } = parseArgs({
  options: { all: { type: "boolean" }, times: { type: "boolean" }, newest: { type: "string" } },
  allowPositionals: true,
});
const wanted = (file: string) =>
  positionals.length > 0 ? positionals.some((part) => file.includes(part)) : values.all || !WITH_ALL.test(file);
const files = testFiles().filter(wanted);
const jobs = files.map((file): Job => ({ file, node: process.execPath }));
if (values.newest) jobs.push(...files.filter((file) => KERNELS.test(file)).map((file) => ({ file, node: values.newest! })));

const begun = performance.now();
const results: Result[] = [];
const note = (result: Result) => {
  results.push(result);
  if (process.stdout.isTTY) process.stdout.write(`\r${results.length} of ${jobs.length} files\x1b[K`);
};
const isWaiting = ({ file }: Job) => WAITING.test(file);
const side = jobs.filter(({ file }) => !ALONE.test(file));
await Promise.all([
  runAll(side.filter(isWaiting), 1, note),
  runAll(
    side.filter((job) => !isWaiting(job)),
    LANES,
    note,
  ),
]);
await runAll(
  jobs.filter(({ file }) => ALONE.test(file)),
  1,
  note,
);
if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");

const sum = (of: (result: Result) => number) => results.reduce((total, result) => total + of(result), 0);
if (values.times) {
  const slowestFirst = [...results].sort((a, b) => b.seconds - a.seconds);
  for (const result of slowestFirst) console.log(`${result.seconds.toFixed(1).padStart(7)} s  ${titleOf(result)}`);
}
for (const [reason, times] of reasons(results)) console.log(`${times} skipped: ${reason}`);
for (const result of results.filter(({ failed }) => failed > 0)) {
  console.log(`\nFailed in ${titleOf(result)}:\n${result.output.split("\n").slice(-150).join("\n")}`);
}
console.log(`${jobs.length} files in ${Math.round((performance.now() - begun) / 1000)} s`);
const [passed, failed, skipped] = [sum((r) => r.passed), sum((r) => r.failed), sum((r) => r.skipped)];
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
