// A validation set taken from train, patient by patient.
import { groupBy } from "../lib/groupBy.js";
import { createRng } from "../lib/rng.js";
import { CLASSES, type ImageFile, type PixelRows } from "./types.js";

/** Apart from the streams that initial weights and orders of epochs take from the same seed. */
const STREAM = 2 ** 40;

/**
 * Whom an image shows, as far as its name tells: "person1000_bacteria_2931.jpeg" and "IM-0115-0001.jpeg" begin with a patient's
 * number, "NORMAL2-IM-0329-0001.jpeg" with one of another series. Other names stand for themselves.
 */
export function patientOf(file: string): string {
  const name = file.slice(file.lastIndexOf("/") + 1);
  return /^(person\d+)_/.exec(name)?.[1] ?? /^((?:NORMAL2-)?IM-\d+)-/.exec(name)?.[1] ?? name;
}

/**
 * Marks the images that go to validation: of every class, whole patients in random order until `share` of its images is reached.
 * Every class keeps at least one patient on either side, where it has two.
 */
export function chooseValidation(images: ImageFile[], share: number, seed: number): boolean[] {
  const chosen = new Set<string>();
  for (const label of CLASSES.keys()) {
    const own = images.filter((image) => image.label === label);
    const patients = groupBy(own, ({ file }) => patientOf(file));
    const order = createRng(seed, STREAM + label).shuffle([...patients.keys()]);
    let taken = 0;
    for (const patient of order.slice(0, -1)) {
      if (taken >= share * own.length) break;
      chosen.add(patient);
      taken += patients.get(patient)!.length;
    }
  }
  return images.map(({ file }) => chosen.has(patientOf(file)));
}

/** The rows that are marked, in their order. */
export function selectRows(rows: PixelRows, marked: boolean[]): PixelRows {
  const places = [...marked.keys()].filter((i) => marked[i]);
  return { images: places.map((i) => rows.images[i]), rowBytes: rows.rowBytes, read: (i, into) => rows.read(places[i], into) };
}
