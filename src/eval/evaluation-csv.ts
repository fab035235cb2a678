// The scores of an evaluation as CSV: one line per image, or per patient.
import { csvText } from "../data/csv-text.js";
import { ABOUT_KEYS, type About, type ClassNames, type ImageFile } from "../data/types.js";
import type { Evaluation } from "./evaluation.js";
import { logOddsOf, scoreOf } from "./log-odds.js";
import { knownPatient, patientScores } from "./patients.js";

/** The beginning of the files that evaluationCsv makes. */
export const EVALUATION_CSV = /^file,label,p_pneumonia,logit,predicted[,\r\n]/;

/** As predictions-test.csv, with the predicted class, what the labels say about the images, and whether they are unusual (1 or 0). */
export function evaluationCsv(
  images: readonly ImageFile[],
  logOdds: ArrayLike<number>,
  { threshold, unusual }: Evaluation,
  classes: ClassNames,
): string {
  const at = logOddsOf(threshold);
  const valueFor = (image: ImageFile, key: keyof About) => (key === "patient" ? knownPatient(image) : image[key]);
  const about = ABOUT_KEYS.filter((key) => images.some((image) => valueFor(image, key) !== undefined));
  const unlike = new Set(unusual?.map(({ file }) => file));
  const header = ["file", "label", "p_pneumonia", "logit", "predicted", ...about, ...(unusual ? ["unusual"] : [])];
  const rows = images.map((image, i) => {
    const { pPneumonia, logit } = scoreOf(logOdds[i]);
    const predicted = classes[logit > at ? 1 : 0];
    const own = about.map((key) => valueFor(image, key) ?? "");
    return [
      image.file,
      classes[image.label],
      pPneumonia,
      logit,
      predicted,
      ...own,
      ...(unusual ? [unlike.has(image.file) ? 1 : 0] : []),
    ];
  });
  return csvText([header, ...rows]);
}

/** The beginning of the files that patientsCsv makes. */
export const PATIENTS_CSV = /^patient,images,label,p_pneumonia,logit,predicted[\r\n]/;

/** Images without a patient are left out. */
export function patientsCsv(
  images: readonly ImageFile[],
  logOdds: ArrayLike<number>,
  { threshold }: Evaluation,
  classes: ClassNames,
): string {
  const at = logOddsOf(threshold);
  const scores = patientScores(
    images.map(({ label }) => label),
    logOdds,
    images.map(knownPatient),
  );
  const rows = scores.flatMap(({ patient, images: n, label, logOdds: x }) => {
    if (patient === undefined) return [];
    const { pPneumonia, logit } = scoreOf(x);
    return [[patient, n, classes[label], pPneumonia, logit, classes[x > at ? 1 : 0]]];
  });
  return csvText([["patient", "images", "label", "p_pneumonia", "logit", "predicted"], ...rows]);
}
