// What an image must be like for a score to mean something, whatever its format.
import type { Pixels } from "../core/resize.js";
import { type Noted, noted } from "./notes.js";

/** The smallest datasets of chest X-rays have 28 pixels. */
const LEAST_EDGE = 16;
/** Chest X-rays have up to twice as many pixels in one direction, cropped ones up to three times as many. */
const MOST_ASPECT = 4;

/** Throws an Error if the image is too small: broken exports leave 1 x 1 or 3 x 2000 pixels. Notes a shape that no X-ray has. */
export function scorable<Image extends Pixels & Noted>(image: Image): Image {
  const { width, height, notes = [] } = image;
  const [least, most] = [Math.min(width, height), Math.max(width, height)];
  if (least < LEAST_EDGE) {
    throw new Error(`its ${width} x ${height} pixels are too few for an X-ray: each edge needs at least ${LEAST_EDGE}`);
  }
  if (most <= MOST_ASPECT * least) return image;
  return { ...image, ...noted([...notes, `one edge is more than ${MOST_ASPECT} times the other: no shape of a chest X-ray`]) };
}
