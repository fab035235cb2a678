// What a DICOM file says beside its image, for whoever asks (predict --dicom-tags): nothing else in pulmo reads it.

import { MAX_FILE_BYTES } from "../core/image-bounds.js";
import { isDicom } from "../formats/magic.js";
import { readDataSet } from "./dicom-parse.js";
import { readBounded } from "./files.js";

/** By DICOM's keywords. */
const TAGS = {
  PatientID: "x00100020",
  PatientSex: "x00100040",
  PatientAge: "x00101010",
  StudyDate: "x00080020",
  AccessionNumber: "x00080050",
  SOPInstanceUID: "x00080018",
  Modality: "x00080060",
  ViewPosition: "x00185101",
  Manufacturer: "x00080070",
} as const;

export type DicomTag = keyof typeof TAGS;
export type DicomTags = Partial<Record<DicomTag, string>>;
export const DICOM_TAGS = Object.keys(TAGS) as DicomTag[];

const MAX_TEXT = 64;

/** Printable, at most 64 characters each; what the file does not say is missing. Of another kind of file, or a broken one: none. */
export async function readDicomTags(path: string): Promise<DicomTags> {
  const bytes = await readBounded(path, MAX_FILE_BYTES).catch(() => null);
  if (!bytes || !isDicom(bytes)) return {};
  try {
    const { dataSet } = readDataSet(bytes);
    const found = DICOM_TAGS.map((name) => [name, printable(dataSet.string(TAGS[name]) ?? "")] as const);
    return Object.fromEntries(found.filter(([, text]) => text !== ""));
  } catch {
    return {};
  }
}

/** Characters that would command a terminal, or end a line, are left out. */
const printable = (text: string): string => text.replace(/\p{C}/gu, "").trim().slice(0, MAX_TEXT);
