// The words of the report of `evaluate`, in English.
import type { ClassNames } from "../../data/types.js";
import { count } from "../format.js";

const plural = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
const have = (n: number): string => (n === 1 ? "has" : "have");

export const evaluationEn = ([negative, positive]: ClassNames) => ({
  title: `Evaluation: ${negative} or ${positive}`,
  subtitle: (model: string, images: number, date: string) =>
    `${model} on ${plural(images, "image")}, evaluated by pulmo, ${date}`,
  verdict: (model: string, right: number, images: number, at: string) =>
    `At threshold ${at}, ${model} decides ${count(right)} of ${plural(images, "image")} as labelled.`,
  wrong: (falseNegatives: number, positives: number, falsePositives: number, negatives: number) =>
    `It misses ${count(falseNegatives)} of ${plural(positives, `${positive} image`)}, and decides ${count(falsePositives)} of ` +
    `${plural(negatives, `${negative} image`)} as ${positive}. Below the figures: 95% confidence intervals.`,
  confusion: (at: string) => `Confusion matrix at threshold ${at}`,
  fewImages: (name: string, n: number) =>
    `There ${n === 1 ? "is" : "are"} only ${plural(n, `${name} image`)}: the figures are rough.`,
  unreadable: (n: number) => `${plural(n, "file")} could not be read and ${n === 1 ? "was" : "were"} left out.`,
  withoutImage: (n: number) =>
    `${plural(n, "record")} of the labels ${have(n)} no image and ${n === 1 ? "was" : "were"} left out.`,
  unlabelled: (n: number) => `${plural(n, "image")} ${have(n)} no label and ${n === 1 ? "was" : "were"} not used.`,
  unusual: (n: number) =>
    `${plural(n, "image")} ${n === 1 ? "is" : "are"} unlike the training images: ${n === 1 ? "its score" : "their scores"} may mean nothing.`,
  notes: (n: number) => `${plural(n, "note")} about the images`,
  overPatients: (patients: number) =>
    `The intervals resample ${plural(patients, "patient")}, because images of one patient are alike.`,
  overImages:
    "The intervals resample images as if each showed another patient. If patients have several images, the true intervals are wider: name the patients in a column “patient” of the labels.",
  groups: "Patients and groups",
  patientScore: `A patient's score is the mean of the log-odds of the patient's images. A patient is ${positive} if one of the images is.`,
  mixed: (n: number) => ` ${plural(n, "patient")} ${have(n)} images of both classes.`,
  patientsCaption: "Results by image and by patient, with 95% intervals (bootstrap over patients)",
  byImage: "Images",
  byPatient: "Patients",
  number: "Number",
  patient: "Patient",
  hospital: "Hospital",
  device: "Device",
  group: "Group",
  groupsCaption: (title: string) => `Results by ${title.toLowerCase()}; a dash: no image of the class`,
  withIntervals: "; below each value its 95% interval",
  thresholdOf: (at: string) => `This report uses ${at}. The slider shows what other thresholds give on these images.`,
  targetRecall: (f: { target: string; threshold: string; recall: string; specificity: string; accuracy: string }) =>
    `A recall of at least ${f.target} is reached at threshold ${f.threshold}: recall ${f.recall}, specificity ${f.specificity}, accuracy ${f.accuracy}. ` +
    "This threshold was chosen on these images, so other images may give other figures.",
  errors: "Errors",
  noErrors: "No image is decided wrongly at this threshold.",
  allErrors: (n: number) => (n === 1 ? "The image that is decided wrongly" : `All ${count(n)} images that are decided wrongly`),
  errorsCaption: `Images decided wrongly, most confident first; p is the probability of ${positive}`,
  probabilities: "Probabilities",
  images: "Images",
  labels: "Labels",
  model: "Model",
  modelSha: "SHA-256 of its weights and facts",
  files: "All scores",
  method:
    "An image is decided as the second class if its probability is above the threshold. Metrics are defined as in scikit-learn. The intervals are those of a bootstrap " +
    "with 2,000 resamples (percentile method, fixed seed).",
});
