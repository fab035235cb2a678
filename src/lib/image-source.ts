// Input of `predict` and `explain`: pixels, which are scored at once, or an image file, which is decoded first.
import type { Pixels } from "../core/resize.js";

/** Pixels that are already available. Canvases, <img> and similar sources are read as the browser draws them. */
export type ImageSource = Pixels | ImageData | Exclude<CanvasImageSource, SVGImageElement>;

/** An image file: a Blob, a File, or its bytes. */
export type ImageFile = Blob | ArrayBuffer | Uint8Array<ArrayBuffer>;

export interface DecodeOptions {
  /** Decodes a DICOM file whose header states another body part than the chest; default: rejects it. */
  anyBodyPart?: boolean | undefined;
}

export const isImageFile = (image: unknown): image is ImageFile =>
  image instanceof Blob || image instanceof ArrayBuffer || image instanceof Uint8Array;

/**
 * Throws an Error if the image has no pixels yet, if it is from another origin and the page must not read it, or if the browser
 * alters what is read from a canvas.
 */
export function toPixels(source: ImageSource): Pixels {
  if (typeof source !== "object" || source === null) throw new TypeError(`This is no image: ${source}.`);
  if ("channels" in source) return source;
  return withoutAlpha("data" in source ? source : draw(source));
}

function withoutAlpha({ data, width, height }: ImageData): Pixels {
  if (!(data instanceof Uint8ClampedArray)) throw new TypeError("ImageData must have 8 bits per channel.");
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4) {
    rgb[to++] = data[from];
    rgb[to++] = data[from + 1];
    rgb[to++] = data[from + 2];
  }
  return { data: rgb, width, height, channels: 3 };
}

function draw(source: Exclude<ImageSource, Pixels | ImageData>): ImageData {
  const [width, height] = sizeOf(source);
  if (!(width > 0 && height > 0)) throw new Error("The image has no pixels yet: wait until it has loaded.");
  if (!(isExact ??= readsBack())) {
    throw new Error(
      "This browser alters the pixels that are read from a canvas, against fingerprinting: give the image's file, or allow this page to read canvases.",
    );
  }
  const context = contextOf(width, height);
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

/** Whether a canvas gives the colours that were drawn on it. */
let isExact: boolean | undefined;

/** The canvas of the test has a square of this edge for each grey level: some browsers alter few of many pixels. */
const SQUARE = 8;
const SQUARES = 16;

function readsBack(): boolean {
  const edge = SQUARE * SQUARES;
  const context = contextOf(edge, edge);
  const places = Array.from({ length: SQUARES ** 2 }, (_, level) => [level % SQUARES, Math.floor(level / SQUARES)]);
  for (const [level, [x, y]] of places.entries()) {
    context.fillStyle = `rgb(${level} ${level} ${level})`;
    context.fillRect(x * SQUARE, y * SQUARE, SQUARE, SQUARE);
  }
  const { data } = context.getImageData(0, 0, edge, edge);
  return data.every((value, i) => {
    const pixel = i >> 2;
    const [x, y] = [pixel % edge, Math.floor(pixel / edge)];
    return value === (i % 4 === 3 ? 255 : Math.floor(y / SQUARE) * SQUARES + Math.floor(x / SQUARE));
  });
}

function sizeOf(source: Exclude<ImageSource, Pixels | ImageData>): [width: number, height: number] {
  if ("naturalWidth" in source) return [source.naturalWidth, source.naturalHeight];
  if ("videoWidth" in source) return [source.videoWidth, source.videoHeight];
  if ("displayWidth" in source) return [source.displayWidth, source.displayHeight];
  return [source.width, source.height];
}

function contextOf(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const canvas =
    typeof OffscreenCanvas === "function"
      ? new OffscreenCanvas(width, height)
      : Object.assign(document.createElement("canvas"), { width, height });
  return canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
}
