import { InputError } from "../core/errors.js";
import { cacheFacts, pruneFacts } from "../run/datasets/caches.js";
import { DATA_SOURCES } from "../run/datasets/data-sources.js";
import { type DatasetOptions, openDataset } from "../run/datasets/dataset.js";
import { fetchData } from "../run/datasets/fetch-data.js";
import { fetchedData } from "../run/datasets/fetched-data.js";
import { advise } from "../run/interrupt.js";
import { PROGRAM } from "../run/program.js";
import { createTerminal } from "../run/terminal.js";

type DataArguments = DatasetOptions & { json: boolean };

/** `data fetch`: the published dataset, into the user's cache. */
export async function dataFetch({ source: name, quiet }: { source: string; quiet: boolean }): Promise<void> {
  const source = DATA_SOURCES.find((s) => s.name === name);
  if (!source) {
    throw new InputError(`${JSON.stringify(name)} is no source: use ${DATA_SOURCES.map((s) => s.name).join(" or ")}.`);
  }
  const terminal = createTerminal(quiet);
  advise(() => `Continue with: ${PROGRAM} data fetch ${name}`);
  const path = await fetchData(source, terminal);
  terminal.say(source.images ? `Commands without --data use it from now on.` : `Use it as --data ${path}`);
}

/** `data check`: decodes every image (into the cache) and says what the dataset holds. */
export async function dataCheck(options: DataArguments): Promise<void> {
  const { facts, pixels } = await openDataset(named(options), createTerminal(false));
  await pixels.close();
  if (options.json) process.stdout.write(`${JSON.stringify(facts)}\n`);
  else
    process.stdout.write(
      `${facts.unreadable.length} unreadable, ${facts.notes.length} notes; SHA-256 of the file list ${facts.manifestSha256}\n`,
    );
}

/** `data prepare`: fills the pixel cache, so that a later run starts at once. */
export async function dataPrepare(options: DataArguments): Promise<void> {
  const { pixels, facts } = await openDataset(named(options), createTerminal(false));
  await pixels.close();
  if (options.json) process.stdout.write(`${JSON.stringify({ path: pixels.path, hit: pixels.hit, counts: facts.counts })}\n`);
  else process.stdout.write(`${pixels.hit ? "Already there" : "Written"}: ${pixels.path}\n`);
}

/** There is nothing to check in the sample that a run would take. */
function named<T extends DatasetOptions>(options: T): T {
  const data = options.data ?? fetchedData();
  if (data === undefined) throw new InputError(`--data is missing: name a dataset, or get one with ${PROGRAM} data fetch.`);
  return { ...options, data };
}

interface CacheArguments {
  prune: boolean;
  days: number | undefined;
  "max-size": number | undefined;
  json: boolean;
}

/** `data cache`: which pixel caches there are, or which were removed. */
export async function dataCache({ prune, days, "max-size": maxSize, json }: CacheArguments): Promise<void> {
  if (!prune && (days ?? maxSize) !== undefined) {
    throw new InputError(`--${days === undefined ? "max-size" : "days"} is for --prune: add it.`);
  }
  const { caches, text } = prune ? await pruneFacts(days, maxSize) : await cacheFacts();
  process.stdout.write(json ? `${JSON.stringify(prune ? { removed: caches } : { caches })}\n` : text);
}
