import { openDataset, type DatasetOptions } from "./dataset.js";
import { InputError } from "../lib/errors.js";
import { createTerminal } from "./terminal.js";

type DataOptions = DatasetOptions & { json: boolean };

function required({ data }: DataOptions): string {
  if (data === undefined) throw new InputError("Name the dataset's folder with --data.");
  return data;
}

/** `data check`: decodes every image (into the cache) and says what the dataset holds. */
export async function dataCheck(options: DataOptions): Promise<void> {
  required(options);
  const { facts, pixels } = await openDataset(options, createTerminal(options.json));
  await pixels.close();
  if (options.json) process.stdout.write(`${JSON.stringify(facts)}\n`);
  else process.stdout.write(`${facts.unreadable.length} unreadable, ${facts.notes.length} notes; manifest ${facts.manifestSha256}\n`);
}

/** `data prepare`: fills the pixel cache, so that a later run starts at once. */
export async function dataPrepare(options: DataOptions): Promise<void> {
  required(options);
  const { pixels, facts } = await openDataset(options, createTerminal(options.json));
  await pixels.close();
  if (options.json) process.stdout.write(`${JSON.stringify({ path: pixels.path, hit: pixels.hit, counts: facts.counts })}\n`);
  else process.stdout.write(`${pixels.hit ? "Already there" : "Written"}: ${pixels.path}\n`);
}
