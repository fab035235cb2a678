// What the images say about themselves: sizes, copies, patients, subtypes.
import { extent, group, medianIndex } from "d3-array";
import { patientOf, subtypeOf } from "./names.js";
import { type ImageFacts, type ImageFile, type SizeRange, SPLITS, type Split, type Subtype } from "./types.js";

type Images = Record<Split, ImageFile[]>;

/** Of decoded images. */
export function imageFacts(images: Images): ImageFacts {
  const all = SPLITS.flatMap((split) => images[split]);
  return {
    imageSizes: { width: range(all.map((i) => i.original!.width)), height: range(all.map((i) => i.original!.height)) },
    duplicates: duplicates(all),
    patients: patients(images),
    subtypes: bySplit((split) => subtypes(images[split])),
  };
}

function bySplit<T>(value: (split: Split) => T): Record<Split, T> {
  return { train: value("train"), val: value("val"), test: value("test") };
}

/** Of one value or more. The median is the lower one of two middle values. */
function range(values: number[]): SizeRange {
  const [min, max] = extent(values) as [number, number];
  return { min, median: values[medianIndex(values)], max };
}

function duplicates(images: ImageFile[]): string[][] {
  return [...group(images, (image) => image.original!.sha256).values()]
    .filter((copies) => copies.length > 1)
    .map((copies) => copies.map(({ file }) => file).sort())
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function patients(images: Images): ImageFacts["patients"] {
  const known = bySplit((split) =>
    group(
      images[split].filter((image) => patientOf(image)),
      (image) => patientOf(image)!,
    ),
  );
  if (SPLITS.every((split) => known[split].size === 0)) return null;
  const pairs: [Split, Split][] = [
    ["train", "val"],
    ["train", "test"],
    ["val", "test"],
  ];
  const shared = pairs.map((splits) => {
    const [a, b] = splits.map((split) => known[split]);
    const both = [...a.keys()].filter((patient) => b.has(patient));
    return {
      splits,
      patients: both.length,
      images: both.reduce((n, patient) => n + a.get(patient)!.length + b.get(patient)!.length, 0),
    };
  });
  return { counts: bySplit((split) => known[split].size), shared: shared.filter((pair) => pair.patients > 0) };
}

function subtypes(images: ImageFile[]): Record<Subtype, number> {
  const counts: Record<Subtype, number> = { bacteria: 0, virus: 0, unknown: 0 };
  for (const { file, label } of images) if (label === 1) counts[subtypeOf(file)]++;
  return counts;
}
