// pictures.json: where it lies, what its pictures are called, and how it is read back without trust.
import { realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { readBounded } from "../node/files.js";
import { JPEG, startsWith } from "../formats/magic.js";
import type { Picture, Pictures } from "./results.js";

export const PICTURES_FILE = "pictures.json";

/** Relative to the run's folder, with forward slashes. */
export const picturePath = (model: string, number: number): string => `${model}/pictures/${number}.jpeg`;

/** pulmo's own have 12 errors of either kind and 8 maps, and a few KiB. */
const MAX_BYTES = 2 ** 20;
const MAX_PICTURES = 100;
const MAX_NAME = 4096;
/** pulmo's own have about 10 KiB. */
const MAX_PICTURE_BYTES = 256 * 2 ** 10;
const KINDS: readonly unknown[] = ["class-activation", "weights", "input-gradient"] satisfies Pictures["mapKind"][];

/** The pictures of a model, or null where there are none, or none that can be trusted. */
export async function readPictures(dir: string, model: string): Promise<Pictures | null> {
  try {
    const text = await readBounded(join(dir, model, PICTURES_FILE), MAX_BYTES);
    return picturesOf(JSON.parse(text.toString("utf8")), model);
  } catch {
    return null;
  }
}

/** Every picture of the run's folder as a data URI, by path. What is missing, not a JPEG or elsewhere is left out. */
export async function dataUris(dir: string, models: (Pictures | null)[]): Promise<Map<string, string>> {
  const paths = models.flatMap((pictures) => (pictures ? [...pictures.errors, ...pictures.maps].flatMap(pathsOf) : []));
  const found = new Map<string, string>();
  if (paths.length === 0) return found;
  const root = await realpath(dir);
  for (const path of paths) {
    const jpeg = await readJpeg(root, path).catch(() => null);
    if (jpeg) found.set(path, `data:image/jpeg;base64,${jpeg.toString("base64")}`);
  }
  return found;
}

const pathsOf = (picture: Picture & { map?: string }): string[] => [picture.image, ...(picture.map === undefined ? [] : [picture.map])];

/** A link that leaves the run's folder would carry somebody's file into the report. */
async function readJpeg(root: string, path: string): Promise<Buffer | null> {
  const real = await realpath(join(root, path));
  if (!real.startsWith(root + sep)) return null;
  const bytes = await readBounded(real, MAX_PICTURE_BYTES);
  return startsWith(bytes, JPEG) ? bytes : null;
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
