// Which images a command needs. A dataset may lack splits or classes that the command does not use.
import { InputError } from "../core/errors.js";
import { classesInstead } from "./other-layout.js";
import { CLASSES, type ClassNames, type ImageFile, type Manifest, SPLITS, type Split } from "./types.js";

/** Per split: at least one image, or images of both classes. */
export type Needs = Partial<Record<Split, "image" | "classes">>;

/** A training and its evaluation. `tested`: test images are scored; `ownVal`: the validation set is not taken from train. */
export const trainingNeeds = ({ tested, ownVal }: { tested: boolean; ownVal: boolean }): Needs => ({
  train: "classes",
  ...(ownVal && { val: "classes" }),
  ...(tested && { test: "classes" }),
});

type Searched = Pick<Manifest, "root" | "images" | "classes" | "others">;

/** Throws an InputError that names the first images that are missing. The root is the dataset in messages. */
export function requireImages({ root, images, classes, others = [] }: Searched, needs: Needs): void {
  for (const split of SPLITS) {
    const own = images[split];
    const missing = classes.filter((_, label) => !own.some((image) => image.label === label));
    if (needs[split] === undefined || missing.length === 0 || (needs[split] === "image" && own.length > 0)) continue;
    const lacking = `${root} has no ${own.length === 0 ? "images" : `${missing[0]} images`} in ${split}${foundElsewhere(images)}`;
    const instead = classesInstead(
      others,
      split,
      classes.filter((name) => !missing.includes(name)),
    );
    throw new InputError(instead ? `${lacking}, ${instead}.` : `${lacking}: ${remedy(images, split, needs)}.`);
  }
}

/** A note on folders that may be a class, in the first split that lacks one; none if there are no such. */
export function otherClasses({ images, classes, others = [] }: Searched): string[] {
  for (const split of SPLITS) {
    const found = classes.filter((_, label) => images[split].some((image) => image.label === label));
    const instead = found.length === 1 ? classesInstead(others, split, found) : undefined;
    const missing = classes.find((name) => !found.includes(name));
    if (instead) return [`${split} has no ${missing} images, ${instead}.`];
  }
  return [];
}

/** " (found: 4 in train, 2 in test)" */
function foundElsewhere(images: Record<Split, ImageFile[]>): string {
  const found = SPLITS.filter((split) => images[split].length > 0).map((split) => `${images[split].length} in ${split}`);
  return found.length === 0 ? "" : ` (found: ${found.join(", ")})`;
}

function remedy(images: Record<Split, ImageFile[]>, split: Split, needs: Needs): string {
  if (needs[split] === "image") {
    const others = SPLITS.filter((name) => images[name].length > 0).map((name) => `--split ${name}`);
    return `add some${others.length > 0 ? `, or use ${others.join(" or ")}` : ""}`;
  }
  if (split === "val") return "add some, or take a tenth of train with --val-split 0.1";
  return split === "test" ? "add some, or use train, which does not evaluate" : "add some";
}

/** What the commands lack in a dataset, one sentence each. */
export function lackingFor(counts: Record<Split, { NORMAL: number; PNEUMONIA: number }>, classes: ClassNames): string[] {
  const missing = (split: Split) => classes.filter((_, label) => counts[split][CLASSES[label]] === 0);
  const named = (split: Split) =>
    missing(split).length === 2 ? `${split} has no images` : `${split} has no ${missing(split)[0]} images`;
  const lacking: string[] = [];
  if (missing("train").length > 0) lacking.push(`${named("train")}: run and train need both classes there.`);
  if (missing("val").length > 0) {
    lacking.push(`${named("val")}: run and train need --val-split 0.1, --fold or --recipe strong, which take it from train.`);
  }
  if (missing("test").length === 2) {
    lacking.push(`${named("test")}: run needs both classes there; evaluate needs --split.`);
  } else if (missing("test").length === 1) {
    lacking.push(`${named("test")}: run needs both classes there; evaluate computes no AUC.`);
  }
  return lacking;
}
