// DICOM radiographs to 8-bit grey. Nothing that identifies a patient is read or put into a message.
import type { Pixels } from "../../core/resize.js";
import type { ImageBounds } from "../bounds.js";
import { damagedDicom } from "../faults.js";
import { noted } from "../notes.js";
import type { Subject } from "../other-part.js";
import type { ImageRuntime } from "../runtime.js";
import { noteAspect } from "./aspect.js";
import { readFirstFrame } from "./first-frame.js";
import { greyOfWords } from "./grey.js";
import { turnUpright } from "./orientation.js";
import { readDataSet } from "./parse.js";
import { readSampleFormat } from "./sample-format.js";
import { decodeSamples, isSupported } from "./samples.js";
import { checkSubject, otherPart, subjectNotes } from "./subject.js";
import { NATIVE, syntaxName } from "./syntaxes.js";

export interface DicomImage extends Pixels, Subject {}

/** The first frame, windowed and in the standard orientation. */
export async function decodeDicom(file: Uint8Array, bounds: ImageBounds, runtime: ImageRuntime): Promise<DicomImage> {
  return decodeFirstFrame(file, bounds, runtime).catch((error) => {
    // pulmo throws plain Errors. RangeErrors and others are for values outside the file.
    throw error?.constructor === Error ? error : damagedDicom();
  });
}

async function decodeFirstFrame(file: Uint8Array, bounds: ImageBounds, runtime: ImageRuntime): Promise<DicomImage> {
  const parsed = readDataSet(file, runtime.inflateRaw);
  const { dataSet, notes } = parsed;
  checkSubject(dataSet);
  notes.push(...subjectNotes(dataSet));
  if (!isSupported(parsed.syntax)) throw new Error(`the transfer syntax ${parsed.syntax} is not supported`);
  const frames = Math.max(dataSet.intString("x00280008") ?? 1, 1);
  if (frames > 1) notes.push(`${frames} frames: only the first one is used`);
  const format = readSampleFormat(dataSet, bounds, notes);
  const { frame, syntax } = readFirstFrame(parsed, format, frames, notes);
  if (syntax !== parsed.syntax) {
    const actual = NATIVE.has(syntax) ? "uncompressed" : syntaxName(syntax);
    notes.push(`the transfer syntax says ${syntaxName(parsed.syntax)}, but the pixels are ${actual}: read as they are`);
  }
  const words = await decodeSamples(frame, format, syntax, runtime, notes);
  const grey = greyOfWords(dataSet, words, format, notes);
  const data = new Uint8Array(words.length);
  for (let i = 0; i < data.length; i++) data[i] = grey[words[i]];
  noteAspect(dataSet, notes);
  const directions = (dataSet.string("x00200020") ?? "").replace(/ /g, "").toUpperCase();
  const upright = turnUpright({ data, width: format.width, height: format.height, channels: 1 }, directions);
  const part = otherPart(dataSet);
  return { ...upright, ...noted(notes), ...(part && { otherPart: part }) };
}
