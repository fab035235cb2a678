// Which of the dropped files are images, by the rules of `pulmo predict`.
import { IMAGE_NAME } from "../data/image-names.js";
import { BEGINNING_BYTES, imageFormatOfFile } from "../image/magic.js";
import type { Dropped } from "./items.js";

/** Files of folders that are no images are left out. One that was chosen by itself is kept, so that its error is shown. */
export async function imagesOf(dropped: readonly Dropped[]): Promise<{ images: Dropped[]; leftOut: number }> {
  const images: Dropped[] = [];
  for (const one of dropped) if (await mayBeImage(one, dropped.length === 1)) images.push(one);
  return { images, leftOut: dropped.length - images.length };
}

async function mayBeImage({ file, path }: Dropped, alone: boolean): Promise<boolean> {
  if (IMAGE_NAME.test(path)) return true;
  const isDirectory = /(^|\/)DICOMDIR$/i.test(path);
  if (alone || (!path.includes("/") && !isDirectory)) return true;
  // A file that cannot be read is kept: scoring it reports the error.
  const beginning = await file
    .slice(0, BEGINNING_BYTES)
    .arrayBuffer()
    .catch(() => undefined);
  return beginning === undefined || imageFormatOfFile(new Uint8Array(beginning)) !== undefined;
}
