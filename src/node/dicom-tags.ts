import { MAX_FILE_BYTES } from "../image/bounds.js";
import { type DicomTags, readDicomTags } from "../image/dicom/tags.js";
import { readBounded } from "./files.js";
import { inflateRaw } from "./inflate.js";

/** Empty for unreadable files too. */
export async function readFileTags(path: string): Promise<DicomTags> {
  const bytes = await readBounded(path, MAX_FILE_BYTES).catch(() => null);
  return bytes ? readDicomTags(bytes, inflateRaw) : {};
}
