// The report in English. Numbers come formatted, except counts that decide between singular and plural.

import type { RunSettings, SizeRange } from "../../results/metrics.js";
import type { Pictures } from "../../results/picture-list.js";
import type { StressKind } from "../../results/stress-results.js";
import type { Text } from "../blocks.js";
import { count, percent } from "../format.js";

const plural = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
const listed = (items: string[]): string =>
  items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;

/** 404.04 -> "404.0 s"; from ten minutes on also in hours and minutes. */
function seconds(s: number): string {
  const plain = `${s.toFixed(1)} s`;
  if (s < 600) return plain;
  const minutes = Math.round(s / 60);
  return `${plain} (${minutes < 60 ? "" : `${Math.floor(minutes / 60)} h `}${minutes % 60} min)`;
}

const SPLIT_NAMES = { train: "train", val: "validation", test: "test" };

export const en = {
  /** BCP 47, for the page's language. */
  tag: "en",
  seconds,
  /** Of models whose title is made of a language's words. */
  titles: { logistic: "Logistic regression" } as Record<string, string>,
  splits: SPLIT_NAMES,
  /** Words for images of PNEUMONIA, beside its name, that other classes' names replace. */
  cases: ["pneumonias?"],
  subtypes: { bacteria: "bacteria", virus: "virus", unknown: "not named" },
  count: { images: (n: number) => plural(n, "image") },
  columns: {
    model: "Model",
    accuracy: "Accuracy",
    recall: "Recall",
    specificity: "Specificity",
    precision: "Precision",
    f1: "F1",
    auc: "AUC",
    trainTime: "Train time",
    parameters: "Parameters",
    threshold: "Threshold",
    missed: "Missed pneumonias",
    falseAlarms: "False alarms",
  },
  page: {
    title: "Chest X-ray classifiers: NORMAL or PNEUMONIA",
    subtitle: (models: number, date: string) =>
      `${models === 1 ? "One model" : `${models} models`}, trained and evaluated by pulmo on CPUs, ${date}`,
    syntheticTitle: "Synthetic data",
    synthetic: "Synthetic data: generated images, not X-rays; the numbers show that the program works and nothing else.",
    syntheticMark: "synthetic data",
    sampleTitle: "Sample",
    sample:
      "Sample: 300 of the 5,856 published X-rays (Kermany and others, doi:10.17632/rscbjbr9sj, CC BY 4.0), made small. It shows how the program works, not how good a model is.",
    sampleMark: "sample",
    limited: (n: number) => `This run used at most ${n} images per class and split (--limit ${n}), not the whole dataset.`,
    sections: "Sections",
    skip: "To the report",
    numbers: "Numbers of this plot",
    seed: (seed: number) => `seed ${seed}`,
  },
  summary: {
    title: "Summary",
    alone: (f: { model: string; auc: string; range: string | null; accuracy: string; images: number }): Text => [
      { strong: f.model },
      ` was trained alone: area under the ROC curve ${f.auc}${f.range ? ` (95% interval ${f.range})` : ""}, accuracy ${f.accuracy} on ${plural(f.images, "test image")}.`,
    ],
    behind: (model: string, auc: string, accuracy: string) => `${model} (${auc}, ${accuracy})`,
    best: (f: {
      model: string;
      auc: string;
      range: string | null;
      accuracy: string;
      images: number;
      tied: boolean;
      behind: string[];
    }): Extract<Text, unknown[]> => [
      { strong: f.model },
      `${f.tied ? " shares the first place: " : " separates the two classes best: "}area under the ROC curve ${f.auc}` +
        `${f.range ? ` (95% interval ${f.range})` : ""}, accuracy ${f.accuracy} on ${plural(f.images, "test image")}, ahead of ${listed(f.behind)}.`,
    ],
    leadCertain: (f: { second: string; difference: string; p: string }) =>
      ` Its lead of ${f.difference} in AUC over ${f.second} is more than chance in the choice of test images explains (DeLong p ${f.p}).`,
    leadByChance: (f: { second: string; difference: string; p: string }) =>
      ` Its lead of ${f.difference} in AUC over ${f.second} could be chance in the choice of test images (DeLong p ${f.p}).`,
    tradeOff: (f: {
      model: string;
      missed: number;
      sick: number;
      alarms: number;
      well: number;
      recall: string;
      specificity: string;
    }) =>
      `At the threshold 0.5, ${f.model} misses ${count(f.missed)} of ${plural(f.sick, "pneumonia")} (recall ${f.recall}) and raises ` +
      `${plural(f.alarms, "false alarm")} on ${count(f.well)} normal images (specificity ${f.specificity}).`,
    atChosen: (f: { threshold: string; target: string; validation: number; missed: number; alarms: number; accuracy: string }) =>
      ` At ${f.threshold}, chosen on ${plural(f.validation, "validation image")} for a recall of ${f.target}, it misses ${count(f.missed)} and raises ` +
      `${plural(f.alarms, "false alarm")} (accuracy ${f.accuracy}).`,
    extremes: (f: {
      missed: { models: string[]; count: number };
      alarms: { models: string[]; count: number };
      quickest: string;
      seconds: string;
    }) =>
      `Fewest missed pneumonias at 0.5: ${listed(f.missed.models)} (${count(f.missed.count)}). Fewest false alarms: ${listed(f.alarms.models)} ` +
      `(${count(f.alarms.count)}). Shortest training: ${f.quickest} (${f.seconds} s).`,
    study: (f: {
      model: string;
      accuracy: string;
      accuracyBy: string;
      recall: string;
      recallBy: string;
      auc: string;
      aucBy: string;
    }) =>
      `The study's ${f.model} had accuracy ${f.accuracy} (this run ${f.accuracyBy} points), recall ${f.recall} (${f.recallBy} points) and AUC ${f.auc} (${f.aucBy}).`,
    oneSeed: (seed: number) =>
      `Every model was trained once, with seed ${seed}. The 95% intervals tell what other test images would change, not what another seed would (--seeds 0,1,2).`,
    severalSeeds: (seeds: number[]) =>
      `The figures are those of seed ${seeds[0]}; the spread over the seeds ${listed(seeds.map(String))} stands below.`,
    smallValidation: (n: number, own: boolean) =>
      `The validation set has ${plural(n, "image")}: too few to choose a model or a threshold.${own ? " --val-split 0.1 takes a larger one from train, by patient." : ""}`,
    sharedPatients: (n: number) =>
      `${plural(n, "patient number")} of the file names occur${n === 1 ? "s" : ""} in both train and test. Nobody knows whether a number in two splits is one patient; if so, the test is too easy.`,
    notClinical: "Not for clinical use.",
  },
  comparison: {
    title: "Comparison",
    caption:
      "Test results at the threshold 0.5; recall, precision and F1 are those of PNEUMONIA, specificity is the recall of NORMAL",
    study: (model: string) => `${model}, study`,
    noStudy: "The study's published rows are left out: they are about real X-rays.",
    noStudyForSample: "The study's published rows are left out: they are about the whole dataset.",
    howToRead: "Under each published value: this run minus the study, in percentage points for shares; for the time, the ratio.",
    sameImages: " The image counts equal the study's.",
    otherImages:
      " This run used other images than the study (see Data), so the differences are not a comparison of like with like.",
    machine: (threads: number, cpu: string) => `${plural(threads, "thread")} of ${cpu}`,
  },
  thresholds: {
    title: "Thresholds",
    plain: "An image counts as PNEUMONIA where its probability is above the threshold. A lower one misses less and alarms more.",
    chosen: (target: string) =>
      "An image counts as PNEUMONIA where its probability is above the threshold. A lower one misses less and alarms more. Beside 0.5 stands the " +
      `highest threshold that finds at least ${target} of the validation set's pneumonias (--target-recall): chosen on validation data alone, measured on test.`,
    smallValidation: (n: number, own: boolean) =>
      `The validation set has ${plural(n, "image")}, far too few to choose a threshold: another handful would give another one.` +
      `${own ? " Train with --val-split 0.1 to choose on hundreds." : ""}`,
    caption: "What a threshold does to the test images",
    same: (model: string) => `${model}, chosen`,
    onValidation: "on validation",
    balancedOnValidation: "best balanced accuracy on validation",
    none: "no PNEUMONIA in validation",
    move: "Move the threshold",
  },
  certainty: {
    title: "How sure the figures are",
    intervals:
      "The 95% intervals come from 2,000 bootstrap resamples of the test images (seeded, percentiles). They treat images as independent; " +
      "several images of one patient make the true intervals somewhat wider.",
    figureOf: (model: string, figure: string) => `${figure} of ${model}`,
    noError: (figures: string[], most: string) =>
      `An interval without width (${listed(figures)}) says only that resampling cannot find an error where the test shows none; by the rule of three the ` +
      `true rate may still miss its end by up to ${most}.`,
    intervalsCaption: "95% intervals on test, at the threshold 0.5",
    differencesCaption: "Differences of AUC on the same test images, by DeLong's test",
    models: "Models",
    difference: "Difference",
    interval: "95% interval",
    p: "p",
    between: (low: string, high: string) => `${low} to ${high}`,
    repeats: "Every model was trained once for each seed: the initial weights and the order of images differ, the images do not.",
    together: "all seeds together: mean of their log-odds",
    repeatsCaption: "Mean over the seeds with standard deviation, on test at the threshold 0.5; each seed below",
    trainings: (n: number) => plural(n, "training"),
    seed: (seed: number) => `seed ${seed}`,
  },
  leaning: {
    title: "What it leans on",
    stress: (n: { NORMAL: number; PNEUMONIA: number }) =>
      "A disease does not go away when its image is a little blurred, darkened or cut. Where a model's figures fall, it leaned on what was " +
      `changed: fine detail, grey levels, the border, the centre. ${plural(n.NORMAL + n.PNEUMONIA, "test image")} (${count(n.NORMAL)} NORMAL, ${count(n.PNEUMONIA)} PNEUMONIA, evenly ` +
      "spaced over the names of each class) were changed in seven ways and scored again at the same threshold, 0.5. The bars are 95% intervals " +
      "(bootstrap, 2,000 resamples of these images).",
    untouched: "as they are",
    images: "Images",
    levels: "Level",
    level: (kind: StressKind, level: number) => (kind === "crop" || kind === "cover" ? percent(level, 0) : String(level)),
    strongestCaption: "AUC at the ends of the curves; below it recall and specificity at the threshold 0.5",
    kinds: {
      blur: { title: "Blur", axis: "sigma of the Gaussian, in pixels", at: (level: string) => `blurred, sigma ${level} pixels` },
      downsampling: {
        title: "Down-sampling",
        axis: "shrunk to so many pixels, then enlarged",
        at: (level: string) => `shrunk to ${level} pixels`,
      },
      noise: {
        title: "Noise",
        axis: "standard deviation, in grey levels",
        at: (level: string) => `noise of ${level} grey levels`,
      },
      brightness: { title: "Brightness", axis: "factor", at: (level: string) => `brightness × ${level}` },
      contrast: { title: "Contrast", axis: "factor", at: (level: string) => `contrast × ${level}` },
      crop: {
        title: "Cropped border",
        axis: "share of the edge left out on every side",
        at: (level: string) => `${level} left out on every side`,
      },
      cover: {
        title: "Covered centre",
        axis: "edge of the grey square, share of the image's",
        at: (level: string) => `centre covered, ${level} of the edge`,
      },
    } as Record<StressKind, { title: string; axis: string; at: (level: string) => string }>,
    plotAlt: (series: string[]) => `AUC by level; ${series.join("; ")}.`,
    alarms: "Where the false alarms are",
    blocks:
      "The numbers in the names of NORMAL images count up: neighbours are likely of the same months and the same machine. Where false alarms " +
      "gather in some blocks, the model knows a machine rather than a disease.",
    noBlocks: "The names of the NORMAL images tell no numbers: whether false alarms gather among neighbours cannot be said.",
    block: "Numbers",
    blocksCaption: "False alarms (1 − specificity) on all NORMAL test images, by neighbouring numbers",
    sharpnessIs: (sigma: string) =>
      `An image's sharpness is its mean difference, in grey levels, from itself blurred with sigma ${sigma} pixel${sigma === "1" ? "" : "s"}.`,
    sharpness: "Sharpness",
    sharpnessCaption: "False alarms on all NORMAL test images, by fourths of them in order of sharpness",
    fileSizeTitle: "The size of the file alone",
    fileSize: (train: string, test: string) =>
      `Ranked by nothing but the bytes of their files, smaller ones as PNEUMONIA, the images come to an AUC of ${train} on train and ${test} on test. ` +
      "No pixel is looked at for that: what makes files small tells the classes apart without being a sign of disease.",
  },
  models: {
    splits: { test: "Test", val: "Validation" },
    report: (split: "val" | "test") => `Classification report, ${SPLIT_NAMES[split]}`,
    startedFrom: "Started from",
    scratch: "random weights",
    training: "Training",
    lastEpoch: "Last epoch",
    noEpoch: "No epoch was run.",
    epochsIn: (epochs: number, time: string) => `${plural(epochs, "epoch")} in ${time}`,
    lossAndAccuracy: (loss: string, accuracy: string) => `loss ${loss}, train accuracy ${accuracy}`,
    accuracyAndAuc: (accuracy: string, auc: string, images: number) =>
      `accuracy ${accuracy}, AUC ${auc}, ${plural(images, "image")}`,
    probabilities: "Probabilities (test)",
    everyScore: "Every score",
    temperature: "Temperature",
    dividedBy: (temperature: string) =>
      `log-odds divided by ${temperature}, chosen on validation images; folded into the last layer`,
    quality: (brier: string, ece: string) => `Brier score ${brier}, expected calibration error ${ece}`,
    subtype: "Cause",
    subtypesCaption: "Recall at 0.5 by the cause of the pneumonia that the file names tell",
    foundOf: (found: number, n: number) => `${count(found)} of ${count(n)}`,
    missed: (shown: number, all: number) => `Missed pneumonias, surest first (${count(shown)} of ${count(all)})`,
    falseAlarms: (shown: number, all: number) => `False alarms, surest first (${count(shown)} of ${count(all)})`,
    maps: "What the model looks at",
    probability: (p: string) => `p\u00a0${p}`,
    labelled: (label: string) => `is ${label}`,
    xray: "X-ray",
    map: "the same X-ray with the map laid over it",
    mapKinds: {
      "class-activation":
        "Class activation: how much each place of the last feature map speaks for PNEUMONIA or NORMAL (Zhou and others, 2016).",
      weights:
        "Weights: each pixel's share of the log-odds, weight times value; together with the bias they add up to the prediction. Shown summed up over squares of 8 × 8 pixels.",
      "input-gradient":
        "Input gradient: how fast the log-odds change with each pixel (Simonyan and others, 2013). Shown summed up over squares of 8 × 8 pixels.",
    } as Record<Pictures["mapKind"], string>,
    mapColours: " Orange speaks for PNEUMONIA, blue for NORMAL. A map shows what the model used, not where a disease is.",
  },
  data: {
    title: "Data",
    folder: "Folder",
    origin: "Origin",
    synthetic: "synthetic data, generated by pulmo",
    sample: "a sample of the published dataset that comes with pulmo (CC BY 4.0); sample/SAMPLE.txt says how it was chosen",
    fromFiles: "read from files",
    originals: "Originals",
    sizes: (w: SizeRange, h: SizeRange) =>
      `${w.min}–${w.max} pixels wide (median ${w.median}), ${h.min}–${h.max} high (median ${h.median})`,
    imageSize: "Image size",
    resized: (n: number) => `resized to ${n} × ${n}, RGB, values from 0 to 1`,
    limit: "Limit",
    noLimit: "none: every readable image",
    limited: (n: number) => `${plural(n, "image")} per class and split (--limit ${n})`,
    published: "Against the published set",
    sameCounts: "the same counts in every split and class",
    otherCounts: "different counts",
    validation: "Validation set",
    ownValidation: "the dataset's own",
    validationFromTrain: (share: string) => `${share} of train, by patient (--val-split)`,
    imbalance: "Class imbalance in train",
    perNormal: (ratio: string) => `${ratio} PNEUMONIA for each NORMAL`,
    subtypes: "Causes of pneumonia",
    subtypesOf: (split: string, n: { bacteria: number; virus: number; unknown: number }) =>
      `${split} ${count(n.bacteria)} bacteria, ${count(n.virus)} virus${n.unknown ? `, ${count(n.unknown)} not named` : ""}`,
    unreadable: "Unreadable files",
    manifest: "Manifest SHA-256",
    split: "Split",
    total: "Total",
    share: "PNEUMONIA share",
    countsCaption: "Images used, by split and class",
    countsBesideCaption: "Images used, by split and class; where the published dataset has another count, it stands below",
    publishedCount: (n: string) => `published ${n}`,
    patients: "Patients",
    images: "Images",
    splits: "Splits",
    noPatients: "The file names do not tell patients: whether one is in two splits cannot be checked.",
    patientNumbers: (numbers: string) => `Patient numbers in the file names: ${numbers}.`,
    sharedCaption:
      "Patient numbers that occur in two splits, and their images there; whether such a number is one patient is not known",
    duplicates: "Identical files",
    noDuplicates: "No two files are identical.",
    duplicateGroups: (groups: number, across: number) =>
      `${plural(groups, "group")} of identical files, ${across === 0 ? "none" : count(across)} of them across splits. They were left in, as in the study.`,
    showDuplicates: (n: number) => (n === 1 ? "The group" : `The ${n} groups`),
    notes: "Notes",
    file: "File",
    reason: "Reason",
    firstUnreadable: (shown: number, all: number) =>
      `The first ${shown} of ${count(all)} files that could not be read and were left out; metrics.json names all`,
    allUnreadable: "Files that could not be read and were left out",
  },
  method: {
    title: "Method",
    strong:
      "Training images are drawn so that both classes come equally often, each in a new view: a crop of 8 to 100% of its area enlarged to the whole, mirrored " +
      "or not, turned by up to 15 degrees, brightness and contrast changed by up to 30%, every other one blurred. Pixels are normalized by the mean and deviation of ImageNet. The " +
      "learning rate falls to 0 along half a cosine, and the weights after the last epoch are the ones evaluated. At the end the log-odds are divided by a " +
      "temperature, chosen on the validation images and a smoother copy of them. Training time is the training loop alone, without decoding and evaluation.",
    trained: ({ epochs, lr, batchSize, seed }: RunSettings) =>
      `Each model was trained for ${plural(epochs, "epoch")} with Adam (learning rate ${lr}, batches of ${batchSize}) on the mean cross-entropy of two logits, from seed ${seed}. `,
    training: ({ epochs, lr, batchSize, seed }: RunSettings) =>
      `Each model was trained for ${plural(epochs, "epoch")} with Adam (learning rate ${lr}, batches of ${batchSize}) on the mean cross-entropy of two ` +
      `logits, the training images shuffled anew every epoch from seed ${seed}. No augmentation, no early stopping; the weights after the last epoch ` +
      "are the ones evaluated. Training time is the training loop alone, without decoding and evaluation.",
    cosine: "The learning rate falls to 0 along half a cosine.",
    evaluation:
      "Unless another threshold is named, an image counts as PNEUMONIA where its probability is above 0.5. Rates are scikit-learn's, 0 where a " +
      "denominator is 0; AUC is the trapezoidal area under the ROC curve. Validation data chose nothing but what is named as such: thresholds, a temperature.",
    recipe: "Recipe",
    seeds: "Seeds",
    weights: "Initial weights",
    random: "random",
    started: "Started",
    finished: "Finished",
    minutes: (n: string) => `${n} minutes in all`,
    commit: "Commit of pulmo",
    unknown: "unknown",
    system: "System",
    cores: "Cores",
    coresAndThreads: (cores: number, threads: number) => `${cores} physical, ${plural(threads, "thread")} used`,
    memory: "Memory",
    kernels: "Kernels",
    /** Lanes of the wasm core by mode (EnvironmentFacts.wasm). */
    variants: {
      simd: "128-bit SIMD",
      relaxed: "128-bit SIMD with relaxed multiply-add",
      revec: "128-bit SIMD with relaxed multiply-add, paired into 256 bits by V8",
    } as Record<string, string>,
    reproduce: "To reproduce",
    sameNumbers:
      "The same command on the same files in the same kernel mode gives the same numbers, whatever the number of threads.",
    command: "Command",
  },
  plots: {
    actual: (label: string) => `true ${label}`,
    predicted: (label: string) => `predicted ${label}`,
    trueClass: "true class",
    predictedClass: "predicted class",
    noImages: "no images",
    confusion: (split: "val" | "test") => `Confusion matrix, ${SPLIT_NAMES[split]}`,
    confusionData: "Images by true and predicted class",
    cellAlt: (actual: string, predicted: string, n: string, share: string) =>
      `true ${actual} predicted ${predicted}: ${n} (${share})`,
    roc: "ROC",
    rocByModel: "ROC on test, by model",
    rocData: "Points of the ROC curve; p at or above the threshold counts as PNEUMONIA",
    fpr: "false positive rate (1 − specificity)",
    tpr: "true positive rate (recall)",
    curve: "Curve",
    areaOf: (title: string, auc: string) => `${title} has an area of ${auc}`,
    rocAlt: (areas: string[]) => `true positive rate against false positive rate; ${listed(areas)}.`,
    precisionRecall: "Precision and recall",
    precisionRecallData: "Points of the precision-recall curve",
    averagePrecisionOf: (title: string, ap: string) => `${title} has an average precision of ${ap}`,
    precisionRecallAlt: (areas: string[]) => `precision against recall; ${listed(areas)}. The key shows average precision.`,
    calibration: "Calibration, test",
    calibrationData: "Bins of the calibration plot",
    bin: "p",
    meanProbability: "mean predicted probability",
    observedShare: "share that is PNEUMONIA",
    calibrationCaption: (brier: string, ece: string) =>
      `Brier score ${brier}, expected calibration error ${ece}. On the dashed line a probability is what it says; a mark's area is its number of images.`,
    uncalibrated: (ece: string) => ` The thin line is the same without the temperature: ${ece}.`,
    calibrationAlt: (brier: string, ece: string, bins: string[]) =>
      `Brier score ${brier}, expected calibration error ${ece}; ${bins.join("; ")}.`,
    binAlt: (n: string, predicted: string, observed: string) =>
      `${n} images with mean probability ${predicted}, of which the share ${observed} is PNEUMONIA`,
    scores: "Scores by true class, test",
    scoresData: "Test images by probability and true class",
    probability: "probability of PNEUMONIA",
    scoresAlt: (normalBelow: string, normal: string, pneumoniaBelow: string, pneumonia: string) =>
      `below 0.5 lie ${normalBelow} of ${normal} NORMAL and ${pneumoniaBelow} of ${pneumonia} PNEUMONIA images.`,
    loss: "Training loss by epoch",
    trainAccuracy: "Training accuracy by epoch",
    byEpoch: {
      val: "Validation images by epoch",
      valRescaled: "Validation images made smoother, by epoch",
      test: "Test images by epoch",
    },
    byEpochCaption: {
      val: "At the threshold 0.5, before calibration.",
      valRescaled: "The same images shrunk and enlarged again, which takes fine detail away.",
      test: "Information (--track test): no choice was made from it. How much it moves from epoch to epoch is how much a single figure may mislead.",
    },
    byEpochAlt: (figures: string[], epochs: number) => `After epoch ${epochs}: ${listed(figures)}.`,
    epoch: "epoch",
    learningAlt: (first: string, last: string, epochs: number) => `${first} after epoch 1, ${last} after epoch ${epochs}.`,
    trainingTime: "Training time",
    seconds: "seconds",
    study: "study",
    studyTime: (time: string) => `study ${time}`,
    times: (cpu: string) => `This run (${cpu}).`,
    timesBesideStudy: (cpu: string, studyCpu: string) => `Bars: this run (${cpu}). Upright marks: the study (${studyCpu}).`,
    intervals: "95% intervals, test",
    intervalsData: "Values and 95% intervals",
    intervalsCaption: "Dots: this run. Bars: 95% intervals. Upright marks: the study.",
    intervalsAlt: (rows: string[]) => `${rows.join("; ")}.`,
    figure: "Figure",
    value: "value",
    classDistribution: "Class distribution",
    shareOfSplit: "share of the split",
  },
  sweep: {
    title: "A sweep of pulmo",
    subtitle: (trainings: number) => plural(trainings, "training"),
    section: "Settings",
    how: (rows: number, seeds: number, folds: number, images: number) =>
      `${plural(rows, "setting")}, each with ${plural(seeds, "seed")}${folds > 1 ? ` on ${folds} folds by patient` : ""}; ` +
      `tested on ${plural(images, "image")}. Values are means over a setting's trainings, ± their standard deviation.`,
    tests:
      "“Together” is the mean log-odds of a setting's trainings, with the bootstrap's 95 % interval. “Difference” is its AUC less the first row's " +
      "on the same images, by DeLong's paired test; p is corrected for all rows (Holm).",
    caption: { validation: "Ordered by the AUC on validation images", test: "Ordered by the AUC on test images" },
    chosenByTest:
      "There is no validation set taken from train, so the rows are ordered by the test images: the first row's figures are better than new images would give. Use folds or val-split to choose.",
    missing: "Left out:",
    setting: "Setting",
    trainings: "Trainings",
    validationAuc: "Validation AUC",
    together: "Together",
    difference: "Difference",
    chosen: "first",
    plot: "Settings and AUC",
    plotAlt: (rows: number, low: string, high: string) => `${plural(rows, "setting")}, AUC on test images from ${low} to ${high}`,
    plotCaption: "A line is a setting: where it crosses an axis is its value there. The thick orange line is the first row.",
  },
  compare: {
    title: "Runs of pulmo, side by side",
    subtitle: (runs: number) => plural(runs, "run"),
    runs: "Runs",
    run: "Run",
    date: "Finished",
    differCaption: "Settings and machine, where the runs differ",
    nothingDiffers: "The runs name the same settings and the same machine.",
    otherData:
      "The runs did not use the same files (their manifests differ): a difference between them may come from the images.",
    synthetic: "Some of these runs are on synthetic data: generated images, not X-rays.",
    sample: "Some of these runs are on the small sample that comes with pulmo.",
    caption: "Test results at the threshold 0.5; below a run's value its difference from the first run that has the model",
    folder: "Folder",
    settings: {
      data: "Manifest",
      recipe: "Recipe",
      epochs: "Epochs",
      batchSize: "Batch size",
      lr: "Learning rate",
      seeds: "Seeds",
      weights: "Initial weights",
      valSplit: "Validation from train",
      targetRecall: "Target recall",
      limit: "Limit",
      threads: "Threads",
      wasm: "Kernels",
      cpu: "CPU",
      node: "Node.js",
      pulmo: "pulmo",
      commit: "Commit",
    },
  },
};
