// The words of the first screen and of the folded sections, in English.
import type { ClassNames } from "../../data/types.js";
import type { Text } from "../blocks.js";
import { count } from "../format.js";

const plural = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

export const glanceEn = ([, positive]: ClassNames) => ({
  alone: (model: string): Text => [{ strong: model }, " is the only model of this run."],
  best: (model: string, models: number): Text => [{ strong: model }, ` has the best test results of ${count(models)} models.`],
  tied: (model: string, models: number): Text => [{ strong: model }, ` is one of the best of ${count(models)} models on test.`],
  tiles: (images: number) =>
    `On ${plural(images, "test image")}, at threshold 0.5; below each value its 95% confidence interval.`,
  watch: "What to watch out for",
  more: "In words: all models, the chosen threshold, the study",
  choose: "Threshold",
  half: "0.5",
  allThresholds: "Any other threshold",
  recallOn: (target: string) => `recall ≥ ${target} on validation`,
  balanced: "best balanced accuracy on validation",
  kept: (models: string[]) => `Does the error rate hold on the test images? ${models.join("; ")}.`,
  untested: "too few validation images",
  intervals: (models: string[]) => `AUC with its 95% confidence interval: ${models.join("; ")}.`,
  worst: (model: string, from: string, to: string, change: string) => `${model}: AUC ${from}, and ${to} if ${change}`,
  strongest: (models: string[]) => `Strongest drop: ${models.join("; ")}.`,
  model: (accuracy: string, auc: string, recall: string, specificity: string, time: string) =>
    `Accuracy ${accuracy}, AUC ${auc}, recall ${recall}, specificity ${specificity}; trained in ${time}.`,
  data: (images: number) => `${plural(images, "image")}.`,
  copiesAcrossSplits: (n: number) =>
    `${plural(n, "picture")} ${n === 1 ? "is" : "are"} in more than one split: the results of those splits are too optimistic.`,
  copiesAcrossClasses: (n: number) =>
    `${plural(n, "picture")} ${n === 1 ? "is" : "are"} in both classes: one of the labels, ${positive} or not, is wrong.`,
  copies: (files: number, groups: number, first: string) =>
    `${plural(files, "file")} have identical copies (${plural(groups, "group")}; the first is ${first}).`,
  shared: (n: number, a: string, b: string) =>
    `${plural(n, "patient number")} ${n === 1 ? "is" : "are"} in both ${a} and ${b}; it is not known whether the same number means the same patient.`,
});
