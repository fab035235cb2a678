// Which blocks of the program's JavaScript have run, by V8's own coverage (the same as NODE_V8_COVERAGE's). It does not see into
// WebAssembly (the JPEG codecs' and the inference core's), nor into sharp.
import { readFileSync } from "node:fs";
import { Session } from "node:inspector";
import { fileURLToPath } from "node:url";

interface Range {
  startOffset: number;
  endOffset: number;
  count: number;
}
interface Script {
  url: string;
  functions: { ranges: Range[] }[];
}

/** The characters of a script that have run, and where its blocks begin as far as known. */
export interface Reached {
  covered: Uint8Array;
  begins: Uint8Array;
}

/** What has run since the sample before it. */
export type Sample = Script[];

export interface Coverage {
  /** Takes about 3 ms. */
  take(): Sample;
  /** True if a block ran for the first time. */
  isNew(sample: Sample): boolean;
  /** isNew, and the blocks count as reached from now on. */
  add(sample: Sample): boolean;
  /** Blocks that have run. */
  blocks(): number;
  /** The files that have run. */
  files(): string[];
  reached: ReadonlyMap<string, Reached>;
}

/** The program and the libraries that parse for it. */
const isOurs = (url: string) => url.startsWith("file:") && !url.includes("/build/test/") && !url.includes("/uvu/");

let session: Session | undefined;

function post<T>(method: string, parameters?: object): T {
  let found: T | undefined;
  // A session of the own process answers at once.
  session?.post(method, parameters, (error, result) => {
    if (error) throw error;
    found = result as T;
  });
  return found as T;
}

/** Binary counts leave the optimizing compiler on; each take begins anew. */
function start(): void {
  if (session) return;
  session = new Session();
  session.connect();
  post("Profiler.enable");
  post("Profiler.startPreciseCoverage", { callCount: false, detailed: true });
}

export function openCoverage(): Coverage {
  start();
  post("Profiler.takePreciseCoverage");
  const reached = new Map<string, Reached>();
  return {
    reached,
    take: () => post<{ result: Script[] }>("Profiler.takePreciseCoverage").result.filter(({ url }) => isOurs(url)),
    isNew: (sample) => sample.some((script) => reach(reached, script, false)),
    // Every script is added, without a stop at the first news.
    add: (sample) => sample.filter((script) => reach(reached, script, true)).length > 0,
    blocks: () => countBlocks(reached),
    files: () => [...reached.keys()].map(pathOf),
  };
}

function reach(reached: Map<string, Reached>, { url, functions }: Script, keep: boolean): boolean {
  let found = reached.get(url);
  if (!found) {
    if (!keep) return true;
    const { length } = readFileSync(pathOf(url), "utf8");
    reached.set(url, (found = { covered: new Uint8Array(length + 1), begins: new Uint8Array(length + 1) }));
  }
  const { covered, begins } = found;
  let news = false;
  for (const { ranges } of functions) {
    for (const [from, to] of runsOf(ranges)) {
      news ||= covered.subarray(from, to).includes(0);
      if (keep) covered.fill(1, from, to);
    }
    if (keep) for (const { startOffset, endOffset } of ranges) begins[startOffset] = begins[endOffset] = 1;
  }
  return news;
}

/** Without the number of the call that commands/cli.ts appends. */
const pathOf = (url: string): string => fileURLToPath(url.replace(/\?.*/, ""));

/** The pieces of a function that have run. An inner range tells of its own characters, whatever the outer one says; inner ones come later. */
function runsOf(ranges: Range[]): [from: number, to: number][] {
  const cuts = [...new Set(ranges.flatMap(({ startOffset, endOffset }) => [startOffset, endOffset]))].sort((a, b) => a - b);
  const counts = cuts.map((cut) => ranges.findLast(({ startOffset, endOffset }) => startOffset <= cut && cut < endOffset)?.count);
  return cuts.flatMap((cut, i) => (counts[i] ? [[cut, cuts[i + 1]]] : []));
}

/** Blocks that have run; `other` may know further places where blocks begin. */
export const countBlocks = (reached: ReadonlyMap<string, Reached>, other?: ReadonlyMap<string, Reached>): number =>
  [...reached].reduce((sum, [url, one]) => sum + blocksOf(one, other?.get(url)), 0);

type Written = Record<string, Record<keyof Reached, string>>;

export const writeReached = (reached: ReadonlyMap<string, Reached>): Written =>
  Object.fromEntries(
    [...reached].map(([url, { covered, begins }]) => [
      url,
      { covered: Buffer.from(covered).toString("base64"), begins: Buffer.from(begins).toString("base64") },
    ]),
  );

export const reachedFrom = (written: Written): Map<string, Reached> =>
  new Map(
    Object.entries(written).map(([url, { covered, begins }]) => [
      url,
      { covered: Buffer.from(covered, "base64"), begins: Buffer.from(begins, "base64") },
    ]),
  );

function blocksOf({ covered, begins }: Reached, known?: Reached): number {
  let blocks = 0;
  let counted = false;
  for (let at = 0; at < covered.length; at++) {
    if (begins[at] || known?.begins[at]) counted = false;
    if (covered[at] && !counted) {
      blocks++;
      counted = true;
    }
  }
  return blocks;
}
