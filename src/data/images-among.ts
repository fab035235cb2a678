// Which files are images: by their names, else by their first bytes. Scanners, archives and patient CDs name files by a UID or a
// number (PS3.10 8.2), and endings such as .ima are not standardized.
import { join } from "node:path";
import { counted } from "../core/counted.js";
import { BEGINNING_BYTES, type ImageFormat, imageFormatOfFile } from "../image/magic.js";
import { readBeginning } from "../node/files.js";
import { IMAGE_NAME } from "./image-names.js";

/** Files that are read at a time. */
const LANES = 16;

export interface ImagesAmong {
  /** The names of images, in the given order. */
  images: string[];
  /** The formats of those that were identified by their content. */
  formats: ImageFormat[];
}

/** Files with other names than IMAGE_NAME are opened. One that cannot be opened counts as an image, so that reading it reports why. */
export async function imagesAmong(folder: string, names: readonly string[]): Promise<ImagesAmong> {
  const found: ImagesAmong = { images: [], formats: [] };
  for (let first = 0; first < names.length; first += LANES) {
    const some = names.slice(first, first + LANES);
    const formats = await Promise.all(some.map((name) => (IMAGE_NAME.test(name) ? "named" : formatOf(join(folder, name)))));
    for (const [i, format] of formats.entries()) {
      if (format === undefined) continue;
      found.images.push(some[i]);
      if (format === "jpeg" || format === "png" || format === "dicom") found.formats.push(format);
    }
  }
  return found;
}

export type Beginning = (bytes: number) => Promise<Uint8Array>;

/** What tells that an entry of an archive is an image: its name or its format; undefined if it is none. `beginning` reads its first bytes. */
export async function imageEntry(entry: string, beginning: Beginning): Promise<"named" | ImageFormat | undefined> {
  if (entry.endsWith("/")) return undefined;
  return IMAGE_NAME.test(entry) ? "named" : imageFormatOfFile(await beginning(BEGINNING_BYTES));
}

async function formatOf(path: string): Promise<ImageFormat | "closed" | undefined> {
  try {
    return imageFormatOfFile(await readBeginning(path, BEGINNING_BYTES));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === undefined || code === "ENOENT" || code === "EISDIR" ? undefined : "closed";
  }
}

const NAMES: Record<ImageFormat, string> = { dicom: "DICOM", jpeg: "JPEG", png: "PNG" };

/** "3 files without the extension of an image were read as DICOM." */
export function contentNotes(formats: readonly ImageFormat[]): string[] {
  return (Object.keys(NAMES) as ImageFormat[]).flatMap((format) => {
    const count = formats.filter((one) => one === format).length;
    if (count === 0) return [];
    return [
      `${counted(count, "file without the extension of an image was", "files without the extension of an image were")} read as ${NAMES[format]}.`,
    ];
  });
}
