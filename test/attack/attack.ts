// Lies told to the program, by the thousand, from a seed: each must end with a result or with a sentence. Those that reach new
// blocks of the program are kept, and are changed further.
import { createRng, type Rng } from "#pulmo/core/rng.js";
import { MOST_MILLISECONDS, timed } from "../quick.js";
import type { Area, OpenArea } from "./areas/area.js";
import { type Coverage, openCoverage } from "./coverage.js";
import { MOST_MEBIBYTES, measureMemory } from "./memory.js";
import { mutated, mutatedBy, tokensOf, wordsOf } from "./mutate.js";

export interface Outcome {
  area: string;
  tried: number;
  held: number;
  /** What did not hold, a line each. */
  failed: string[];
  /** Milliseconds of the longest case. */
  slowest: number;
}

export interface AttackOptions {
  seed: number;
  /** How many files; and for how much of the processor's time at most. */
  count: number;
  milliseconds?: number;
  /** The same changes, but files that reach something new are not kept. */
  blind?: boolean;
  /** Receives each file that does not hold. */
  onFault?(bytes: Uint8Array, fault: string): void;
}

/** Names in quotes may be any. */
const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/** A sentence: an Error that somebody has worded, on one line. */
const isSentence = ({ name, message }: Error): boolean =>
  ["InputError", "FormatError", "Error"].includes(name) && !/\n|undefined|NaN/.test(message.replace(QUOTED, '""'));

/** What the machine's other work may delay a reader by, in milliseconds. */
const PATIENCE = 60_000;

export interface Reading {
  /** What did not hold; undefined: the file gave a result or a sentence in time. */
  fault?: string;
  milliseconds: number;
  mebibytes: number;
}

/** Reads a file once. The processor's time counts, unless threads take more of it than passes by: other work does not slow it down. */
export async function readingOf(read: OpenArea["read"], bytes: Uint8Array): Promise<Reading> {
  const grown = measureMemory();
  const before = process.cpuUsage();
  const { outcome, milliseconds: passed } = await timed(() => read(bytes), Infinity);
  const { user, system } = process.cpuUsage(before);
  const mebibytes = grown();
  const milliseconds = Math.min(passed, (user + system) / 1000);
  let fault: string | undefined;
  if (outcome instanceof Error && !isSentence(outcome))
    fault = outcome.stack?.split("\n").slice(0, 3).join(" ") ?? String(outcome);
  if (milliseconds > MOST_MILLISECONDS) fault ??= `took ${Math.round(milliseconds)} ms`;
  if (passed > PATIENCE) fault ??= `ended after ${Math.round(passed)} ms`;
  if (mebibytes > MOST_MEBIBYTES) fault ??= `took ${mebibytes} MiB of memory`;
  return { milliseconds, mebibytes, ...(fault !== undefined && { fault }) };
}

export async function attack({ name, open }: Area, options: AttackOptions): Promise<Outcome & { coverage: Coverage }> {
  const { seed, count, milliseconds: most = Infinity, blind = false, onFault } = options;
  const area = await open();
  // Modules that are loaded with the first file do not count.
  for (const bytes of area.corpus) await area.read(bytes);
  const coverage = openCoverage();
  const outcome: Outcome = { area: name, tried: 0, held: 0, failed: [], slowest: 0 };
  const tryOne = async (bytes: Uint8Array): Promise<void> => {
    const { fault, milliseconds } = await readingOf(area.read, bytes);
    outcome.tried++;
    outcome.slowest = Math.max(outcome.slowest, milliseconds);
    if (fault === undefined) outcome.held++;
    else {
      outcome.failed.push(`${name}, case ${outcome.tried} of seed ${seed}: ${fault}`);
      onFault?.(bytes, fault);
    }
  };
  const corpus: Kept[] = [];
  for (const bytes of area.corpus) {
    await area.read(bytes);
    coverage.add(coverage.take());
    corpus.push({ bytes, tries: 0 });
  }
  const next = changing(corpus, coverage, area.repair, createRng(seed));
  const used = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const end = used() + most;
  for (let size = 1; outcome.tried < count && used() < end; ) {
    const batch: Uint8Array[] = [];
    while (batch.length < size && outcome.tried < count && used() < end) {
      const bytes = next();
      batch.push(bytes);
      await tryOne(bytes);
    }
    if (blind && outcome.tried < count && used() < end) continue;
    const sample = coverage.take();
    const news = coverage.isNew(sample);
    // Which of them was it? Most batches of a long attack reach nothing new.
    for (const bytes of news && !blind ? batch : []) {
      if (batch.length > 1) await timed(() => area.read(bytes), Infinity);
      if (coverage.add(batch.length > 1 ? coverage.take() : sample)) corpus.push({ bytes, tries: 0 });
    }
    coverage.add(sample);
    size = news ? Math.max(1, size >> 1) : Math.min(MOST_BATCH, size * 2);
  }
  return { ...outcome, coverage };
}

/** Taking the coverage costs as much as several files. */
const MOST_BATCH = 64;

interface Kept {
  bytes: Uint8Array;
  /** How often it was changed. */
  tries: number;
}

/** Changes those most that were changed least. */
function changing(corpus: readonly Kept[], coverage: Coverage, repair: OpenArea["repair"], rng: Rng): () => Uint8Array {
  const given = corpus.length;
  const own = wordsOf(corpus.map(({ bytes }) => bytes));
  const tokens = [...tokensOf(coverage.files()), ...own];
  return () => {
    // Half of the time one of the given files: a long chain of changes is rarely read far.
    const among = rng.below(2) ? given : corpus.length;
    const [one, other] = [corpus[rng.below(among)], corpus[rng.below(among)]];
    const chosen = other.tries < one.tries ? other : one;
    chosen.tries++;
    const files = { corpus: corpus.map(({ bytes }) => bytes), tokens };
    const bytes = rng.below(4) === 0 ? mutated(chosen.bytes, rng) : mutatedBy(chosen.bytes, files, rng);
    return repair && rng.below(4) > 0 ? repair(bytes) : bytes;
  };
}
