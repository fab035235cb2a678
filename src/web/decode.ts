// A dropped file's bytes to the pixels that node/decode.ts has of it, or its refusal.
import { convertIndexedToRgb, decode as decodePngFile, hasPngSignature } from "fast-png";
import { checkSize, MAX_FILE_BYTES, MAX_IMAGE } from "../core/image-bounds.js";
import type { Pixels } from "../core/resize.js";
import { isDicom } from "../formats/magic.js";
import { decodeDicom } from "../node/dicom.js";
import { damaged, decodeJpeg } from "./jpeg.js";

export async function decodeImage(file: Blob): Promise<Pixels> {
  if (file.size === 0) throw new Error("the file is empty");
  if (file.size > MAX_FILE_BYTES) throw new Error(`the file is larger than ${MAX_FILE_BYTES / 2 ** 20} MiB`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return decodeJpeg(bytes, MAX_IMAGE);
  if (hasPngSignature(bytes.subarray(0, 8))) return decodePng(bytes);
  const buffer = Buffer.from(bytes.buffer);
  if (isDicom(buffer)) return decodeDicom(buffer, MAX_IMAGE);
  throw new Error("not a JPEG, PNG or DICOM image");
}

/** Not by the browser, which blends alpha and corrects by gAMA: palettes looked up, alpha dropped, of 16 bits the high ones. */
function decodePng(bytes: Uint8Array): Pixels {
  const header = new DataView(bytes.buffer);
  if (bytes.length < 33) throw damaged();
  const [width, height] = [header.getUint32(16), header.getUint32(20)];
  checkSize(width, height, MAX_IMAGE);
  try {
    const png = decodePngFile(bytes, { checkCrc: true });
    if (png.palette) return opaque(convertIndexedToRgb(png), png.palette[0].length, width, height, 8);
    const { depth, data, channels } = png;
    return opaque(depth < 8 ? unpack(data, width, height, depth) : data, channels, width, height, depth);
  } catch {
    throw damaged();
  }
}

/** Without the last of two or four channels. */
function opaque(from: ArrayLike<number>, channels: number, width: number, height: number, depth: number): Pixels {
  const kept = channels > 2 ? 3 : 1;
  const shift = Math.max(0, depth - 8);
  const data = new Uint8Array(width * height * kept);
  for (let i = 0, o = 0; o < data.length; i += channels) for (let c = 0; c < kept; c++) data[o++] = from[i + c] >> shift;
  return { data, width, height, channels: kept };
}

/** Grey of 1, 2 or 4 bits, rows of whole bytes: to 0 up to 255. */
function unpack(data: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const out = new Uint8Array(width * height);
  const rowBytes = Math.ceil((width * depth) / 8);
  const most = 2 ** depth - 1;
  for (let i = 0; i < out.length; i++) {
    const bit = (i % width) * depth;
    const byte = data[Math.floor(i / width) * rowBytes + (bit >> 3)];
    out[i] = (((byte >> (8 - depth - (bit & 7))) & most) * 255) / most;
  }
  return out;
}
