// What the file names of the chest X-ray set tell: whom an image shows, and which pneumonia.
import type { ImageFile, Subtype } from "./types.js";

type Named = Pick<ImageFile, "file" | "patient">;

/**
 * "person1000_bacteria_2931.jpeg" and "IM-0115-0001.jpeg" begin with a patient's number; "NORMAL2-IM-0329-0001.jpeg" with one of
 * another series; what a CSV says of the patient goes before. null: nobody is told.
 */
export function patientOf({ file, patient }: Named): string | null {
  if (patient !== undefined) return patient;
  const name = file.slice(file.lastIndexOf("/") + 1);
  return /^(person\d+)_/.exec(name)?.[1] ?? /^((?:NORMAL2-)?IM-\d+)-/.exec(name)?.[1] ?? null;
}

/** "NORMAL2-IM-" and 329 of "NORMAL2-IM-0329-0001.jpeg": the series whose numbers count up to a patient's; null: the name tells none, or a CSV tells another patient. */
export function placeOf(image: Named): { series: string; number: number } | null {
  const [, series, number] = /^(.*?)(\d+)$/.exec((image.patient === undefined && patientOf(image)) || "") ?? [];
  return series === undefined ? null : { series, number: Number(number) };
}

/** Of a PNEUMONIA image. */
export function subtypeOf(file: string): Subtype {
  const [, subtype] = /(?:^|\/)person\d+_(bacteria|virus)_[^/]*$/.exec(file) ?? [];
  return (subtype as Subtype | undefined) ?? "unknown";
}
