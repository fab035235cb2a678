// NumPy's .npy: "\x93NUMPY", version, header length (u16, from version 2 on u32), a header, the elements.
// The header is a Python dictionary: {'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { dtypeBytes, FormatError, MAX_DIMENSIONS, type StoredTensor } from "../core/tensors.js";

const MAGIC = Uint8Array.from([0x93, ...Buffer.from("NUMPY")]);
/** In bytes; the bound of numpy.load. */
const MAX_HEADER = 10_000;
const DTYPES: Readonly<Record<string, string>> = { "|u1": "U8", "<i4": "I32", "<i8": "I64" };
const ITEM = /'(descr|fortran_order|shape)'\s*:\s*('[^']*'|True|False|\([\d,\s]*\))\s*(?:,|$)/g;

/** The array; its elements are not copied. `name` is for messages. Throws FormatError. */
export function parseNpy(bytes: Uint8Array, name: string): StoredTensor {
  const { header, begin } = splitHeader(bytes, name);
  const items = headerItems(header);
  const [descr, order, sizes] = ["descr", "fortran_order", "shape"].map((key) => items?.get(key) ?? "");
  if (!descr.startsWith("'") || !/^(True|False)$/.test(order) || !sizes.startsWith("(")) {
    throw new FormatError(`its array ${name} has no header of one dtype, order and shape`);
  }
  const type = descr.slice(1, -1);
  if (!Object.hasOwn(DTYPES, type)) {
    throw new FormatError(
      `its array ${name} has the dtype ${JSON.stringify(type.slice(0, 20))}, not one of ${Object.keys(DTYPES).join(", ")}`,
    );
  }
  if (order === "True") throw new FormatError(`its array ${name} is in Fortran's order, not in C's`);
  const dtype = DTYPES[type];
  const shape = shapeOf(sizes.slice(1, -1), name);
  const data = bytes.subarray(begin);
  const wanted = shape.reduce((n, d) => n * d, dtypeBytes(dtype));
  if (data.length !== wanted) {
    throw new FormatError(`its array ${name} of shape (${shape.join(", ")}) has ${data.length} bytes instead of ${wanted}`);
  }
  return { dtype, shape, data };
}

function splitHeader(bytes: Uint8Array, name: string): { header: string; begin: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 12 || MAGIC.some((byte, i) => bytes[i] !== byte)) throw new FormatError(`its entry ${name} is no .npy`);
  const version = bytes[6];
  if (version < 1 || version > 3) throw new FormatError(`its array ${name} is of the unknown version ${version} of .npy`);
  const from = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER || from + length > bytes.length) throw new FormatError(`the header of its array ${name} is too long`);
  return { header: Buffer.from(bytes.subarray(from, from + length)).toString("latin1"), begin: from + length };
}

/** Accepts a dictionary with exactly these three keys, in any order; undefined for anything else. */
function headerItems(header: string): Map<string, string> | undefined {
  const inside = /^\{(.*)\}\s*$/s.exec(header)?.[1].trim();
  if (inside === undefined) return undefined;
  const found = [...inside.matchAll(ITEM)];
  const items = new Map(found.map(([, key, value]) => [key, value]));
  return found.length === 3 && items.size === 3 && inside.replace(ITEM, "").trim() === "" ? items : undefined;
}

/** "2, 3" or "2," or "". */
function shapeOf(sizes: string, name: string): number[] {
  const shape = (sizes.match(/\d+/g) ?? []).map(Number);
  const isTuple = /^(\d+(\s*,\s*\d+)*\s*,?)?$/.test(sizes.trim());
  if (isTuple && shape.length <= MAX_DIMENSIONS && shape.every(Number.isSafeInteger)) return shape;
  throw new FormatError(`its array ${name} has a shape that cannot be`);
}
