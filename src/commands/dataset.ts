// Opens the dataset a command was given, or the synthetic one.
import { rename, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defaultCacheDir, openPixels } from "../data/cache.js";
import { countImages, manifestSha256, PUBLISHED_COUNTS, readManifest } from "../data/manifest.js";
import { makeSyntheticDataset, SYNTHETIC_PER_CLASS } from "../data/synthetic.js";
import { SPLITS, type Manifest, type PixelCache, type Split } from "../data/types.js";
import type { DatasetFacts } from "../report/results.js";
import { IMAGE_SIZE } from "./options.js";
import type { Terminal } from "./terminal.js";

export interface Dataset {
  manifest: Manifest;
  pixels: PixelCache;
  facts: DatasetFacts;
}

export interface DatasetOptions {
  data: string | undefined;
  limit: number | undefined;
  strict: boolean;
  threads: number;
}

/** Changes whenever the generator does, so that an old set is not taken for a new one. */
const SYNTHETIC_VERSION = "synthetic-1";

export async function openDataset(options: DatasetOptions, terminal: Terminal): Promise<Dataset> {
  const { limit, strict } = options;
  const root = options.data ?? (await syntheticRoot(terminal));
  const manifest = await readManifest(root, limit === undefined ? {} : { limit });
  for (const note of manifest.notes) terminal.say(`Note: ${note}`);
  const threads = Math.min(options.threads, availableParallelism());
  const bar = terminal.bar("Decoding [{bar}] {value}/{total} images | ETA {eta_formatted}", total(manifest));
  const pixels = await openPixels(manifest, {
    size: IMAGE_SIZE, threads, strict, onProgress: (done) => bar.update(done),
  }).finally(() => bar.stop());
  for (const { file, reason } of pixels.unreadable) terminal.warn(`Warning: ${file} is skipped: ${reason}`);
  const facts = describe(manifest, pixels, limit);
  terminal.say(`Dataset ${manifest.root}: ${countsLine(facts)}`);
  return { manifest, pixels, facts };
}

const total = (manifest: Manifest) => SPLITS.reduce((n, split) => n + manifest.images[split].length, 0);

async function syntheticRoot(terminal: Terminal): Promise<string> {
  const root = join(defaultCacheDir(), SYNTHETIC_VERSION);
  terminal.warn(
    "No --data given: using a small SYNTHETIC set of X-ray-like pictures, made by this program. Its results say nothing about real X-rays.",
  );
  if (await stat(root).then(() => true, () => false)) return root;
  const temporary = `${root}.${process.pid}.tmp`;
  await makeSyntheticDataset(temporary, { perClass: SYNTHETIC_PER_CLASS, seed: 0 });
  await rename(temporary, root);
  return root;
}

function describe(manifest: Manifest, pixels: PixelCache, limit: number | undefined): DatasetFacts {
  const used = { train: pixels.splits.train.images, val: pixels.splits.val.images, test: pixels.splits.test.images };
  const named = (counts: Record<Split, Readonly<[number, number]>>) => {
    const pick = (split: Split) => ({ NORMAL: counts[split][0], PNEUMONIA: counts[split][1] });
    return { train: pick("train"), val: pick("val"), test: pick("test") };
  };
  const counts = named(countImages(used));
  const published = named(PUBLISHED_COUNTS);
  return {
    root: manifest.root,
    synthetic: manifest.synthetic,
    counts,
    published,
    matchesPublished: JSON.stringify(counts) === JSON.stringify(published),
    imageSize: IMAGE_SIZE,
    limit: limit ?? null,
    unreadable: pixels.unreadable,
    notes: manifest.notes,
    manifestSha256: manifestSha256(used),
  };
}

function countsLine({ counts, matchesPublished, published }: DatasetFacts): string {
  const line = (from: DatasetFacts["counts"]) =>
    SPLITS.map((split) => `${split} ${from[split].NORMAL} NORMAL + ${from[split].PNEUMONIA} PNEUMONIA`).join(", ");
  return `${line(counts)}${matchesPublished ? " (the published counts)" : `; published: ${line(published)}`}`;
}
