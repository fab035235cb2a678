// The parts of a DICOM file (PS3.10 7.1): preamble, file meta information in group 2, data set. What is missing or contradicts
// the data is read if only one reading is possible, with a note.
import { damagedDicom } from "../faults.js";
import { dicomStart, hasPreamble } from "../magic.js";
import type { ImageRuntime } from "../runtime.js";
import { DataSet } from "./data-set.js";
import { ElementReader, type Encoding } from "./elements.js";
import { BIG_ENDIAN, DEFLATED, EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, syntaxName } from "./syntaxes.js";

/** 100 megapixels of 16 bits, and the header. */
const MAX_INFLATED_BYTES = 128 * 2 ** 20;
/** The standard defines 16. */
const MAX_META_ELEMENTS = 1000;
const MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10";

export interface ParsedDicom {
  /** The elements up to the pixel data. */
  dataSet: DataSet;
  /** What the elements' offsets refer to: the file, or its data set if that was deflated. */
  bytes: Uint8Array;
  /** UID of the transfer syntax: what the file states, if its data set does not contradict it. */
  syntax: string;
  /** What was assumed: see Noted. */
  notes: string[];
}

/** Throws an Error if the file is damaged, or may be read in several ways. */
export function readDataSet(file: Uint8Array, inflateRaw: ImageRuntime["inflateRaw"]): ParsedDicom {
  const reader = new ElementReader(file);
  const notes: string[] = [];
  const meta = readMeta(reader, dicomStart(file) ?? 0);
  if (meta.uid("x00020002") === MEDIA_STORAGE_DIRECTORY) {
    throw new Error("a DICOMDIR has no image: it lists the other files of its folder");
  }
  const stated = meta.uid("x00020010");
  if (meta.hasElements && !hasPreamble(file)) notes.push("no DICOM preamble: read without it");

  const found = recognise(reader, meta.end, encodingOf(stated));
  if (stated === DEFLATED && found !== EXPLICIT_LITTLE_ENDIAN) {
    const inflated = new ElementReader(inflate(file.subarray(meta.end), inflateRaw));
    const dataSet = DataSet.read(inflated, 0, inflated.bytes.length, encodingOf(EXPLICIT_LITTLE_ENDIAN));
    return { dataSet, bytes: inflated.bytes, syntax: EXPLICIT_LITTLE_ENDIAN, notes };
  }
  const written = writtenSyntax(stated, found);
  if (stated === "") notes.push(`no transfer syntax is stated: read as ${syntaxName(written)}`);
  else if (written !== nativeSyntax(stated) || stated === DEFLATED) {
    notes.push(`the transfer syntax says ${syntaxName(stated)}, but the data set is ${syntaxName(written)}: read as it is`);
  }
  const dataSet = DataSet.read(reader, meta.end, file.length, encodingOf(written));
  const isEncapsulated = stated !== "" && stated !== nativeSyntax(stated) && stated !== DEFLATED;
  return { dataSet, bytes: file, syntax: isEncapsulated ? stated : written, notes };
}

/** Group 2, which ends at the first element of another group: the length that it states may be wrong. */
function readMeta(reader: ElementReader, start: number) {
  const { bytes, view } = reader;
  const encoding = reader.encodingAt(start, bytes.length, encodingOf(EXPLICIT_LITTLE_ENDIAN));
  let end = start;
  for (let count = 0; end + 8 <= bytes.length && view.getUint16(end, true) === 2; count++) {
    const { dataOffset, length } = reader.header(end, bytes.length, encoding);
    if (dataOffset + length > bytes.length || count > MAX_META_ELEMENTS) throw damagedDicom();
    end = dataOffset + length;
  }
  const group = DataSet.read(reader, start, end, encoding);
  const uid = (tag: string): string => /^[\d.]{1,64}$/.exec(group.string(tag) ?? "")?.[0] ?? "";
  return { uid, end, hasElements: end > start };
}

/** The native transfer syntax that the first element of a data set shows; undefined if it shows none. */
function recognise(reader: ElementReader, at: number, stated: Encoding): string | undefined {
  const { bytes, view } = reader;
  if (at + 8 > bytes.length) return undefined;
  const { explicit } = reader.encodingAt(at, bytes.length, stated);
  // Groups of a data set begin with 8: read in the other byte order, that is 0x800.
  const [little, big] = [view.getUint16(at, true), view.getUint16(at, false)];
  if (little > 2 && little < 0x100) {
    if (explicit) return EXPLICIT_LITTLE_ENDIAN;
    return view.getUint32(at + 4, true) <= bytes.length - at - 8 ? IMPLICIT_LITTLE_ENDIAN : undefined;
  }
  return big > 2 && big < 0x100 && explicit ? BIG_ENDIAN : undefined;
}

/** How the data set is written. Only the value representations may contradict the file: the pixels' byte order depends on the other. */
function writtenSyntax(stated: string, found: string | undefined): string {
  if (found === undefined) {
    if (stated === "") throw new Error("the DICOM file states no transfer syntax, and its data set is not recognised");
    return nativeSyntax(stated);
  }
  if (stated !== "" && (stated === BIG_ENDIAN) !== (found === BIG_ENDIAN)) {
    const [said, is] = stated === BIG_ENDIAN ? ["big", "little"] : ["little", "big"];
    throw new Error(`its transfer syntax says ${said} endian, but its data set is ${is} endian: export the file again`);
  }
  return found;
}

/** PS3.5 annex A: the data set of all other transfer syntaxes is in explicit VR little endian. */
const nativeSyntax = (syntax: string): string =>
  syntax === IMPLICIT_LITTLE_ENDIAN || syntax === BIG_ENDIAN ? syntax : EXPLICIT_LITTLE_ENDIAN;

const encodingOf = (syntax: string): Encoding => ({
  littleEndian: syntax !== BIG_ENDIAN,
  explicit: syntax !== IMPLICIT_LITTLE_ENDIAN,
});

function inflate(bytes: Uint8Array, inflateRaw: ImageRuntime["inflateRaw"]): Uint8Array {
  // Some programs write a zlib stream (RFC 1950). Its first two bytes are no valid begin of raw DEFLATE.
  const hasHeader = (bytes[0] & 0x0f) === 8 && (bytes[0] * 256 + bytes[1]) % 31 === 0;
  try {
    return inflateRaw(hasHeader ? bytes.subarray(2) : bytes, MAX_INFLATED_BYTES);
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE")
      throw new Error("its deflated data set takes more than 128 MiB");
    throw damagedDicom();
  }
}
