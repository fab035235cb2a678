import { concatBytes } from "../bytes.js";
import type { SampleFormat } from "../dicom/sample-format.js";
import { damagedPixels } from "../faults.js";
import { MARKER, readFrameHeader, segmentsToScan } from "./markers.js";
import { checkHeader, decodeWith, type StreamHeader } from "./wasm-codec.js";

/** CharLS takes seconds to find that a stream has no end. It ignores what follows the first one. */
const END = Uint8Array.of(0xff, MARKER.EOI);

export async function decodeJpegLs(bytes: Uint8Array, format: SampleFormat): Promise<{ samples: Uint16Array; bits: number }> {
  const header = readHeader(bytes);
  checkHeader(header, format);
  const samples = await decodeWith("JPEG-LS", concatBytes([bytes, END]), format);
  return { samples, bits: header.bits };
}

function readHeader(bytes: Uint8Array): StreamHeader {
  for (const { marker, body } of segmentsToScan(bytes)) {
    if (marker !== MARKER.SOF55) continue;
    const { precision, ...header } = readFrameHeader(body);
    return { ...header, bits: precision };
  }
  throw damagedPixels();
}
