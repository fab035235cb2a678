import { type DatasetOptions, openDataset } from "../run/dataset.js";
import { createTerminal } from "../run/terminal.js";

type DataArguments = DatasetOptions & { json: boolean };

/** `data check`: decodes every image (into the cache) and says what the dataset holds. */
export async function dataCheck(options: DataArguments): Promise<void> {
  const { facts, pixels } = await openDataset(options, createTerminal(false));
  await pixels.close();
  if (options.json) process.stdout.write(`${JSON.stringify(facts)}\n`);
  else
    process.stdout.write(
      `${facts.unreadable.length} unreadable, ${facts.notes.length} notes; SHA-256 of the file list ${facts.manifestSha256}\n`,
    );
}

/** `data prepare`: fills the pixel cache, so that a later run starts at once. */
export async function dataPrepare(options: DataArguments): Promise<void> {
  const { pixels, facts } = await openDataset(options, createTerminal(false));
  await pixels.close();
  if (options.json) process.stdout.write(`${JSON.stringify({ path: pixels.path, hit: pixels.hit, counts: facts.counts })}\n`);
  else process.stdout.write(`${pixels.hit ? "Already there" : "Written"}: ${pixels.path}\n`);
}
