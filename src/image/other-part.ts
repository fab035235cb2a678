// Images whose file says that they show another part of the body than the chest. Decoding reports the part, and whoever uses the
// image decides, so that the pixel cache is the same with and without --any-body-part.
import type { Noted } from "./notes.js";

export interface Subject extends Noted {
  /** The stated body part, if it is a known one other than the chest. */
  otherPart?: string;
}

/** Throws an Error for an image of another part, unless `anyBodyPart`; then a note names the part. */
export function acceptPart<T extends Subject>({ otherPart, ...image }: T, anyBodyPart = false) {
  if (otherPart === undefined) return image;
  if (!anyBodyPart) throw new Error(`not a chest radiograph: its body part is ${otherPart} (--any-body-part reads it)`);
  const notes = [...(image.notes ?? []), `body part ${otherPart}: read because of --any-body-part`];
  return { ...image, notes };
}
