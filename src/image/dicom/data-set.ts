// A DICOM data set: its elements' headers, and values and items on demand. Memory depends on the number of elements, never on
// lengths that a file states. Tags are written "x00280010".
import { viewOf } from "../bytes.js";
import { decodeText } from "./character-sets.js";
import {
  type ElementReader,
  type Encoding,
  encodingWithin,
  type Header,
  ITEM,
  ITEM_DELIMITER,
  UNDEFINED_LENGTH,
} from "./elements.js";

/** Float Pixel Data, Double Float Pixel Data, Pixel Data. */
const PIXEL_DATA = new Set([0x7fe00008, 0x7fe00009, 0x7fe00010]);
/** Bounds what one text can cost. */
const MAX_TEXT_BYTES = 16384;

type NumberReader = (view: DataView, at: number, littleEndian: boolean) => number;

/** By value representation (PS3.5 6.2): the size in bytes. */
const NUMBERS: Record<string, [size: number, read: NumberReader]> = {
  FL: [4, (view, at, littleEndian) => view.getFloat32(at, littleEndian)],
  FD: [8, (view, at, littleEndian) => view.getFloat64(at, littleEndian)],
  SL: [4, (view, at, littleEndian) => view.getInt32(at, littleEndian)],
  SS: [2, (view, at, littleEndian) => view.getInt16(at, littleEndian)],
  UL: [4, (view, at, littleEndian) => view.getUint32(at, littleEndian)],
  US: [2, (view, at, littleEndian) => view.getUint16(at, littleEndian)],
};

export interface Element extends Omit<Header, "tag"> {
  /** The items, if the element is a sequence. */
  readonly items: { dataSet: DataSet }[];
}

export class DataSet {
  readonly elements: Record<string, Element> = {};
  readonly byteArray: Uint8Array;

  private constructor(
    private readonly reader: ElementReader,
    private readonly encoding: Encoding,
  ) {
    this.byteArray = reader.bytes;
  }

  /**
   * The elements from `at` to `end`, to the end of their item, or to the pixel data. Throws an Error if the bytes are none. Of two
   * elements with one tag, the last counts.
   */
  static read(reader: ElementReader, at: number, end: number, encoding: Encoding): DataSet {
    const found = new DataSet(reader, encoding);
    for (let next = at; next < end; ) {
      const header = reader.header(next, end, encoding);
      if (header.tag === ITEM_DELIMITER) break;
      reader.keep();
      found.add(header);
      if (PIXEL_DATA.has(header.tag)) break;
      next = reader.after(header, end, encoding);
    }
    return found;
  }

  private add(header: Header): void {
    const items = () => this.items(header);
    const { vr, dataOffset, length } = header;
    this.elements[`x${header.tag.toString(16).padStart(8, "0")}`] = {
      ...{ vr, dataOffset, length },
      get items() {
        return items();
      },
    };
  }

  private items(header: Header): { dataSet: DataSet }[] {
    const { reader } = this;
    const end = header.length === UNDEFINED_LENGTH ? reader.bytes.length : header.dataOffset + header.length;
    const encoding = encodingWithin(header, this.encoding);
    const found: { dataSet: DataSet }[] = [];
    for (let at = header.dataOffset; at < end; ) {
      const item = reader.header(at, end, encoding);
      if (item.tag !== ITEM) break;
      this.reader.keep();
      const next = reader.afterItem(item, end, encoding, 0);
      const inner = reader.encodingAt(item.dataOffset, next, encoding);
      found.push({ dataSet: DataSet.read(reader, item.dataOffset, next, inner) });
      at = next;
    }
    return found;
  }

  /**
   * The text in Latin-1, or its part `index` between backslashes, up to a NUL, without blanks around it. Some programs write binary
   * numbers where the standard has text: these become text.
   */
  string(tag: string, index?: number): string | undefined {
    const bytes = this.valueOf(tag)?.subarray(0, MAX_TEXT_BYTES);
    if (!bytes) return undefined;
    const text = this.numbers(this.elements[tag].vr, bytes)?.join("\\") ?? String.fromCharCode(...untilNul(bytes));
    return (index === undefined ? text : text.split("\\")[index])?.trim();
  }

  /** Undefined if the value representation is not one of binary numbers. */
  private numbers(vr: string | undefined, bytes: Uint8Array): number[] | undefined {
    const number = NUMBERS[vr ?? ""];
    if (!number) return undefined;
    const [size, read] = number;
    const view = viewOf(bytes);
    return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => read(view, size * i, this.encoding.littleEndian));
  }

  /** The text in the data set's Specific Character Set. */
  text(tag: string): string | undefined {
    const bytes = this.valueOf(tag);
    return bytes && decodeText(untilNul(bytes.subarray(0, MAX_TEXT_BYTES)), this.string("x00080005")).trim();
  }

  uint16(tag: string, index = 0): number | undefined {
    return this.number(tag, 2, index, (at, littleEndian) => this.reader.view.getUint16(at, littleEndian));
  }

  int16(tag: string, index = 0): number | undefined {
    return this.number(tag, 2, index, (at, littleEndian) => this.reader.view.getInt16(at, littleEndian));
  }

  uint32(tag: string, index = 0): number | undefined {
    return this.number(tag, 4, index, (at, littleEndian) => this.reader.view.getUint32(at, littleEndian));
  }

  /** An integer that is written as text; undefined if it is none. */
  intString(tag: string, index = 0): number | undefined {
    const value = Number.parseInt(this.string(tag, index) ?? "", 10);
    return Number.isNaN(value) ? undefined : value;
  }

  private number(tag: string, size: number, index: number, read: (at: number, littleEndian: boolean) => number) {
    const element = this.elements[tag];
    if (!element || element.length === UNDEFINED_LENGTH || size * (index + 1) > element.length) return undefined;
    return read(element.dataOffset + size * index, this.encoding.littleEndian);
  }

  /** Undefined if the element is missing, empty, or of undefined length. */
  private valueOf(tag: string): Uint8Array | undefined {
    const element = this.elements[tag];
    if (!element?.length || element.length === UNDEFINED_LENGTH) return undefined;
    return this.byteArray.subarray(element.dataOffset, element.dataOffset + element.length);
  }
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
