// Headers of the elements of a DICOM data set (PS3.5 section 7). Values are skipped.
import { viewOf } from "../bytes.js";
import { damagedDicom } from "../faults.js";

export interface Encoding {
  littleEndian: boolean;
  /** Each element states its value representation. */
  explicit: boolean;
}

export interface Header {
  /** Group and element number: 0x00280010. */
  tag: number;
  /** Undefined for implicit VR and for items. */
  vr: string | undefined;
  /** Where the value begins. */
  dataOffset: number;
  /** Of the value, in bytes; or UNDEFINED_LENGTH. */
  length: number;
}

export const UNDEFINED_LENGTH = 0xffffffff;
export const ITEM = 0xfffee000;
export const SEQUENCE_DELIMITER = 0xfffee0dd;
export const ITEM_DELIMITER = 0xfffee00d;

/** PS3.5 7.1.2: these have a length of 16 bits. All others, also those that the standard will add, have 32. */
const SHORT = new Set("AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split(" "));
const LONG = new Set("OB OD OF OL OV OW SQ SV UC UN UR UT UV".split(" "));
const IMPLICIT: Encoding = { littleEndian: true, explicit: false };
const UNKNOWN = new Set(["??", "--", "  "]);
/** PS3.5 6.2.2: a UN element of undefined length is a sequence in implicit VR. */
export const encodingWithin = ({ vr }: Header, outer: Encoding): Encoding => (vr === "UN" ? IMPLICIT : outer);

const MAX_DEPTH = 64;
/** Elements and items of one file that are kept. A radiograph has a few hundred. */
const MAX_ELEMENTS = 1e5;

export class ElementReader {
  readonly view: DataView;
  /** Elements and items that have been kept. */
  private kept = 0;

  constructor(readonly bytes: Uint8Array) {
    this.view = viewOf(bytes);
  }

  /** Counts an element or an item. Throws an Error if the file has more than a radiograph. */
  keep(): void {
    if (++this.kept > MAX_ELEMENTS) throw new Error(`the DICOM file has more than ${MAX_ELEMENTS} elements before the pixels`);
  }

  /** Every method throws an Error if what it reads ends after `end`. */
  header(at: number, end: number, { littleEndian, explicit }: Encoding): Header {
    const { view } = this;
    if (at + 8 > end) throw damagedDicom();
    const tag = view.getUint16(at, littleEndian) * 0x10000 + view.getUint16(at + 2, littleEndian);
    // An element without letters in explicit VR is implicit: some devices switch within a data set (pydicom reads them so). Others
    // write signs for an unknown value representation, and a length of 16 bits (dcmtk reads them so).
    const vr = explicit && tag < ITEM ? (this.letters(at + 4) ?? this.unknownSigns(at + 4)) : undefined;
    if (vr === undefined) return { tag, vr, dataOffset: at + 8, length: view.getUint32(at + 4, littleEndian) };
    const short = view.getUint16(at + 6, littleEndian);
    if (SHORT.has(vr) || UNKNOWN.has(vr) || (!LONG.has(vr) && short !== 0)) return { tag, vr, dataOffset: at + 8, length: short };
    if (at + 12 > end) throw damagedDicom();
    return { tag, vr, dataOffset: at + 12, length: view.getUint32(at + 8, littleEndian) };
  }

  /**
   * How the data set or item at `at` is encoded, by its first element: explicit if that has a value representation of the standard,
   * whatever the `stated` encoding says.
   */
  encodingAt(at: number, end: number, stated: Encoding): Encoding {
    const vr = at + 8 <= end ? this.letters(at + 4) : undefined;
    return { ...stated, explicit: vr !== undefined && (stated.explicit || SHORT.has(vr) || LONG.has(vr)) };
  }

  /** Where the next element begins. */
  after(header: Header, end: number, encoding: Encoding, depth = 0): number {
    const { dataOffset, length } = header;
    if (length !== UNDEFINED_LENGTH) return within(dataOffset + length, end);
    if (depth > MAX_DEPTH) throw damagedDicom();
    const inner = encodingWithin(header, encoding);
    for (let at = dataOffset; ; ) {
      const item = this.header(at, end, inner);
      if (item.tag === SEQUENCE_DELIMITER) return item.dataOffset;
      if (item.tag !== ITEM) throw damagedDicom();
      at = this.afterItem(item, end, inner, depth);
    }
  }

  afterItem({ dataOffset, length }: Header, end: number, outer: Encoding, depth: number): number {
    if (length !== UNDEFINED_LENGTH) return within(dataOffset + length, end);
    const encoding = this.encodingAt(dataOffset, end, outer);
    for (let at = dataOffset; ; ) {
      const header = this.header(at, end, encoding);
      if (header.tag === ITEM_DELIMITER) return header.dataOffset;
      at = this.after(header, end, encoding, depth + 1);
    }
  }

  private unknownSigns(at: number): string | undefined {
    const signs = String.fromCharCode(this.bytes[at], this.bytes[at + 1]);
    return UNKNOWN.has(signs) ? signs : undefined;
  }

  /** The two capital letters at `at`, if there are two. */
  private letters(at: number): string | undefined {
    const [a, b] = [this.bytes[at], this.bytes[at + 1]];
    return isCapital(a) && isCapital(b) ? String.fromCharCode(a, b) : undefined;
  }
}

const isCapital = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;

function within(at: number, end: number): number {
  if (at > end) throw damagedDicom();
  return at;
}
