// pictures.json: where it lies, what its pictures are called, and how it is read back without trust.
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Picture, Pictures } from "./results.js";

export const PICTURES_FILE = "pictures.json";

/** Relative to the run's folder, with forward slashes. */
export const picturePath = (model: string, number: number): string => `${model}/pictures/${number}.jpeg`;

/** pulmo's own have 12 errors of either kind and 8 maps, and a few KiB. */
const MAX_BYTES = 2 ** 20;
const MAX_PICTURES = 100;
const MAX_NAME = 4096;
const KINDS: readonly unknown[] = ["class-activation", "weights", "input-gradient"] satisfies Pictures["mapKind"][];

/** The pictures of a model, or null where there are none, or none that can be trusted. */
export async function readPictures(dir: string, model: string): Promise<Pictures | null> {
  const text = await readBounded(join(dir, model, PICTURES_FILE)).catch(() => null);
  if (text === null) return null;
  try {
    return picturesOf(JSON.parse(text), model);
  } catch {
    return null;
  }
}

async function readBounded(path: string): Promise<string | null> {
  const file = await open(path, "r");
  try {
    const stats = await file.stat();
    return stats.isFile() && stats.size <= MAX_BYTES ? await file.readFile("utf8") : null;
  } finally {
    await file.close();
  }
}

/** A copy of what is expected, and nothing else. Throws what the caller takes for damage. */
function picturesOf({ errors, maps, mapKind, mapColours }: Pictures, model: string): Pictures | null {
  const lists = [errors, maps];
  if (!lists.every((list) => Array.isArray(list) && list.length <= MAX_PICTURES) || !KINDS.includes(mapKind)) return null;
  const colours = mapColours === undefined ? [] : [mapColours.NORMAL, mapColours.PNEUMONIA];
  if (!colours.every((colour) => /^#[0-9a-f]{6}$/.test(colour))) return null;
  return {
    errors: errors.map((picture) => pictureOf(picture, model)),
    maps: maps.map((picture) => ({ ...pictureOf(picture, model), map: pathOf(picture.map, model) })),
    mapKind,
    ...(colours.length > 0 && { mapColours: { NORMAL: colours[0], PNEUMONIA: colours[1] } }),
  };
}

function pictureOf({ file, label, pPneumonia, image }: Picture, model: string): Picture {
  const named = typeof file === "string" && file.length <= MAX_NAME;
  const scored = (label === 0 || label === 1) && typeof pPneumonia === "number" && pPneumonia >= 0 && pPneumonia <= 1;
  if (!named || !scored) throw new Error("not a picture");
  return { file, label, pPneumonia, image: pathOf(image, model) };
}

/** Only what `picturePath` makes for this model: no such path leaves the run's folder. */
function pathOf(path: string, model: string): string {
  const number = Number(/\/([1-9]\d{0,2})\.jpeg$/.exec(path)?.[1]);
  if (typeof path !== "string" || path !== picturePath(model, number)) throw new Error("not a picture's path");
  return path;
}
