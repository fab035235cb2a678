// Facts about the images themselves, for metrics.json: sizes, copies, patients, subtypes.

import { extent, group, medianIndex } from "d3-array";
import * as v from "valibot";
import { counted } from "../core/counted.js";
import { patientOf, subtypeOf } from "./names.js";
import { type ImageFile, SPLITS, type Split, type Subtype } from "./types.js";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const file = v.pipe(v.string(), v.maxLength(10_000));
const list = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.maxLength(2_000_000));
const eachSplit = <T extends v.GenericSchema>(item: T) => v.object({ train: item, val: item, test: item });
const sizes = v.object({ min: count, median: count, max: count });
type SizeRange = v.InferOutput<typeof sizes>;

export const imageFactsSchema = v.object({
  /** Width and height of the original images of all splits. */
  imageSizes: v.object({ width: sizes, height: sizes }),
  /** Groups of files with identical bytes, sorted. */
  duplicates: list(list(file)),
  /** Of these groups: how many there are, their files, and how many have files in several splits, or in both classes. Absent in older files. */
  copies: v.exactOptional(v.object({ groups: count, files: count, splits: count, classes: count })),
  /** From file names or the CSV file; null if none names a patient. `shared`: patients found in both splits, and their images there. */
  patients: v.nullable(
    v.object({
      counts: eachSplit(count),
      shared: list(v.object({ splits: v.tuple([v.picklist(SPLITS), v.picklist(SPLITS)]), patients: count, images: count })),
    }),
  ),
  /** Of the PNEUMONIA images, from their file names. */
  subtypes: eachSplit(v.object({ bacteria: count, virus: count, unknown: count })),
});
export type ImageFacts = v.InferOutput<typeof imageFactsSchema>;

type Images = Record<Split, ImageFile[]>;

/** Notes on copies of one picture in several splits or in both classes, and on patients whom a CSV file puts into several splits. The images must have been decoded. */
export function contradictions(splits: Record<Split, { images: ImageFile[] }>): string[] {
  const all = SPLITS.flatMap((split) => splits[split].images);
  const copies = copiesOf(all);
  const differing = (key: (image: ImageFile) => unknown) =>
    copies.flatMap((images) => {
      const other = images.find((image) => key(image) !== key(images[0]));
      return other ? [`${images[0].file} = ${other.file}`] : [];
    });
  const patients = [...group(all, ({ patient }) => patient)].filter(([patient]) => patient !== undefined);
  const shared = patients.flatMap(([patient, [first, ...others]]) =>
    others.some(({ split }) => split !== first.split) ? [patient!] : [],
  );
  const note = (pairs: string[], what: string) => {
    if (pairs.length === 0) return [];
    return [`${counted(pairs.length, "picture is", "pictures are")} ${what}; the first is ${pairs[0]}.`];
  };
  return [
    ...note(
      differing(({ split }) => split),
      "in several splits, so the results of those splits are too optimistic",
    ),
    ...note(
      differing(({ label }) => label),
      "in both classes, so one of the labels is wrong",
    ),
    ...(shared.length === 0
      ? []
      : [
          `${counted(shared.length, "patient has", "patients have")} images in several splits, so the results of those splits are too optimistic; the first is ${shared[0].slice(0, 100)}.`,
        ]),
  ];
}

/** The images must have been decoded. */
export function imageFacts(images: Images): ImageFacts {
  const all = SPLITS.flatMap((split) => images[split]);
  return {
    imageSizes: { width: range(all.map((i) => i.original!.width)), height: range(all.map((i) => i.original!.height)) },
    duplicates: duplicates(all),
    copies: copies(all),
    patients: patients(images),
    subtypes: bySplit((split) => subtypes(images[split])),
  };
}

function bySplit<T>(value: (split: Split) => T): Record<Split, T> {
  return { train: value("train"), val: value("val"), test: value("test") };
}

/** Needs at least one value. The median is the lower of two middle values. */
function range(values: number[]): SizeRange {
  const [min, max] = extent(values) as [number, number];
  return { min, median: values[medianIndex(values)], max };
}

/** Groups of images whose files have the same bytes. */
const copiesOf = (images: ImageFile[]): ImageFile[][] =>
  [...group(images, (image) => image.original!.sha256).values()].filter((copies) => copies.length > 1);

function copies(images: ImageFile[]): NonNullable<ImageFacts["copies"]> {
  const groups = copiesOf(images);
  const differing = (key: keyof ImageFile) => groups.filter((own) => own.some((image) => image[key] !== own[0][key])).length;
  const files = groups.reduce((n, own) => n + own.length, 0);
  return { groups: groups.length, files, splits: differing("split"), classes: differing("label") };
}

function duplicates(images: ImageFile[]): string[][] {
  return copiesOf(images)
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
