// Puts right what a change has made wrong, as the author of a hostile file would: checksums and lengths that readers check first.
import { createHash } from "node:crypto";
import { crc32, inflateRawSync } from "node:zlib";

export type Repair = (bytes: Uint8Array) => Uint8Array;

const PNG_SIGNATURE = 8;

/** The CRC of each chunk, as far as their lengths lead. */
export const repairPng: Repair = (given) => {
  const bytes = Buffer.from(given);
  for (let at = PNG_SIGNATURE; at + 12 <= bytes.length; ) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return bytes;
};

const ENTRY = Buffer.from("PK\x01\x02", "latin1");
const LOCAL = Buffer.from("PK\x03\x04", "latin1");
const MOST_UNPACKED = 2 ** 20;

/** The CRCs and sizes of the entries in a zip archive's directory, as far as their data can be unpacked. */
export const repairZip: Repair = (given) => {
  const bytes = Buffer.from(given);
  for (let at = bytes.indexOf(ENTRY); at >= 0 && at + 46 <= bytes.length; at = bytes.indexOf(ENTRY, at + 4)) {
    const local = bytes.readUInt32LE(at + 42);
    if (local + 30 > bytes.length || !bytes.subarray(local, local + 4).equals(LOCAL)) continue;
    const begin = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(begin, begin + bytes.readUInt32LE(at + 20));
    const whole = bytes.readUInt16LE(at + 10) === 0 ? packed : inflated(packed);
    if (!whole) continue;
    bytes.writeUInt32LE(crc32(whole), at + 16);
    bytes.writeUInt32LE(whole.length, at + 24);
  }
  return bytes;
};

function inflated(packed: Uint8Array): Uint8Array | undefined {
  try {
    return inflateRawSync(packed, { maxOutputLength: MOST_UNPACKED });
  } catch {
    return undefined;
  }
}

/** The length of the header, which ends with the last brace before the tensors, and the digest of pulmo's checkpoints. */
export const repairSafetensors: Repair = (given) => {
  const bytes = Buffer.from(given);
  if (bytes.length < 8) return bytes;
  const end = bytes.subarray(0, 2 ** 16).lastIndexOf("}}");
  if (end >= 8) bytes.writeBigUInt64LE(BigInt(Math.ceil((end + 2 - 8) / 8) * 8));
  const text = bytes.toString("latin1", 0, 2 ** 16);
  const place = /"pulmo\.crc32":"([0-9a-f]{8})"/.exec(text);
  if (place) {
    const at = place.index + place[0].length - 9;
    bytes.write("00000000", at, "latin1");
    bytes.write(crc32(bytes).toString(16).padStart(8, "0"), at, "latin1");
  }
  return bytes;
};

/** The length and the checksum in a .pulmo file's header. */
export const repairPulmo: Repair = (given) => {
  const bytes = Buffer.from(given);
  if (bytes.length < 128) return bytes;
  bytes.writeUInt32LE(bytes.length, 12);
  bytes.writeUInt32LE(crc32(bytes.subarray(20)), 16);
  return bytes;
};

const PIXELS_TAIL = 16;

/** The checksum over the footer of a pixel cache. */
export const repairPixels: Repair = (given) => {
  const bytes = Buffer.from(given);
  const tail = bytes.length - PIXELS_TAIL;
  if (tail < 0) return bytes;
  const begin = tail - bytes.readUInt32LE(tail);
  if (begin >= 0) bytes.writeUInt32LE(crc32(bytes.subarray(begin, tail)), tail + 4);
  return bytes;
};

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
