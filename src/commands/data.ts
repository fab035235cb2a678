import { InputError } from "../core/errors.js";
import { flag, wholeNumber } from "../settings/kinds.js";
import { DATA, pick, SETTINGS } from "../settings/table.js";
import { type Cli, callerOf, defaultThreads } from "./context.js";
import { defineCommand, defineGroup } from "./define.js";
import { type Arguments, option } from "./rows.js";

/** The published dataset, into the user's cache. */
const fetch = defineCommand({
  command: "fetch [source]",
  describe: "Download the chest X-ray dataset; all commands then use it",
  positionals: {
    source: {
      describe: "mendeley (1.24 GB), kaggle (2.46 GB), medmnist (0.21 GB, one file) (default: mendeley)",
      optional: true,
    },
  },
  options: pick(SETTINGS, "quiet"),
  examples: ["data fetch"],
  notes: ["Ctrl-C stops the download; the same command continues it."],
  async run({ quiet }, cli, { source: name = "mendeley" }) {
    const { DATA_SOURCES } = await import("../lib/tools/datasets.js");
    const source = DATA_SOURCES.find((s) => s.name === name);
    if (!source)
      throw new InputError(`Unknown source ${JSON.stringify(name)}; available: ${DATA_SOURCES.map((s) => s.name).join(", ")}.`);
    const { fetchData } = await import("../lib/tools/datasets.js");
    const caller = callerOf(cli, quiet);
    cli.advise(() => `Continue with: ${cli.program} data fetch ${name}`);
    const path = await fetchData(source, caller);
    caller.info(source.images ? "Commands without --data use it from now on." : `Use it with --data ${path}`);
  },
});

const DATASET = {
  ...DATA,
  data: { ...DATA.data, help: DATA.data.help.replace(/ \(default: .*\)/, " (default: the one of data fetch)") },
  ...pick(SETTINGS, "threads", "json"),
};

/** Decodes every image, into the cache. A sample has nothing to check, so a dataset is needed. */
async function openGiven(
  { threads = defaultThreads(), strict = false, anyBodyPart = false, ...given }: Arguments<typeof DATASET>,
  cli: Cli,
) {
  const { fetchedData, openDataset } = await import("../lib/tools/datasets.js");
  const { data = fetchedData(), classes, limit } = given;
  if (data === undefined)
    throw new InputError(
      `Missing --data: a dataset, for example chest_xray; ${cli.program} data fetch downloads the published one.`,
    );
  const dataset = await openDataset(data, {
    ...{ classes, limit, threads, strict, anyBodyPart },
    ...{ reporter: callerOf(cli), signal: cli.signal },
  });
  await dataset.close();
  return dataset;
}

const check = defineCommand({
  command: "check",
  describe: "Count the images and report problems",
  options: DATASET,
  async run(given, cli) {
    const { facts, classes } = await openGiven(given, cli);
    const { lackingFor, problemLines } = await import("../lib/tools/datasets.js");
    const lacking = lackingFor(facts.counts, classes);
    if (given.json) return void cli.stdout.write(`${JSON.stringify({ ...facts, lacking })}\n`);
    const { unreadable, notes, manifestSha256 } = facts;
    for (const sentence of [...lacking, ...problemLines(facts, classes)]) cli.stdout.write(`${sentence}\n`);
    cli.stdout.write(`${unreadable.length} unreadable, ${notes.length} notes; SHA-256 of names and files ${manifestSha256}\n`);
  },
});

const prepare = defineCommand({
  command: "prepare",
  describe: "Decode the images into the pixel cache for later runs",
  options: DATASET,
  async run(given, cli) {
    const { cache, facts } = await openGiven(given, cli);
    const { path, hit } = cache;
    cli.stdout.write(
      given.json ? `${JSON.stringify({ path, hit, counts: facts.counts })}\n` : `${hit ? "Already there" : "Written"}: ${path}\n`,
    );
  },
});

const cache = defineCommand({
  command: "cache",
  describe: "List the pixel caches or remove old ones",
  options: {
    prune: option(flag, "Remove caches, by --days or --max-size (default: by 30 days)"),
    days: option(wholeNumber(0, 36_500), "With --prune: remove caches unused for N days"),
    maxSize: option(wholeNumber(0, 1_000_000), "With --prune: remove the least recently used until N GiB are left"),
    ...pick(SETTINGS, "json"),
  },
  async run({ prune, days, maxSize, json }, { stdout }) {
    if (!prune && (days ?? maxSize) !== undefined)
      throw new InputError(`--${days === undefined ? "max-size" : "days"} needs --prune: add it.`);
    const { cacheFacts, pruneFacts } = await import("../lib/tools/datasets.js");
    const { caches, text } = prune ? await pruneFacts(days, maxSize) : await cacheFacts();
    stdout.write(json ? `${JSON.stringify(prune ? { removed: caches } : { caches })}\n` : text);
  },
});

export const data = defineGroup("data", "Fetch, check or decode a dataset", [fetch, check, prepare, cache]);
