// Reads the pictures of a run. The folder may come from anyone, so nothing in it is trusted.
import { realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { imageFormat } from "../image/magic.js";
import { readBounded } from "../node/files.js";
import { readIfValid } from "../node/read-checked.js";
import { type FileHashes, isMadeFrom } from "../results/file-hashes.js";
import { PICTURES_FILE, type Picture, type Pictures, picturesSchema } from "../results/picture-list.js";

/** The files that pulmo writes have a few KiB. */
const MAX_BYTES = 2 ** 20;
/** The pictures that pulmo makes have about 10 KiB. */
const MAX_PICTURE_BYTES = 256 * 2 ** 10;

/**
 * The pictures of a model; null if there are none, if the file is not valid, or if they are of other files than `hashes`: the report is
 * made without them.
 */
export async function readPictures(dir: string, model: string, hashes?: FileHashes): Promise<Pictures | null> {
  const found = await readIfValid(join(dir, model, PICTURES_FILE), picturesSchema(model), MAX_BYTES);
  return found && isMadeFrom(found, hashes) ? found : null;
}

/** The pictures as data URIs, by path. Files that are missing, not a JPEG or outside the run's folder are left out. */
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

const pathsOf = (picture: Picture): string[] => [picture.image, ...(picture.map === undefined ? [] : [picture.map])];

/** A symbolic link out of the run's folder is not followed: it would copy a private file into the report. */
async function readJpeg(root: string, path: string): Promise<Buffer | null> {
  const real = await realpath(join(root, path));
  if (!real.startsWith(root + sep)) return null;
  const bytes = await readBounded(real, MAX_PICTURE_BYTES);
  return imageFormat(bytes) === "jpeg" ? bytes : null;
}
