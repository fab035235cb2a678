// A validation set taken from train, patient by patient.
import { group } from "d3-array";
import { createRng, STREAMS } from "../core/rng.js";
import { patientOf, placeOf } from "./names.js";
import { CLASSES, type ImageFile, type PixelRows } from "./types.js";

/** Images that must stay together. An image without a known patient is a group of its own. */
const groupOf = (image: ImageFile): string => patientOf(image) ?? image.file;

/**
 * Marks the images that go to validation: of every class, whole patients in random order until `share` of its images is reached.
 * Every class keeps at least one patient on each side if it has two.
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
  return images.map((image) => chosen.has(groupOf(image)));
}

/**
 * Marks blocks of patient numbers, like the published split: in every series of numbers of a class, one block of neighbouring
 * patients with about `share` of the images, at a random place. This is harder than random patients, because neighbours were taken
 * by the same machine in the same months. Images without a number are chosen by patient.
 */
export function chooseBlocks(images: ImageFile[], share: number, seed: number): boolean[] {
  const chosen = new Set<string>();
  const series = group(images, (image) => `${image.label} ${placeOf(image)?.series ?? ""}`);
  [...series.values()].forEach((own, s) => {
    if (!placeOf(own[0])) return;
    const patients = [...group(own, groupOf)].sort(([, [a]], [, [b]]) => placeOf(a)!.number - placeOf(b)!.number);
    // A single patient stays in train.
    if (patients.length < 2) return;
    const wanted = share * own.length;
    // The possible starts: the block must end within the series.
    let room = patients.length;
    for (let images = 0; room > 0 && images < wanted; room--) images += patients[room - 1][1].length;
    let taken = 0;
    for (const [patient, theirs] of patients.slice(createRng(seed, STREAMS.validation + s).below(Math.max(1, room)))) {
      if (taken >= wanted) break;
      chosen.add(patient);
      taken += theirs.length;
    }
  });
  const nameless = images.filter((image) => !placeOf(image));
  const marked = new Map(chooseValidation(nameless, share, seed).map((taken, i) => [nameless[i].file, taken]));
  return images.map((image) => marked.get(image.file) ?? chosen.has(groupOf(image)));
}

/**
 * Marks the images of fold `index` (from 0) of `of`: whole patients in random order, each assigned to the fold with the fewest
 * images of its class so far. The folds are disjoint, cover all images, and do not depend on the seed of a training.
 */
export function chooseFold(images: ImageFile[], index: number, of: number): boolean[] {
  const foldOf = new Map<string, number>();
  for (const label of CLASSES.keys()) {
    const patients = group(
      images.filter((image) => image.label === label),
      groupOf,
    );
    const sizes = new Uint32Array(of);
    for (const patient of createRng(0, STREAMS.validation + label).shuffle([...patients.keys()])) {
      const fold = foldOf.get(patient) ?? sizes.indexOf(Math.min(...sizes));
      foldOf.set(patient, fold);
      sizes[fold] += patients.get(patient)!.length;
    }
  }
  return images.map((image) => foldOf.get(groupOf(image)) === index);
}

/** The marked rows, in their order. */
export function selectRows(rows: PixelRows, marked: boolean[]): PixelRows {
  const places = [...marked.keys()].filter((i) => marked[i]);
  return { images: places.map((i) => rows.images[i]), rowBytes: rows.rowBytes, read: (i, into) => rows.read(places[i], into) };
}
