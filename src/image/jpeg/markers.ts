// ITU T.81, annex B: a JPEG is SOI, then segments of a marker (0xff and a byte), a length that counts itself, and a body.
import { damagedImage } from "../faults.js";

/** The second byte of a marker. SOF0 to SOF15, except DHT, JPG and DAC, start a frame; so does SOF55 (JPEG-LS). */
export const MARKER = {
  SOF0: 0xc0,
  DHT: 0xc4,
  JPG: 0xc8,
  DAC: 0xcc,
  SOF15: 0xcf,
  SOI: 0xd8,
  EOI: 0xd9,
  SOS: 0xda,
  DQT: 0xdb,
  DRI: 0xdd,
  APP1: 0xe1,
  APP2: 0xe2,
  SOF55: 0xf7,
} as const;

const NO_FRAME: number[] = [MARKER.DHT, MARKER.JPG, MARKER.DAC];

export const startsFrame = (marker: number): boolean =>
  marker === MARKER.SOF55 || (marker >= MARKER.SOF0 && marker <= MARKER.SOF15 && !NO_FRAME.includes(marker));

export interface FrameHeader {
  precision: number;
  height: number;
  width: number;
  components: number;
}

export function readFrameHeader(body: Uint8Array): FrameHeader {
  if (body.length < 6) throw damagedImage();
  return { precision: body[0], height: word(body, 1), width: word(body, 3), components: body[5] };
}

export interface Segment {
  marker: number;
  body: Uint8Array;
  /** Offsets of the marker and of what follows the body. */
  start: number;
  end: number;
}

export const word = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1];

/** The segments up to the first scan's header (SOS), which is the last one. Throws if there is none. */
export function* segmentsToScan(bytes: Uint8Array): Generator<Segment, void> {
  if (bytes[0] !== 0xff || bytes[1] !== MARKER.SOI) throw damagedImage();
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) throw damagedImage();
    const marker = bytes[at + 1];
    // Any number of 0xff may stand before a marker.
    if (marker === 0xff) {
      at++;
      continue;
    }
    const end = at + 2 + word(bytes, at + 2);
    if (end > bytes.length || end < at + 4) throw damagedImage();
    yield { marker, body: bytes.subarray(at + 4, end), start: at, end };
    if (marker === MARKER.SOS) return;
    at = end;
  }
  throw damagedImage();
}
