// What the file names of the chest X-ray set tell: whom an image shows, and which pneumonia.
import type { Subtype } from "./types.js";

/**
 * "person1000_bacteria_2931.jpeg" and "IM-0115-0001.jpeg" begin with a patient's number; "NORMAL2-IM-0329-0001.jpeg" with one of
 * another series. null: the name tells nobody.
 */
export function patientOf(file: string): string | null {
  const name = file.slice(file.lastIndexOf("/") + 1);
  return /^(person\d+)_/.exec(name)?.[1] ?? /^((?:NORMAL2-)?IM-\d+)-/.exec(name)?.[1] ?? null;
}

/** "NORMAL2-IM-" and 329 of "NORMAL2-IM-0329-0001.jpeg": the series whose numbers count up to a patient's; null: the name tells none. */
export function placeOf(file: string): { series: string; number: number } | null {
  const [, series, number] = /^(.*?)(\d+)$/.exec(patientOf(file) ?? "") ?? [];
  return series === undefined ? null : { series, number: Number(number) };
}

/** Of a PNEUMONIA image. */
export function subtypeOf(file: string): Subtype {
  const [, subtype] = /(?:^|\/)person\d+_(bacteria|virus)_[^/]*$/.exec(file) ?? [];
  return (subtype as Subtype | undefined) ?? "unknown";
}
