// A JPEG file of 8 bits (ITU T.81) before libjpeg decodes it: checked, and without the segments that do not change its pixels.
import { concatBytes } from "../bytes.js";
import { damagedImage } from "../faults.js";
import { readHuffmans, type Tables } from "./headers.js";
import {
  afterStart,
  type Component,
  endOfScan,
  type FrameHeader,
  MARKER,
  readComponents,
  readFrameHeader,
  type Segment,
  segmentAt,
  startsFrame,
  word,
} from "./markers.js";
import { createScanRecord, type ScanRecord } from "./scan-record.js";
import { checkSequential } from "./sequential.js";

export interface JpegPicture extends Pick<FrameHeader, "width" | "height"> {
  /** 1: grey, 3: colours, 4: CMYK. */
  components: 1 | 3 | 4;
  progressive: boolean;
  /** The file from SOI to EOI, without EXIF, colour profiles, further pictures and comments. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** More scans than any encoder writes. Each takes time for all pixels. */
const MAX_SCANS = 100;
const VERSION = 9;
/** Ss, Se, Ah and Al of a sequential scan. */
const SEQUENTIAL = Uint8Array.of(0, 63, 0);

interface Frame extends FrameHeader {
  progressive: boolean;
  parts: Component[];
  record: ScanRecord;
}

/**
 * Throws an Error if the file is damaged or cut short, as far as its segments and its sequential scans tell, or if its process is
 * none that libjpeg decodes. Whether progressive scans are whole, only libjpeg's warnings tell.
 */
export function readPicture(file: Uint8Array): JpegPicture {
  let at = afterStart(file);
  const kept = [file.subarray(0, at)];
  const tables: Tables = { dc: [], ac: [], quantization: [], restart: 0 };
  let frame: Frame | undefined;
  for (let scans = 0; ; ) {
    const segment = segmentAt(file, at);
    const { marker, body, start, end } = segment;
    at = end;
    if (marker === MARKER.SOS) {
      if (!frame) throw damagedImage();
      if (++scans > MAX_SCANS) throw new Error(`a JPEG of more than ${MAX_SCANS} scans is not supported`);
      at = endOfScan(file, end);
      const data = file.subarray(end, at);
      checkScan(body, data, frame, tables);
      // Sequential decoders ignore the header's last three bytes, but libjpeg warns if they are not as they should be.
      kept.push(...(frame.progressive ? [file.subarray(start, end)] : [file.subarray(start, end - 3), SEQUENTIAL]), data);
      continue;
    }
    if (marker === MARKER.DHT) readHuffmans(body, tables);
    if (marker === MARKER.DRI && body.length >= 2) tables.restart = word(body, 0);
    if (startsFrame(marker)) {
      if (frame) throw damagedImage();
      frame = readFrame(segment);
    }
    if (decides(marker)) kept.push(marker === MARKER.APP0 ? firstVersion(file.slice(start, end)) : file.subarray(start, end));
    if (marker === MARKER.EOI) break;
  }
  if (!frame) throw damagedImage();
  frame.record.requireAll();
  const { width, height, progressive } = frame;
  return { width, height, progressive, components: frame.components as 1 | 3 | 4, bytes: concatBytes(kept) };
}

/** The header of a scan: the number of components, for each its id and tables, then Ss, Se, Ah and Al. */
function checkScan(body: Uint8Array, data: Uint8Array, { parts, progressive, record, ...frame }: Frame, tables: Tables): void {
  const places = 1 + 2 * body[0];
  if (body.length !== places + 3) throw damagedImage();
  const members = Array.from({ length: body[0] }, (_, i) => parts.findIndex(({ id }) => id === body[1 + 2 * i]));
  if (members.length === 0 || members.includes(-1)) throw damagedImage();
  if (progressive) {
    record.add(members, body[places], body[places + 1], body[places + 2] & 15);
    return;
  }
  record.add(members, 0, 63, 0);
  const scanned = members.map((part, i) => ({ ...parts[part], dc: body[2 + 2 * i] >> 4, ac: body[2 + 2 * i] & 15 }));
  const most = { across: Math.max(...parts.map((p) => p.across)), down: Math.max(...parts.map((p) => p.down)) };
  checkSequential({ data, scanned, ...frame, most, tables });
}

/** libjpeg warns of a JFIF segment whose version is not 1, which changes nothing else. The version follows marker, length and "JFIF\0". */
function firstVersion(segment: Uint8Array): Uint8Array {
  if (segment.length > VERSION) segment[VERSION] = 1;
  return segment;
}

/** Of the application's segments, JFIF (APP0) and Adobe's (APP14) tell the colour space. */
const decides = (marker: number): boolean => marker < MARKER.APP0 || marker === MARKER.APP0 || marker === MARKER.APP14;

function readFrame({ marker, body }: Segment): Frame {
  const frame = readFrameHeader(body);
  const process = processOf(marker, frame.precision);
  if (process) throw new Error(`${process} is not supported outside of DICOM: save the image as a baseline JPEG or as PNG`);
  if (![1, 3, 4].includes(frame.components)) throw new Error(`a JPEG of ${frame.components} components is not supported`);
  const parts = readComponents(body);
  return { ...frame, progressive: marker === MARKER.SOF2, parts, record: createScanRecord(parts.length) };
}

/** The name of a process that libjpeg does not decode, or not everywhere. */
function processOf(marker: number, precision: number): string | undefined {
  if (marker <= MARKER.SOF2) return precision === 8 ? undefined : `${precision}-bit JPEG`;
  if (marker === MARKER.SOF3) return "lossless JPEG";
  if (marker === MARKER.SOF55) return "JPEG-LS";
  return marker === MARKER.SOF9 || marker === MARKER.SOF10 ? "arithmetic-coded JPEG" : "hierarchical JPEG";
}
