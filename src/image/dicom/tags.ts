// The tags that predict --dicom-tags prints. Nothing else in pulmo reads them.
import { imageFormat } from "../magic.js";
import type { ImageRuntime } from "../runtime.js";
import { readDataSet } from "./parse.js";

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

const MAX_CHARACTERS = 64;

/** At most 64 printable characters each; a tag that the file lacks is missing. Empty for damaged files and other formats. */
export function readDicomTags(file: Uint8Array, inflateRaw: ImageRuntime["inflateRaw"]): DicomTags {
  if (imageFormat(file) !== "dicom") return {};
  try {
    const { dataSet } = readDataSet(file, inflateRaw);
    const found = DICOM_TAGS.map((name) => [name, printable(dataSet.text(TAGS[name]) ?? "")] as const);
    return Object.fromEntries(found.filter(([, text]) => text !== ""));
  } catch {
    return {};
  }
}

/** Drops control characters, which could command a terminal or end a line. */
const printable = (text: string): string => text.replace(/\p{C}/gu, "").trim().slice(0, MAX_CHARACTERS);
