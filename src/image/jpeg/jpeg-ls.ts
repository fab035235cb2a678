import type { SampleFormat } from "../dicom/sample-format.js";
import { damagedPixels } from "../faults.js";
import { MARKER, readFrameHeader, segmentsToScan } from "./markers.js";
import { checkHeader, decodeWith, type StreamHeader, saturate } from "./wasm-codec.js";

export async function decodeJpegLs(bytes: Uint8Array, format: SampleFormat, lossy: boolean): Promise<Uint16Array> {
  const header = readHeader(bytes);
  checkHeader(header, format);
  const samples = await decodeWith("JPEG-LS", bytes, format);
  return lossy ? saturate(samples, format, header.bits) : samples;
}

function readHeader(bytes: Uint8Array): StreamHeader {
  for (const { marker, body } of segmentsToScan(bytes)) {
    if (marker !== MARKER.SOF55) continue;
    const { precision, ...header } = readFrameHeader(body);
    return { ...header, bits: precision };
  }
  throw damagedPixels();
}
