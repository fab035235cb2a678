// Scoring in parts. `predict --shard i/n --csv` writes every n-th image and a JSON file with facts about the shard; `gather`
// merges the shards.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { stringify } from "csv-stringify/sync";
import * as v from "valibot";
import { fromCell } from "../../core/csv-cells.js";
import { InputError } from "../../core/errors.js";
import { createFileAtomic, hashOfFile, refuseUnreadable, writeFileAtomic } from "../../node/files.js";
import { readChecked } from "../../node/read-checked.js";
import { type ScoringFacts, scoringDifference, scoringFactsSchema } from "./scoring-facts.js";

export interface Shard {
  /** Starts at 0. */
  index: number;
  of: number;
}

const factsSchema = v.pipe(
  v.object({
    schema: v.literal(2),
    index: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    of: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
    /** Number of images in all shards together, and the hash of their names. */
    images: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    listSha256: v.string(),
    /** Hash of the sizes and modification times of the files in the list, and of the content of a few. */
    statsSha256: v.string(),
    /** null: the shard has no images. */
    scoring: v.nullable(scoringFactsSchema),
    /** Hash of the CSV file. */
    sha256: v.string(),
  }),
  v.check(({ index, of }) => index < of),
);
export type ShardFacts = v.InferOutput<typeof factsSchema>;

export const factsPath = (csv: string): string => `${csv}.shard.json`;

/** Call this when the CSV file is complete. `sha256`: of the bytes that this process wrote. */
export async function writeShardFacts(
  csv: string,
  { index, of }: Shard,
  facts: Pick<ShardFacts, "images" | "listSha256" | "statsSha256" | "scoring" | "sha256">,
): Promise<void> {
  const all: ShardFacts = { schema: 2, index, of, ...facts };
  await writeFileAtomic(factsPath(csv), `${JSON.stringify(all, null, 1)}\n`);
}

async function readFacts(csv: string): Promise<ShardFacts> {
  const facts = await readChecked(factsPath(csv), {
    schema: factsSchema,
    most: 2 ** 16,
    unreadable: "predict --shard writes it beside the CSV file",
    invalid: "score this shard again",
  });
  const sha256 = await hashOfFile(csv).catch(refuseUnreadable(csv, "check the path"));
  if (sha256 !== facts.sha256) throw changedShard(csv);
  return facts;
}

const changedShard = (csv: string): InputError =>
  new InputError(`${csv} was changed after predict --shard wrote it: score this shard again.`);

interface InOrder {
  csvs: string[];
  /** Of the CSV files. */
  hashes: string[];
  images: number;
  listSha256: string;
  scoring: ScoringFacts | undefined;
}

/** Sorts the shards. Throws an InputError unless they are all shards of one list, each given once, and were scored alike. */
async function inOrder(csvs: string[]): Promise<InOrder> {
  const shards = await Promise.all(csvs.map(async (csv) => ({ csv, ...(await readFacts(csv)) })));
  const [first] = shards;
  const other = shards.find(({ of, listSha256 }) => of !== first.of || listSha256 !== first.listSha256);
  if (other) throw new InputError(`${other.csv} and ${first.csv} are shards of different lists: gather the shards of one list.`);
  const replaced = shards.find(({ statsSha256 }) => statsSha256 !== first.statsSha256);
  if (replaced) {
    throw new InputError(
      `The images have other sizes, modification times or contents in ${replaced.csv} than in ${first.csv}: score all shards again, with the same files, or with copies that keep the times (cp -p, rsync -t).`,
    );
  }
  const [scored, ...others] = shards.flatMap(({ csv, scoring }) => (scoring ? [{ csv, scoring }] : []));
  for (const { csv, scoring } of others) {
    const difference = scoringDifference(scored.scoring, scoring);
    if (difference !== undefined) throw new InputError(`${scored.csv} and ${csv} were scored with ${difference}.`);
  }
  const sorted = shards.sort((a, b) => a.index - b.index);
  const twice = sorted.find(({ index }, i) => i > 0 && index === sorted[i - 1].index);
  if (twice)
    throw new InputError(`Shard ${twice.index + 1}/${twice.of} is given twice, the second time as ${twice.csv}: remove one.`);
  const there = new Set(sorted.map(({ index }) => index));
  const missing = first.of - there.size;
  if (missing > 0) {
    const named: string[] = [];
    for (let i = 0; named.length < Math.min(missing, 10); i++) if (!there.has(i)) named.push(`${i + 1}/${first.of}`);
    throw new InputError(`${missing} of ${first.of} shards are missing: ${named.join(", ")}${missing > 10 ? ", ..." : ""}.`);
  }
  return {
    csvs: sorted.map(({ csv }) => csv),
    hashes: sorted.map(({ sha256 }) => sha256),
    images: first.images,
    listSha256: first.listSha256,
    scoring: scored?.scoring,
  };
}

/** What all shards have in common. */
export interface GatheredShards {
  images: number;
  /** Undefined without images. */
  scoring: ScoringFacts | undefined;
}

/** Receives what is gathered. Each may throw an InputError; nothing is then written. */
interface RowReader {
  /** Called once, first. */
  onFacts?(found: GatheredShards): Promise<void>;
  onRow?(row: string[]): void;
  /** Called after the last row. */
  check?(): void;
}

/** Errors are InputErrors that name the file. Throws one after the last row if the bytes do not have this hash. */
async function* rowsOf(csv: string, sha256: string): AsyncGenerator<string[]> {
  const rows = parse({ max_record_size: 2 ** 20 });
  const hash = createHash("sha256");
  async function* hashed(bytes: AsyncIterable<Buffer>) {
    for await (const piece of bytes) {
      hash.update(piece);
      yield piece;
    }
  }
  // Hands an error of any stream to the loop below.
  pipeline(createReadStream(csv), hashed, rows, () => {});
  try {
    yield* rows;
    if (hash.digest("hex") !== sha256) throw changedShard(csv);
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (error instanceof CsvError) throw new InputError(`${csv}, line ${error.lines}, is damaged: score this shard again.`);
    refuseUnreadable(csv, "score this shard again")(error as NodeJS.ErrnoException);
  }
}

/** Writes the same file as one `predict` of all images. */
export async function gatherShards(
  given: string[],
  out: string,
  { onFacts, onRow, check }: RowReader = {},
): Promise<GatheredShards> {
  const { csvs, hashes, images, listSha256, scoring } = await inOrder(given);
  await onFacts?.({ images, scoring });
  const readers = csvs.map((csv, i) => rowsOf(csv, hashes[i]));
  const next = async (i: number): Promise<string[]> => {
    const { done, value } = await readers[i].next();
    if (done) throw new InputError(`${csvs[i]} is incomplete: score this shard again.`);
    return value;
  };
  const file = await createFileAtomic(out);
  try {
    const headers = await Promise.all(readers.map((_, i) => next(i)));
    const odd = headers.findIndex((header) => header.join() !== headers[0].join());
    if (odd > 0)
      throw new InputError(`${csvs[odd]} and ${csvs[0]} have different columns: score all shards with the same options.`);
    const names = createHash("sha256");
    let text = stringify([headers[0]]);
    for (let k = 0; k < images; k++) {
      const row = await next(k % csvs.length);
      const cells = row.map(fromCell);
      names.update(`${cells[0]}\n`);
      onRow?.(cells);
      text += stringify([row]);
      if (text.length > 2 ** 16) {
        await file.write(text);
        text = "";
      }
    }
    if (names.digest("hex") !== listSha256)
      throw new InputError(`The images in ${csvs[0]} and the other shards are not those of their list: score all shards again.`);
    for (const [i, reader] of readers.entries()) if (!(await reader.next()).done) throw changedShard(csvs[i]);
    check?.();
    await file.write(text);
    await file.finish();
    return { images, scoring };
  } catch (error) {
    await file.discard();
    throw error;
  }
}
