// JPEG by the browser, as node/decode.ts has it by sharp: nothing turned, blended or corrected.
import { checkSize, type ImageBounds } from "../core/image-bounds.js";
import type { Pixels } from "../core/resize.js";

export const damaged = () => new Error("the image data are damaged or cut short");

interface Headers {
  width: number;
  height: number;
  components: number;
  /** The file without EXIF data, by which browsers turn images, and without colour profiles; joined: Firefox decodes no Blob of many parts. */
  plain: Uint8Array<ArrayBuffer>;
}

const [SOI, EOI, SOS, DHT, JPG, DAC, APP1, APP2] = [0xd8, 0xd9, 0xda, 0xc4, 0xc8, 0xcc, 0xe1, 0xe2];

/** ITU T.81, annex B. */
function readHeaders(bytes: Uint8Array<ArrayBuffer>): Headers {
  const word = (at: number) => (bytes[at] << 8) | bytes[at + 1];
  if (bytes[0] !== 0xff || bytes[1] !== SOI) throw damaged();
  const plain = [bytes.subarray(0, 2)];
  let frame: Omit<Headers, "plain"> | undefined;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) throw damaged();
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === SOS) {
      if (!frame || !hasEnd(bytes)) throw damaged();
      return { ...frame, plain: Buffer.concat([...plain, bytes.subarray(at)]) };
    }
    const end = at + 2 + word(at + 2);
    if (end > bytes.length) throw damaged();
    if (marker >= 0xc0 && marker <= 0xcf && ![DHT, JPG, DAC].includes(marker)) {
      frame = { height: word(at + 5), width: word(at + 7), components: bytes[at + 9] };
    }
    if (marker !== APP1 && marker !== APP2) plain.push(bytes.subarray(at, end));
    at = end;
  }
  throw damaged();
}

/** Browsers fill up what is missing; pulmo refuses it. */
function hasEnd(bytes: Uint8Array): boolean {
  const at = bytes.lastIndexOf(EOI);
  return at > 0 && bytes[at - 1] === 0xff;
}

export async function decodeJpeg(bytes: Uint8Array<ArrayBuffer>, bounds: ImageBounds): Promise<Pixels> {
  const { width, height, components, plain } = readHeaders(bytes);
  checkSize(width, height, bounds);
  if (components === 4) throw new Error("a CMYK image, which every browser converts in its own way: use `pulmo predict` for it");
  const blob = new Blob([plain], { type: "image/jpeg" });
  const asStored = { imageOrientation: "none", premultiplyAlpha: "none", colorSpaceConversion: "none" } as const;
  const image = await createImageBitmap(blob, asStored).catch(() => {
    throw damaged();
  });
  const canvas = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  canvas.drawImage(image, 0, 0);
  image.close();
  const rgba = canvas.getImageData(0, 0, width, height).data;
  const channels = components === 1 ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  for (let i = 0, o = 0; o < data.length; i += 4) for (let c = 0; c < channels; c++) data[o++] = rgba[i + c];
  return { data, width, height, channels };
}
