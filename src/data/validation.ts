// A validation set taken from train, patient by patient.
import { group } from "d3-array";
import { createRng, STREAMS } from "../core/rng.js";
import { patientOf } from "./names.js";
import { CLASSES, type ImageFile, type PixelRows } from "./types.js";

/** Images that must stay together; one whose name tells no patient stands for itself. */
const groupOf = ({ file }: Pick<ImageFile, "file">): string => patientOf(file) ?? file;

/**
 * Marks the images that go to validation: of every class, whole patients in random order until `share` of its images is reached.
 * Every class keeps at least one patient on either side, where it has two.
 */
export function chooseValidation(images: ImageFile[], share: number, seed: number): boolean[] {
  const chosen = new Set<string>();
  for (const label of CLASSES.keys()) {
    const own = images.filter((image) => image.label === label);
    const patients = group(own, groupOf);
    const order = createRng(seed, STREAMS.validation + label).shuffle([...patients.keys()]);
    let taken = 0;
    for (const patient of order.slice(0, -1)) {
      if (taken >= share * own.length) break;
      chosen.add(patient);
      taken += patients.get(patient)!.length;
    }
  }
  return images.map(({ file }) => chosen.has(groupOf({ file })));
}

/** The rows that are marked, in their order. */
export function selectRows(rows: PixelRows, marked: boolean[]): PixelRows {
  const places = [...marked.keys()].filter((i) => marked[i]);
  return { images: places.map((i) => rows.images[i]), rowBytes: rows.rowBytes, read: (i, into) => rows.read(places[i], into) };
}
