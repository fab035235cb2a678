// JPEG-LS by CharLS and JPEG 2000 by OpenJPEG, both compiled to WebAssembly.
import type { CodecModule, FrameDecoder } from "#codec/openjpeg";
import type { SampleFormat } from "../dicom/sample-format.js";
import { damagedPixels, mismatchedPixels } from "../faults.js";

/** A new object each time: the module keeps its state in it. */
const silent = () => ({ print: () => {}, printErr: () => {} });

const CODECS = {
  "JPEG-LS": async () => (await import("#codec/charls")).default(silent()),
  "JPEG 2000": async () => (await import("#codec/openjpeg")).default(silent()),
};

type Codec = keyof typeof CODECS;
const modules = new Map<Codec, Promise<CodecModule>>();

/** The WebAssembly is a separate file, which a web server may lack. */
async function openModule(codec: Codec): Promise<CodecModule> {
  const loading = modules.get(codec) ?? CODECS[codec]();
  modules.set(codec, loading);
  return loading.catch(() => {
    modules.delete(codec);
    throw new Error(`the ${codec} decoder cannot be loaded`);
  });
}

/** What a stream's header says of itself. */
export interface StreamHeader {
  width: number;
  height: number;
  bits: number;
  components: number;
}

/** Called before decoding, because a decoder allocates memory by the header. */
export function checkHeader({ width, height, bits, components }: StreamHeader, format: SampleFormat): void {
  if (width !== format.width || height !== format.height || bits > format.allocated || components !== 1) throw mismatchedPixels();
}

/** A module that has thrown is not used again: the state of its memory is unknown. */
export async function decodeWith(codec: Codec, bytes: Uint8Array, { width, height }: SampleFormat): Promise<Uint16Array> {
  const module = await openModule(codec);
  try {
    const decoder: FrameDecoder = codec === "JPEG-LS" ? new module.JpegLSDecoder!() : new module.J2KDecoder!();
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const info = decoder.getFrameInfo();
    const decoded = decoder.getDecodedBuffer();
    const size = info.bitsPerSample > 8 ? 2 : 1;
    if (info.width !== width || info.height !== height || info.componentCount !== 1 || decoded.length !== width * height * size) {
      throw damagedPixels();
    }
    // `decoded` is a view of the module's memory.
    const samples = new Uint16Array(width * height);
    for (let i = 0; i < samples.length; i++) samples[i] = size === 1 ? decoded[i] : decoded[2 * i] | (decoded[2 * i + 1] << 8);
    decoder.delete();
    return samples;
  } catch {
    modules.delete(codec);
    throw damagedPixels();
  }
}
