import dicomParser, { type DataSet } from "dicom-parser";
import { bareSyntax, hasPreamble } from "../formats/magic.js";
import { inflateRaw } from "./inflate.js";

/** What stands before the pixel data: a bound on the parser's objects. An overlay of 10 megapixels takes 1.2 MiB. */
const MAX_HEADER_BYTES = 8 * 2 ** 20;
/** 100 megapixels of 16 bits, and the header. */
const MAX_INFLATED_BYTES = 208 * 2 ** 20;

/** The elements up to the pixel data, and the bytes (inflated) that their offsets are about. */
export function readDataSet(given: Buffer): { dataSet: DataSet; bytes: Buffer; syntax: string } {
  const file = hasPreamble(given) ? given : Buffer.concat([preamble(bareSyntax(given) ?? ""), given]);
  let bytes = file;
  const inflater = (_: Uint8Array, position: number): Buffer => {
    const inflated = inflateRaw(file.subarray(position), MAX_INFLATED_BYTES);
    bytes = Buffer.concat([file.subarray(0, position), inflated]);
    return bytes.subarray(0, MAX_HEADER_BYTES);
  };
  try {
    const dataSet = dicomParser.parseDicom(file.subarray(0, MAX_HEADER_BYTES), { untilTag: "x7fe00010", inflater });
    return { dataSet, bytes, syntax: (dataSet.string("x00020010") ?? "").replace(/[^\d.]/g, "").slice(0, 64) };
  } catch {
    // The parser throws strings, objects and Errors, some of which quote the file.
    const more = bytes.length > MAX_HEADER_BYTES ? `, or hold more than ${MAX_HEADER_BYTES / 2 ** 20} MiB before the pixels` : "";
    throw new Error(`the DICOM data are damaged or cut short${more}`);
  }
}

/** What stands before a data set in a file: 128 bytes, "DICM", and the transfer syntax. */
function preamble(syntax: string): Buffer {
  const uid = Buffer.from(syntax.length % 2 ? `${syntax}\0` : syntax);
  const head = Buffer.from([2, 0, 0x10, 0, 0x55, 0x49, uid.length, 0]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), head, uid]);
}
