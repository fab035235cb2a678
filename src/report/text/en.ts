// The report in English. Numbers come formatted, except counts that decide between singular and plural.

import type { ClassNames } from "../../data/types.js";
import type { RunSettings, SizeRange } from "../../results/metrics.js";
import type { Pictures } from "../../results/picture-list.js";
import type { StressKind } from "../../results/stress-results.js";
import type { Text } from "../blocks.js";
import { count, percent } from "../format.js";
import { evaluationEn } from "./evaluation-en.js";
import { glanceEn } from "./glance-en.js";
import type { Language } from "./languages.js";

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

/** `classes`: the names of the negative and the positive class. */
export const en = ([negative, positive]: ClassNames) => ({
  /** BCP 47, the language of the page. */
  tag: "en" as Language,
  seconds,
  /** Titles of models that are ordinary words of the language. */
  titles: { logistic: "Logistic regression" } as Record<string, string>,
  splits: SPLIT_NAMES,
  subtypes: { bacteria: "bacteria", virus: "virus", unknown: "not stated" },
  count: { images: (n: number) => plural(n, "image") },
  columns: {
    model: "Model",
    accuracy: "Accuracy",
    recall: "Recall",
    specificity: "Specificity",
    precision: "Precision",
    f1: "F1",
    auc: "AUC",
    trainTime: "Training time",
    parameters: "Parameters",
    threshold: "Threshold",
    falseNegatives: "False negatives",
    falsePositives: "False positives",
  },
  page: {
    title: `Chest X-ray classification: ${negative} or ${positive}`,
    subtitle: (models: number, date: string) => `${plural(models, "model")}, trained and evaluated by pulmo on CPUs, ${date}`,
    syntheticTitle: "Synthetic data",
    synthetic: "Synthetic data: generated images, not X-rays. The results only show that the program works.",
    syntheticMark: "synthetic data",
    sampleTitle: "Sample",
    sample:
      "Sample: 300 of the 5,856 published X-rays (Kermany et al., doi:10.17632/rscbjbr9sj, CC BY 4.0), reduced in size. The results show how the program works, not how good a model is.",
    sampleMark: "sample",
    limited: (n: number) => `This run used at most ${n} images per class and split (--limit ${n}), not the whole dataset.`,
    sections: "Sections",
    skip: "Skip to the report",
    csv: "Save as CSV",
    numbers: "Data of this plot",
    someRows: (shown: number, all: number) => `${count(shown)} of ${count(all)} rows, evenly spaced; metrics.json has all`,
    someItems: (shown: number, all: number) => `The first ${count(shown)} of ${count(all)}; metrics.json has all.`,
    seed: (seed: number) => `seed ${seed}`,
  },
  summary: {
    title: "Summary",
    alone: (f: { model: string; auc: string; range: string | null; accuracy: string; images: number }): Text => [
      { strong: f.model },
      ` is the only model of this run. Test AUC ${f.auc}${f.range ? ` (95% CI ${f.range})` : ""}, accuracy ${f.accuracy} on ${plural(f.images, "test image")}.`,
    ],
    behind: (model: string, auc: string, accuracy: string) => `${model} (AUC ${auc}, accuracy ${accuracy})`,
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
      `${f.tied ? " is one of the best models: " : " has the best test results: "}AUC ${f.auc}` +
        `${f.range ? ` (95% CI ${f.range})` : ""}, accuracy ${f.accuracy} on ${plural(f.images, "test image")}. Other models: ${listed(f.behind)}.`,
    ],
    leadCertain: (f: { second: string; difference: string; p: string }) =>
      ` The difference in AUC from ${f.second} (${f.difference}) is statistically significant (DeLong p ${f.p}).`,
    leadByChance: (f: { second: string; difference: string; p: string }) =>
      ` The difference in AUC from ${f.second} (${f.difference}) is not statistically significant (DeLong p ${f.p}).`,
    tradeOff: (f: {
      model: string;
      falseNegatives: number;
      positives: number;
      falsePositives: number;
      negatives: number;
      recall: string;
      specificity: string;
    }) =>
      `At threshold 0.5, ${f.model} has ${plural(f.falseNegatives, "false negative")} among ${count(f.positives)} ${positive} images (recall ${f.recall}) ` +
      `and ${plural(f.falsePositives, "false positive")} among ${count(f.negatives)} ${negative} images (specificity ${f.specificity}).`,
    atChosen: (f: {
      threshold: string;
      target: string;
      validation: number;
      falseNegatives: number;
      falsePositives: number;
      accuracy: string;
    }) =>
      ` At threshold ${f.threshold}, chosen on ${plural(f.validation, "validation image")} for a recall of ${f.target}, it has ` +
      `${plural(f.falseNegatives, "false negative")} and ${plural(f.falsePositives, "false positive")} (accuracy ${f.accuracy}).`,
    extremes: (f: {
      falseNegatives: { models: string[]; count: number };
      falsePositives: { models: string[]; count: number };
      quickest: string;
      seconds: string;
    }) =>
      `Fewest false negatives at threshold 0.5: ${listed(f.falseNegatives.models)} (${count(f.falseNegatives.count)}). ` +
      `Fewest false positives: ${listed(f.falsePositives.models)} (${count(f.falsePositives.count)}). ` +
      `Shortest training: ${f.quickest} (${f.seconds} s).`,
    study: (f: {
      model: string;
      accuracy: string;
      accuracyBy: string;
      recall: string;
      recallBy: string;
      auc: string;
      aucBy: string;
    }) =>
      `The study reported for ${f.model}: accuracy ${f.accuracy} (this run ${f.accuracyBy} points), recall ${f.recall} (${f.recallBy} points) and AUC ${f.auc} (${f.aucBy}).`,
    oneSeed: (seed: number) =>
      `Each model was trained once, with seed ${seed}. The 95% confidence intervals (CI) cover the choice of test images, not the choice of seed; --seeds 0,1,2 measures the latter.`,
    severalSeeds: (seeds: number[]) =>
      `The results are those of seed ${seeds[0]}. The section “Uncertainty” shows how they vary over the seeds ${listed(seeds.map(String))}.`,
    smallValidation: (n: number, own: boolean) =>
      `The validation set has ${plural(n, "image")}, too few to choose a model or a threshold.${own ? " --val-split 0.1 takes a larger one from the training set, split by patient." : ""}`,
    sharedPatients: (n: number) =>
      `${plural(n, "patient number")} in the file names occur${n === 1 ? "s" : ""} in both train and test. It is not known whether the same number means the same patient. If it does, the test results are too optimistic.`,
    notClinical: "Not for clinical use.",
  },
  comparison: {
    title: "Comparison",
    caption: `Test results at threshold 0.5. Recall, precision and F1 are those of ${positive}; specificity is the recall of ${negative}`,
    study: (model: string) => `${model}, study`,
    noStudy: "The study's results are not shown because they are for real X-rays.",
    noStudyForSample: "The study's results are not shown because they are for the whole dataset.",
    cited: (title: string) => `The study: "${title}", a course project of AI+X, Hanyang University, 2025.`,
    howToRead: "Below each published value: this run minus the study, in percentage points; for the training time, the ratio.",
    sameImages: " Both used the same numbers of images.",
    otherImages: " This run did not use the same images as the study (see Data), so the results are not directly comparable.",
    machine: (threads: number, cpu: string) => `${plural(threads, "thread")} of ${cpu}`,
  },
  thresholds: {
    title: "Decision threshold",
    plain: `An image is labelled ${positive} if its probability is above the threshold. A lower threshold gives fewer false negatives and more false positives.`,
    chosen: (target: string) =>
      `An image is labelled ${positive} if its probability is above the threshold. A lower threshold gives fewer false negatives and more false positives. ` +
      `Besides 0.5, the table shows the highest threshold with a recall of at least ${target} on the validation set (--target-recall). ` +
      "It was chosen on validation data only and then applied to the test set.",
    smallValidation: (n: number, own: boolean) =>
      `The validation set has ${plural(n, "image")}, far too few to choose a threshold: other validation images would give a very different one.` +
      `${own ? " Train with --val-split 0.1 to choose it on hundreds of images." : ""}`,
    caption: "Test results by threshold",
    same: (model: string) => `${model}, chosen`,
    onValidation: (target: string) => `recall ≥ ${target} on validation`,
    balancedOnValidation: "best balanced accuracy on validation",
    none: `no ${positive} image in validation`,
    move: "Threshold",
  },
  review: {
    title: "Review",
    intro:
      "With an error rate, the model decides for a class, or sends the image to review by a person (predict --error-rate). Of each class, at most this share is expected to be " +
      "decided as the other class, if new images are like the validation images (class-conditional conformal prediction). Images that are unlike the training images are for review. " +
      "Each validation image is compared with the others, so that the error rate holds there by construction; the test images show whether it holds elsewhere.",
    basis: (negatives: number, positives: number) =>
      `The decisions are based on validation images: ${count(negatives)} ${negative} and ${count(positives)} ${positive}.`,
    noRate: "The validation images are too few for these error rates. Train with --val-split 0.1 to have more.",
    broken: (places: string[]) =>
      `The error rate does not hold on the test images: ${listed(places)}. The 95% intervals exclude the error rate: the test images differ ` +
      "from the validation images, or these are too few to be typical. Use validation images that are like the images to be decided.",
    unclear: (places: string[]) =>
      `On the test images, the share of wrong decisions is above the error rate, but within chance: ${listed(places)}. Elsewhere, the error rate holds.`,
    holds: "On the test images, the error rate holds for both classes, at every rate that the validation images allow.",
    place: (rate: string, name: string, share: string) => `${name} ${share} wrong at a rate of ${rate}`,
    caption: (model: string) => `Images for review and wrong decisions of ${model}, by error rate, with 95% intervals (Wilson)`,
    rate: "Error rate",
    class: "Class",
    valReview: "Review, validation",
    valWrong: "Wrong of the decided, validation",
    testReview: "Review, test",
    testWrong: "Wrong, test",
    testWrongOfDecided: "Wrong of the decided, test",
    kept: "Holds on test",
    verdicts: { yes: "yes", unclear: "within chance", no: "no" },
    needs: (n: number) => `needs ${plural(n, "validation image")} of each class`,
  },
  uncertainty: {
    title: "Uncertainty",
    intervals:
      "The 95% confidence intervals (CI) come from a bootstrap with 2,000 resamples of the test images (percentile method, fixed seed). " +
      "The bootstrap assumes independent images. Some patients have several images, so the true intervals are slightly wider.",
    figureOf: (model: string, figure: string) => `${figure.toLowerCase()} of ${model}`,
    noError: (figures: string[], most: string) =>
      `An interval of zero width (${listed(figures)}) does not mean certainty: without an error in the test set, no resample has one. By the rule of three, ` +
      `the true rate may differ by up to ${most}.`,
    intervalsCaption: "95% confidence intervals on test, at threshold 0.5",
    differencesCaption: "Differences in AUC on the same test images (DeLong's test)",
    models: "Models",
    difference: "Difference",
    interval: "95% CI",
    p: "p",
    between: (low: string, high: string) => `${low} to ${high}`,
    repeats:
      "Each model was trained once per seed. The seed decides the initial weights and the order of the training images. The images are the same.",
    ensemble: "ensemble of all seeds: mean of the log-odds",
    repeatsCaption: "Mean and standard deviation over the seeds, on test at threshold 0.5, then each seed",
    trainings: (n: number) => plural(n, "training run"),
    seed: (seed: number) => `seed ${seed}`,
  },
  sensitivity: {
    title: "Sensitivity to changed images",
    stress: (negatives: number, positives: number) =>
      "A disease does not disappear if its image is slightly blurred, darkened or cropped. If the results get worse, the model depends on what was " +
      `changed: fine detail, grey levels, the border or the centre. ${plural(negatives + positives, "test image")} (${count(negatives)} ${negative}, ${count(positives)} ${positive}, evenly ` +
      "spaced over the sorted file names of each class) were changed in seven ways and scored again at threshold 0.5. Vertical bars are 95% confidence " +
      "intervals (bootstrap, 2,000 resamples of these images).",
    untouched: "unchanged",
    images: "Images",
    levels: "Level",
    level: (kind: StressKind, level: number) => (kind === "crop" || kind === "cover" ? percent(level, 0) : String(level)),
    strongestCaption: "AUC at the ends of the curves; below it recall and specificity at threshold 0.5",
    kinds: {
      blur: { title: "Blur", axis: "sigma of the Gaussian, in pixels", at: (level: string) => `blurred, sigma ${level} pixels` },
      downsampling: {
        title: "Downsampling",
        axis: "reduced to this size in pixels, then enlarged",
        at: (level: string) => `downsampled to ${level} pixels`,
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
        axis: "part of the side length removed on each side",
        at: (level: string) => `${level} cropped on each side`,
      },
      cover: {
        title: "Covered centre",
        axis: "side of the grey square, relative to the image",
        at: (level: string) => `centre covered, ${level} of the side length`,
      },
    } as Record<StressKind, { title: string; axis: string; at: (level: string) => string }>,
    plotAlt: (series: string[]) => `AUC by level; ${series.join("; ")}.`,
    falsePositives: "False positives by group of images",
    blocks:
      `The file names of ${negative} images contain running numbers. Images with neighbouring numbers were probably taken in the same months on the same machine. ` +
      "If false positives are concentrated in some blocks of numbers, the model recognizes a machine rather than a disease.",
    noBlocks: `The file names of ${negative} images contain no numbers, so false positives cannot be grouped by neighbouring images.`,
    block: "Numbers",
    blocksCaption: `False positive rate (1 − specificity) on all ${negative} test images, by block of neighbouring numbers`,
    sharpnessIs: (sigma: string) =>
      `The sharpness of an image is the mean absolute difference, in grey levels, between the image and a copy blurred with sigma ${sigma} pixel${sigma === "1" ? "" : "s"}.`,
    sharpness: "Sharpness",
    sharpnessCaption: `False positive rate on all ${negative} test images, by quartile of sharpness`,
    fileSizeTitle: "File size alone",
    fileSize: (train: string, test: string) =>
      `Ranking the images only by the size of their files, small files as ${positive}, gives an AUC of ${train} on train and ${test} on test. ` +
      "This uses no pixel: what makes files small separates the classes without being a sign of disease.",
  },
  models: {
    splits: { test: "Test", val: "Validation" },
    report: (split: "val" | "test") => `Classification report, ${SPLIT_NAMES[split]}`,
    startedFrom: "Initial weights",
    scratch: "random",
    card: "Model card",
    packaged: "this is the model that comes with pulmo: ",
    training: "Training",
    lastEpoch: "Last epoch",
    noEpoch: "No epoch was trained.",
    epochsIn: (epochs: number, time: string) => `${plural(epochs, "epoch")} in ${time}`,
    lossAndAccuracy: (loss: string, accuracy: string) => `loss ${loss}, training accuracy ${accuracy}`,
    accuracyAndAuc: (accuracy: string, auc: string, images: number) =>
      `accuracy ${accuracy}, AUC ${auc}, ${plural(images, "image")}`,
    probabilities: "Calibration (test)",
    everyScore: "All scores",
    temperature: "Temperature",
    dividedBy: (temperature: string) =>
      `log-odds divided by ${temperature}, chosen on validation images; part of the last layer's weights`,
    quality: (brier: string, ece: string) => `Brier score ${brier}, expected calibration error ${ece}`,
    subtype: "Cause",
    subtypesCaption: "Recall by cause, as stated in the file names, at threshold 0.5",
    foundOf: (found: number, n: number) => `${count(found)} of ${count(n)}`,
    falseNegatives: (shown: number, all: number) => `False negatives, most confident first (${count(shown)} of ${count(all)})`,
    falsePositives: (shown: number, all: number) => `False positives, most confident first (${count(shown)} of ${count(all)})`,
    maps: "Explanation maps",
    probability: (p: string) => `p\u00a0${p}`,
    labelled: (label: string) => `true class ${label}`,
    xray: "X-ray",
    map: "the same X-ray with the explanation map",
    mapKinds: {
      "class-activation": `Class activation map: how much each position of the last feature map contributes to ${positive} or ${negative} (Zhou et al., 2016).`,
      weights:
        "Weights: the contribution of each pixel to the log-odds (weight × value). All contributions and the bias add up to the prediction. Shown as sums over squares of 8 × 8 pixels.",
      "input-gradient":
        "Input gradient: the derivative of the log-odds with respect to each pixel (Simonyan et al., 2013). Shown as sums over squares of 8 × 8 pixels.",
    } as Record<Pictures["mapKind"], string>,
    mapColours: ` Orange supports ${positive}, blue supports ${negative}. A map shows what the model used, not where a disease is.`,
  },
  data: {
    title: "Data",
    folder: "Folder",
    origin: "Origin",
    synthetic: "synthetic data, generated by pulmo",
    sample:
      "a sample of the published dataset, part of pulmo (CC BY 4.0); sample/SAMPLE.txt describes how the images were chosen",
    fromFiles: "image files",
    originals: "Original sizes",
    sizes: (w: SizeRange, h: SizeRange) =>
      `width ${w.min}–${w.max} pixels (median ${w.median}), height ${h.min}–${h.max} (median ${h.median})`,
    imageSize: "Input size",
    resized: (n: number) => `resized to ${n} × ${n}, RGB, values from 0 to 1`,
    limit: "Limit",
    noLimit: "none, all readable images",
    limited: (n: number) => `${plural(n, "image")} per class and split (--limit ${n})`,
    published: "Compared with the published dataset",
    sameCounts: "same counts in every split and class",
    otherCounts: "different counts",
    validation: "Validation set",
    ownValidation: "from the dataset",
    validationFromTrain: (share: string) => `${share} of train, split by patient (--val-split)`,
    imbalance: "Class imbalance in train",
    perNormal: (ratio: string) => `${ratio} ${positive} images per ${negative} image`,
    subtypes: "Causes",
    subtypesOf: (split: string, n: { bacteria: number; virus: number; unknown: number }) =>
      `${split} ${count(n.bacteria)} bacteria, ${count(n.virus)} virus${n.unknown ? `, ${count(n.unknown)} not stated` : ""}`,
    unusual: "Images unlike the training images",
    unusualMeaning:
      "An image is unusual if a coarse copy of it lies far from those of the training images. About 0.5% of images of the same kind are.",
    unusualIn: (split: string, found: number, all: number) => `${split}: ${count(found)} of ${count(all)}`,
    showUnusual: (shown: number) => `The ${count(shown)} most unusual, with their scores (above 1: unusual)`,
    unreadable: "Unreadable files",
    manifest: "Manifest SHA-256",
    split: "Split",
    total: "Total",
    share: `${positive} share`,
    countsCaption: "Images used, by split and class",
    countsBesideCaption: "Images used, by split and class; the count of the published dataset below it if it differs",
    publishedCount: (n: string) => `published ${n}`,
    patients: "Patients",
    images: "Images",
    splits: "Splits",
    noPatients: "The file names contain no patient numbers, so it cannot be checked whether a patient is in two splits.",
    patientNumbers: (numbers: string) => `Patient numbers in the file names: ${numbers}.`,
    sharedCaption:
      "Patient numbers that occur in two splits, and their images; it is not known whether the same number means the same patient",
    duplicates: "Identical files",
    noDuplicates: "No two files are identical.",
    duplicateGroups: (groups: number, across: number) =>
      `${plural(groups, "group")} of identical files, ${across === 0 ? "none" : count(across)} of them across splits. They were not removed, as in the study.`,
    showDuplicates: (n: number) => (n === 1 ? "Show the group" : `Show ${n} groups`),
    notes: "Notes",
    file: "File",
    reason: "Reason",
    firstUnreadable: (shown: number, all: number) =>
      `The first ${shown} of ${count(all)} unreadable files, which were not used; metrics.json lists all`,
    allUnreadable: "Unreadable files, which were not used",
  },
  method: {
    title: "Method",
    strong:
      "Training images are sampled so that both classes occur equally often. Every use of an image is augmented differently: a random crop of 8 to 100% of its area, resized to the full size, a random horizontal flip, " +
      "a rotation of up to 15 degrees, brightness and contrast changes of up to 30%, and blur for half of the images. Pixels are standardized with the mean and standard deviation of ImageNet. The " +
      "learning rate falls to 0 along half a cosine. The weights after the last epoch are evaluated. Finally the log-odds are divided by a " +
      "temperature that was chosen on the validation images and a smoothed copy of them. Training time is the time of the training loop, without decoding and evaluation.",
    trained: ({ epochs, smallEpochs, smallSize, lr, batchSize, seed }: RunSettings) =>
      `Each model was trained for ${plural(epochs, "epoch")}${smallEpochs ? `, the first ${smallEpochs} with images of ${smallSize} pixels,` : ""} with Adam (learning rate ${lr}, batch size ${batchSize}) on the mean cross-entropy of two logits, with seed ${seed}. `,
    training: ({ epochs, lr, batchSize, seed }: RunSettings) =>
      `Each model was trained for ${plural(epochs, "epoch")} with Adam (learning rate ${lr}, batch size ${batchSize}) on the mean cross-entropy of two ` +
      `logits. The training images were shuffled in every epoch (seed ${seed}). There was no augmentation and no early stopping; the weights after the last epoch ` +
      "are evaluated. Training time is the time of the training loop, without decoding and evaluation.",
    continued: (epochs: readonly number[]) =>
      `The finished training was continued after ${epochs.length === 1 ? "epoch" : "epochs"} ${epochs.join(" and ")} with a fresh state of Adam, so the weights differ from those of a training in one piece.`,
    cosine: "The learning rate falls to 0 along half a cosine.",
    evaluation:
      `Unless another threshold is stated, an image is labelled ${positive} if its probability is above 0.5. Metrics are defined as in scikit-learn and are 0 if a ` +
      "denominator is 0. AUC is the trapezoidal area under the ROC curve. Validation data was used only to choose thresholds and a temperature, where stated.",
    recipe: "Recipe",
    seeds: "Seeds",
    hidden: "Hidden layers of the DNN",
    weights: "Initial weights",
    random: "random",
    started: "Started",
    finished: "Finished",
    minutes: (n: string) => `${n} minutes in total`,
    commit: "Commit of pulmo",
    unknown: "unknown",
    system: "System",
    cores: "Cores",
    coresAndThreads: (cores: number, threads: number) => `${cores} physical, ${plural(threads, "thread")} used`,
    memory: "Memory",
    kernels: "Kernels",
    /** Vector width of the WebAssembly core, by EnvironmentFacts.wasm. */
    variants: {
      simd: "128-bit SIMD",
      relaxed: "128-bit SIMD with relaxed multiply-add",
      revec: "128-bit SIMD with relaxed multiply-add, fused to 256 bits by V8",
    } as Record<string, string>,
    reproduce: "How to reproduce",
    sameNumbers:
      "The same command with the same files and the same kernels gives the same numbers, independent of the number of threads.",
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
      `true ${actual}, predicted ${predicted}: ${n} (${share})`,
    roc: "ROC curve",
    rocByModel: "ROC curves by model, test",
    rocData: `Points of the ROC curve; p at or above the threshold is labelled ${positive}`,
    fpr: "false positive rate (1 − specificity)",
    tpr: "true positive rate (recall)",
    curve: "Curve",
    areaOf: (title: string, auc: string) => `AUC of ${title} ${auc}`,
    rocAlt: (areas: string[]) => `true positive rate against false positive rate; ${listed(areas)}.`,
    precisionRecall: "Precision-recall curve",
    precisionRecallData: "Points of the precision-recall curve",
    averagePrecisionOf: (title: string, ap: string) => `average precision of ${title} ${ap}`,
    precisionRecallAlt: (areas: string[]) => `precision against recall; ${listed(areas)}. The legend shows average precision.`,
    calibration: "Calibration, test",
    calibrationData: "Bins of the calibration plot",
    bin: "p",
    meanProbability: "mean predicted probability",
    observedShare: `fraction of ${positive} images`,
    calibrationCaption: (brier: string, ece: string) =>
      `Brier score ${brier}, expected calibration error ${ece}. The dashed line is perfect calibration; the area of a dot is its number of images.`,
    uncalibrated: (ece: string) => ` Thin line: without the temperature, expected calibration error ${ece}.`,
    calibrationAlt: (brier: string, ece: string, bins: string[]) =>
      `Brier score ${brier}, expected calibration error ${ece}; ${bins.join("; ")}.`,
    binAlt: (n: string, predicted: string, observed: string) =>
      `${n} images with mean probability ${predicted}, fraction of ${positive} ${observed}`,
    scores: "Predicted probability by true class, test",
    scoresData: "Test images by probability and true class",
    probability: `probability of ${positive}`,
    scoresAlt: (negativeBelow: string, negatives: string, positiveBelow: string, positives: string) =>
      `below 0.5 are ${negativeBelow} of ${negatives} ${negative} images and ${positiveBelow} of ${positives} ${positive} images.`,
    loss: "Training loss by epoch",
    trainAccuracy: "Training accuracy by epoch",
    byEpoch: {
      val: "Validation results by epoch",
      valRescaled: "Validation results by epoch, smoothed images",
      test: "Test results by epoch",
    },
    byEpochCaption: {
      val: "At threshold 0.5, before calibration.",
      valRescaled: "The same images, downsampled and enlarged again, which removes fine detail.",
      test: "For information only (--track test): these results were not used for any choice. Large changes between epochs mean that a single result is not reliable.",
    },
    byEpochAlt: (figures: string[], epochs: number) => `After epoch ${epochs}: ${listed(figures)}.`,
    epoch: "epoch",
    learningAlt: (first: string, last: string, epochs: number) => `${first} after epoch 1, ${last} after epoch ${epochs}.`,
    trainingTime: "Training time",
    seconds: "seconds",
    study: "study",
    studyTime: (time: string) => `study ${time}`,
    times: (cpu: string) => `This run (${cpu}).`,
    timesBesideStudy: (cpu: string, studyCpu: string) => `Bars: this run (${cpu}). Vertical lines: the study (${studyCpu}).`,
    intervals: "95% confidence intervals, test",
    intervalsData: "Values and 95% confidence intervals",
    intervalsCaption: "Dots: this run. Horizontal bars: 95% confidence intervals. Vertical lines: the study.",
    intervalsAlt: (rows: string[]) => `${rows.join("; ")}.`,
    figure: "Metric",
    value: "value",
    classDistribution: "Class distribution",
    shareOfSplit: "share of the split",
  },
  adaptation: {
    title: "Adaptation to another hospital",
    subtitle: (model: string, images: number, date: string) => `${model}, ${plural(images, "labelled image")}, ${date}`,
    unreadable: (n: number) =>
      `${plural(n, "file")} could not be read and ${n === 1 ? "was" : "were"} left out; adaptation.json lists ${n === 1 ? "it" : "them"}.`,
    falls: (figure: string, before: string, after: string, lower: boolean) =>
      `${figure} falls from ${before} to ${after}, because the fits weigh both classes alike. If it matters more to you, use a ${lower ? "lower" : "higher"} threshold.`,
    applied: (fits: string[]): Text => [
      "Applied: ",
      { strong: listed(fits) },
      ". Each helps on images of patients that it was not fitted on.",
    ],
    unchanged:
      "No fit helps beyond chance. The model's scores and its threshold are unchanged; only the statistics below are new.",
    images: "Images",
    imagesOf: (images: number, patients: number, classes: string[]) =>
      `${plural(images, "image")} of ${plural(patients, "patient")}: ${listed(classes)}`,
    ofClass: (name: string, images: number, patients: number) => `${count(images)} ${name} (${plural(patients, "patient")})`,
    data: "Data",
    model: "Model",
    newModel: "New model",
    before: "Before",
    after: "After",
    caption: `At the model's threshold, with 95% intervals. Recall refers to ${positive}, specificity to ${negative}. After: each image by fits to the images of other patients`,
    brier: "Brier score",
    ece: "Calibration error",
    intervals: "95% intervals, before and after",
    calibration: (when: string) => `Calibration, ${when.toLowerCase()}`,
    steps: "Steps",
    stepsIntro:
      "A fit is tried if there are enough patients of each class, and applied if its gain is above 1.96 standard errors. The last layer is fitted first, then scale and offset, " +
      "then the threshold: each is compared with what was applied before it.",
    stepsCaption: "Gain per image on images of other patients, with its 95% interval",
    step: "Step",
    gain: "Gain",
    verdict: "Result",
    fits: {
      threshold: { title: "threshold", what: "the decision threshold with the best balanced accuracy" },
      scale: { title: "scale and offset", what: "the log-odds times a number (1 / temperature) plus a number: Platt scaling" },
      "last-layer": { title: "last layer", what: "ridge regression of a change of the last layer's weights" },
    },
    pointsOfAccuracy: (gain: string) => `${gain} points of balanced accuracy`,
    ofEntropy: (gain: string) => `${gain} of cross-entropy`,
    worth: "worth it: applied",
    notWorth: "not worth it: not applied",
    tooFew: (n: number) => `not tried: needs images of ${count(n)} patients of each class`,
    conformal: "scores for decisions with an error rate",
    conformalWhat: "conformal prediction, by the scores of these images",
    smallestRate: (rate: string) => `error rates from ${rate} on`,
    unusual: "statistics of unusual images",
    unusualWhat: "which images the model warns of; needs 100 images",
    unusualBefore: (n: number, all: number) => `${count(n)} of ${count(all)} images were unusual before`,
    renewed: "replaced",
    kept: "kept",
    unusualKept: "kept, or none",
    decisions: "Decisions with an error rate",
    decisionsIntro:
      "Before: by the validation images that the model brought along. If the wrong decisions are above the error rate, its promise does not hold for these images. " +
      "After: each image by the others of these images, so that the rate holds for images like these.",
    decisionsCaption: "Shares of images sent to review and of images decided wrongly, with 95% intervals (Wilson)",
    reviewBefore: "Review, before",
    wrongBefore: "Wrong, before",
    reviewAfter: "Review, after",
    wrongAfter: "Wrong, after",
    method: [
      "Five-fold cross-validation: all images of a patient are in one fold, and each image is scored by fits to the other folds. An image without a known patient counts as a patient of its own. " +
        "The new file has the fits to all images.",
      "The 95% intervals resample patients 2,000 times with replacement (bootstrap, percentile method, fixed seed). Images that are not like these were not measured: use the model on images of the same kind only.",
    ],
  },
  evaluation: evaluationEn([negative, positive]),
  glance: glanceEn([negative, positive]),
  sweep: {
    title: "pulmo sweep",
    subtitle: (trainings: number) => plural(trainings, "training run"),
    section: "Settings",
    how: (rows: number, seeds: number, folds: number, images: number) =>
      `${plural(rows, "setting")}, each with ${plural(seeds, "seed")}${folds > 1 ? ` and ${folds} folds, split by patient` : ""}, ` +
      `tested on ${plural(images, "image")}. Values are means over the training runs of a setting, ± the standard deviation.`,
    tests:
      "“Ensemble” is the AUC of the mean log-odds of all training runs of a setting, with its 95% bootstrap interval. “Difference” is this AUC minus that of the first row " +
      "on the same images, with DeLong's paired test; p is corrected for all rows (Holm).",
    caption: { validation: "Sorted by AUC on validation images", test: "Sorted by AUC on test images" },
    chosenByTest:
      "There is no validation set taken from train, so the rows are sorted by the test results. The results of the first row are therefore better than on new images. Use folds or val-split to choose a setting.",
    missing: "Not included:",
    setting: "Setting",
    trainings: "Training runs",
    validationAuc: "Validation AUC",
    ensemble: "Ensemble",
    difference: "Difference",
    chosen: "first",
    plot: "Settings and AUC",
    plotAlt: (rows: number, low: string, high: string) => `${plural(rows, "setting")}, AUC on test images from ${low} to ${high}`,
    plotCaption: "Each line is a setting and crosses each axis at its value there. The thick orange line is the first row.",
  },
  compare: {
    title: "Comparison of pulmo runs",
    subtitle: (runs: number) => plural(runs, "run"),
    runs: "Runs",
    run: "Run",
    date: "Finished",
    differCaption: "Settings and machines that differ between the runs",
    nothingDiffers: "The runs have the same settings and the same machine.",
    otherData: "The runs did not use the same files (their manifests differ), so differences may come from the images.",
    synthetic: "Some of these runs use synthetic data: generated images, not X-rays.",
    sample: "Some of these runs use the small sample that is part of pulmo.",
    caption: "Test results at threshold 0.5; below each value its difference from the first run with this model",
    folder: "Folder",
    settings: {
      data: "Manifest",
      recipe: "Recipe",
      epochs: "Epochs",
      batchSize: "Batch size",
      lr: "Learning rate",
      hidden: "Hidden layers of the DNN",
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
});
