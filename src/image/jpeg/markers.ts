// ITU T.81, annex B: a JPEG is SOI, then segments of a marker (0xff and a byte), a length that counts itself, and a body.
import { damagedImage } from "../faults.js";

/** The second byte of a marker. SOF0 to SOF15, except DHT, JPG and DAC, start a frame; so does SOF55 (JPEG-LS). */
export const MARKER = {
  SOF0: 0xc0,
  SOF1: 0xc1,
  SOF2: 0xc2,
  SOF3: 0xc3,
  DHT: 0xc4,
  JPG: 0xc8,
  SOF9: 0xc9,
  SOF10: 0xca,
  DAC: 0xcc,
  SOF15: 0xcf,
  RST0: 0xd0,
  RST7: 0xd7,
  SOI: 0xd8,
  EOI: 0xd9,
  SOS: 0xda,
  DQT: 0xdb,
  DRI: 0xdd,
  APP0: 0xe0,
  APP14: 0xee,
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

export interface Component {
  id: number;
  /** Sampling factors: blocks of an MCU, horizontally and vertically. */
  across: number;
  down: number;
}

/** Three bytes per component follow the frame's header: its id, its sampling factors, its quantization table. */
export function readComponents(body: Uint8Array): Component[] {
  const count = body[5];
  if (body.length < 6 + 3 * count) throw damagedImage();
  const components = Array.from({ length: count }, (_, i) => {
    const [id, factors] = body.subarray(6 + 3 * i);
    return { id, across: factors >> 4, down: factors & 15 };
  });
  if (components.some(({ across, down }) => !(across >= 1 && across <= 4 && down >= 1 && down <= 4))) throw damagedImage();
  return components;
}

export interface Segment {
  marker: number;
  body: Uint8Array;
  /** Offsets of the marker and of what follows the body. */
  start: number;
  end: number;
}

export const word = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1];

/** The segment at offset `at`. EOI has no length and no body. */
export function segmentAt(bytes: Uint8Array, at: number): Segment {
  // Any number of 0xff may stand before a marker.
  let start = at;
  while (bytes[start] === 0xff && bytes[start + 1] === 0xff) start++;
  const marker = bytes[start + 1];
  if (bytes[start] !== 0xff || marker === undefined) throw damagedImage();
  if (marker === MARKER.EOI) return { marker, body: new Uint8Array(), start, end: start + 2 };
  if (start + 4 > bytes.length) throw damagedImage();
  const end = start + 2 + word(bytes, start + 2);
  if (end > bytes.length || end < start + 4) throw damagedImage();
  return { marker, body: bytes.subarray(start + 4, end), start, end };
}

/** The segments up to the first scan's header (SOS), which is the last one. Throws if there is none. */
export function* segmentsToScan(bytes: Uint8Array): Generator<Segment, void> {
  for (let at = afterStart(bytes); ; ) {
    const segment = segmentAt(bytes, at);
    if (segment.marker === MARKER.EOI) throw damagedImage();
    yield segment;
    if (segment.marker === MARKER.SOS) return;
    at = segment.end;
  }
}

/** The offset of the first segment. Throws if the bytes do not begin with SOI. */
export function afterStart(bytes: Uint8Array): number {
  if (bytes[0] !== 0xff || bytes[1] !== MARKER.SOI) throw damagedImage();
  return 2;
}

/** Where entropy-coded data from offset `from` on end: at a marker that is no RST. 0xff in the data is followed by 0. */
export function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    const isData = next === 0 || next === 0xff || (next >= MARKER.RST0 && next <= MARKER.RST7);
    if (!isData) return at;
  }
  throw damagedImage();
}
