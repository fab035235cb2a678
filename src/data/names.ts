// Patients and kinds of pneumonia, from the file names of the chest X-ray dataset.
import type { ImageFile, Subtype } from "./types.js";

type Named = Pick<ImageFile, "file" | "patient">;

/**
 * "person1000_bacteria_2931.jpeg" and "IM-0115-0001.jpeg" start with the number of a patient, "NORMAL2-IM-0329-0001.jpeg" with a
 * number of another series. The patient in a CSV file takes precedence. null: unknown.
 */
export function patientOf({ file, patient }: Named): string | null {
  if (patient !== undefined) return patient;
  const name = file.slice(file.lastIndexOf("/") + 1);
  return /^(person\d+)_/.exec(name)?.[1] ?? /^((?:NORMAL2-)?IM-\d+)-/.exec(name)?.[1] ?? null;
}

/** "NORMAL2-IM-" and 329 of "NORMAL2-IM-0329-0001.jpeg": a series and a patient's number in it. null: unknown, or given by a CSV. */
export function placeOf(image: Named): { series: string; number: number } | null {
  const [, series, number] = /^(.*?)(\d+)$/.exec((image.patient === undefined && patientOf(image)) || "") ?? [];
  return series === undefined ? null : { series, number: Number(number) };
}

/** The share of a set's images that must have the published dataset's names, so that the set is one made from it. */
const PUBLISHED_SHARE = 0.95;

/** Whether the files have the names of the published dataset: all, or a selection of them. */
export const hasPublishedNames = (files: readonly string[]): boolean =>
  files.filter((file) => patientOf({ file }) !== null).length >= PUBLISHED_SHARE * files.length;

/** Of a PNEUMONIA image. */
export function subtypeOf(file: string): Subtype {
  const [, subtype] = /(?:^|\/)person\d+_(bacteria|virus)_[^/]*$/.exec(file) ?? [];
  return (subtype as Subtype | undefined) ?? "unknown";
}
