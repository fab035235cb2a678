import dicomParser, { type DataSet } from "dicom-parser";
import { concatBytes } from "../bytes.js";
import { damagedDicom } from "../faults.js";
import { bareSyntax, hasPreamble } from "../magic.js";
import type { ImageRuntime } from "../runtime.js";

/** Bound on the bytes before the pixel data, and with them on the parser's objects. An overlay of 10 megapixels takes 1.2 MiB. */
const MAX_HEADER_BYTES = 8 * 2 ** 20;
/** 100 megapixels of 16 bits, and the header. */
const MAX_INFLATED_BYTES = 208 * 2 ** 20;

export interface ParsedDicom {
  /** The elements up to the pixel data. */
  dataSet: DataSet;
  /** What the elements' offsets refer to: the file, inflated if it was deflated. */
  bytes: Uint8Array;
  /** UID of the transfer syntax. */
  syntax: string;
}

export function readDataSet(given: Uint8Array, inflateRaw: ImageRuntime["inflateRaw"]): ParsedDicom {
  const file = hasPreamble(given) ? given : concatBytes([preamble(bareSyntax(given) ?? ""), given]);
  let bytes = file;
  const inflater = (_: Uint8Array, position: number): Uint8Array => {
    bytes = concatBytes([file.subarray(0, position), inflateRaw(file.subarray(position), MAX_INFLATED_BYTES)]);
    return bytes.subarray(0, MAX_HEADER_BYTES);
  };
  try {
    const dataSet = dicomParser.parseDicom(file.subarray(0, MAX_HEADER_BYTES), { untilTag: "x7fe00010", inflater });
    return { dataSet, bytes, syntax: (dataSet.string("x00020010") ?? "").replace(/[^\d.]/g, "").slice(0, 64) };
  } catch {
    // The parser throws strings, objects and Errors, and some of them quote the file.
    throw damagedDicom(
      bytes.length > MAX_HEADER_BYTES ? `, or have more than ${MAX_HEADER_BYTES / 2 ** 20} MiB before the pixels` : "",
    );
  }
}

/** What precedes a data set in a file: 128 bytes, "DICM", and the element of the transfer syntax. */
function preamble(syntax: string): Uint8Array {
  const encoder = new TextEncoder();
  const uid = encoder.encode(syntax.length % 2 ? `${syntax}\0` : syntax);
  const head = Uint8Array.of(2, 0, 0x10, 0, 0x55, 0x49, uid.length, 0);
  return concatBytes([new Uint8Array(128), encoder.encode("DICM"), head, uid]);
}
