// Figures by patient, and intervals that resample patients.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createRng } from "#pulmo/core/rng.js";
import { CLASSES } from "#pulmo/data/types.js";
import { evaluationOf } from "#pulmo/eval/evaluation.js";
import { evaluationCsv, patientsCsv } from "#pulmo/eval/evaluation-csv.js";
import { bootstrapIntervals } from "#pulmo/eval/intervals.js";
import { logOddsOf } from "#pulmo/eval/log-odds.js";
import { imagesOfPatients, patientFigures, patientScores } from "#pulmo/eval/patients.js";

const rng = createRng(7);
const labels = Array.from({ length: 80 }, (_, i) => (i % 3 === 0 ? 1 : 0));
const logOdds = labels.map((label) => rng.normal() + label);

test("with one image per patient, patients are resampled as images are", () => {
  const patients = labels.map((_, i) => `p${i}`);
  assert.equal(
    bootstrapIntervals(labels, logOdds, { patients: imagesOfPatients(patients) }),
    bootstrapIntervals(labels, logOdds),
  );
  assert.equal(
    bootstrapIntervals(labels, logOdds, { patients: imagesOfPatients(labels.map(() => undefined)) }),
    bootstrapIntervals(labels, logOdds),
  );
});

test("copies of a patient's image add nothing: the intervals are those of the single images", () => {
  // Every figure is a ratio of counts, which all grow by the same factor.
  const times = [0, 1, 2].flatMap(() => [...labels.keys()]);
  const copied = bootstrapIntervals(
    times.map((i) => labels[i]),
    times.map((i) => logOdds[i]),
    { patients: imagesOfPatients(times.map((i) => `p${i}`)) },
  );
  const single = bootstrapIntervals(labels, logOdds);
  for (const [figure, ends] of Object.entries(single))
    ends!.forEach((end, k) => assert.ok(Math.abs(copied[figure as keyof typeof copied]![k] - end) < 1e-12, figure));
  const byImage = bootstrapIntervals(
    times.map((i) => labels[i]),
    times.map((i) => logOdds[i]),
  );
  const width = ([low, high]: [number, number]) => high - low;
  // As if there were three times as many images: narrower by about the square root of 3.
  assert.ok(width(byImage.accuracy!) < 0.7 * width(copied.accuracy!));
});

test("intervals at a threshold are those of shifted scores", () => {
  const shifted = bootstrapIntervals(
    labels,
    logOdds.map((x) => x - 0.75),
  );
  const { auc, ...others } = bootstrapIntervals(labels, logOdds, { threshold: 0.75 });
  assert.equal({ ...others, auc }, shifted);
});

const images = [
  { file: "a.png", label: 1 as const, patient: "7", hospital: "ward 10" },
  { file: "b.png", label: 0 as const, patient: "7", hospital: "ward 2" },
  { file: "c.png", label: 0 as const, patient: "8", hospital: "ward 2" },
  { file: "d.png", label: 0 as const },
  { file: "e.png", label: 1 as const, patient: "9", device: "=cmd()" },
].map((image) => ({ split: "test" as const, bytes: 1, ...image }));
const scores = [2, 1, 0.5, -1, -3];

test("a patient's score is the mean log-odds, and a patient with a positive image is positive", () => {
  const of = (key: "label" | "patient") => images.map((image) => image[key]);
  const found = patientScores(of("label") as number[], scores, of("patient") as (string | undefined)[]);
  assert.equal(found, [
    { patient: "7", images: 2, label: 1, mixed: true, logOdds: 1.5 },
    { patient: "8", images: 1, label: 0, mixed: false, logOdds: 0.5 },
    { patient: undefined, images: 1, label: 0, mixed: false, logOdds: -1 },
    { patient: "9", images: 1, label: 1, mixed: false, logOdds: -3 },
  ]);
  const { n, mixed, confusion, auc } = patientFigures(found, 0.75);
  // At 0.75 only patient 7 is decided as positive. Of the 4 pairs of a positive and a negative patient, 2 are in order.
  assert.equal(
    [n, mixed, confusion, auc],
    [
      4,
      1,
      [
        [2, 0],
        [1, 1],
      ],
      0.5,
    ],
  );
});

test("an evaluation decides at its threshold, and names what it resampled", () => {
  const choices = { threshold: 0.7, targetRecall: 0.5 };
  const found = evaluationOf(images, scores, choices);
  // ln(0.7 / 0.3) = 0.847: a and b are decided as positive.
  assert.equal(found.confusion, [
    [2, 1],
    [1, 1],
  ]);
  assert.equal([found.threshold, found.intervalsOver, found.patients!.n, found.groups], [0.7, "patients", 4, []]);
  assert.equal(
    found.hospitals!.map(({ group, n }) => [group, n]),
    [
      ["ward 2", 2],
      ["ward 10", 1],
    ],
  );
  // Each of the 2 images of ward 2 is of a patient of its own, and only one is decided rightly: a resample may have neither or both.
  assert.equal(found.hospitals![0].intervals!.accuracy, [0, 1]);
  assert.equal(found.hospitals![1].intervals!.auc, null);
  assert.equal(
    found.devices!.map(({ group }) => group),
    ["=cmd()"],
  );
  const { target, threshold, recall, specificity } = found.targetRecall!;
  // The highest threshold that finds one of two: just below 2, where no negative image is above.
  assert.equal([target, recall, specificity], [0.5, 0.5, 1]);
  assert.ok(logOddsOf(threshold) < 2 && logOddsOf(threshold) > 1.999);
  const { intervalsOver, patients, targetRecall, hospitals } = evaluationOf(
    images.map(({ file, label }) => ({ file, label })),
    scores,
    { threshold: 0.5 },
  );
  assert.equal([intervalsOver, patients, targetRecall, hospitals], ["images", undefined, undefined, undefined]);
  assert.is(evaluationOf([{ file: "n.png", label: 0 }], [1], choices).targetRecall, null);
});

test("patients of the published dataset are known by their file names", () => {
  const named = [
    { ...images[0], file: "test/PNEUMONIA/person1_virus_6.jpeg" },
    { ...images[1], file: "test/PNEUMONIA/person1_virus_7.jpeg" },
    images[3],
  ].map(({ patient, hospital, ...image }) => image);
  const found = evaluationOf(named, [2, 1, 0], { threshold: 0.5 });
  assert.equal([found.intervalsOver, found.patients!.n], ["patients", 2]);
  assert.match(evaluationCsv(named, [2, 1, 0], found, CLASSES), /^file,label,p_pneumonia,logit,predicted,patient\n.*,person1\n/);
  assert.match(patientsCsv(named, [2, 1, 0], found, CLASSES), /\nperson1,2,PNEUMONIA,/);
});

test("the CSV files: a line per image and per patient, without formulas", () => {
  const evaluation = { ...evaluationOf(images, scores, { threshold: 0.7 }), unusual: [{ file: "c.png", unusualScore: 2 }] };
  const lines = evaluationCsv(images, scores, evaluation, CLASSES).split("\n");
  assert.is(lines[0], "file,label,p_pneumonia,logit,predicted,patient,hospital,device,unusual");
  assert.match(lines[3], /^c\.png,NORMAL,0\.62\d+,0\.5,NORMAL,8,ward 2,,1$/);
  assert.match(lines[5], /^e\.png,PNEUMONIA,0\.04\d+,-3,NORMAL,9,,'=cmd\(\),0$/);
  assert.equal(
    patientsCsv(images, scores, evaluation, CLASSES)
      .split("\n")
      .map((line) => line.replace(/0\.\d+/, "p")),
    [
      "patient,images,label,p_pneumonia,logit,predicted",
      "7,2,PNEUMONIA,p,1.5,PNEUMONIA",
      "8,1,NORMAL,p,0.5,NORMAL",
      "9,1,PNEUMONIA,p,-3,NORMAL",
      "",
    ],
  );
});

test.run();
