// 8-bit JPEG by libjpeg-turbo, compiled to WebAssembly (@cwasm/jpeg-turbo): TurboJPEG's C interface, called without glue code.
import type { Pixels } from "../../core/resize.js";
import { checkSize, type ImageBounds } from "../bounds.js";
import { rgbOfCmyk } from "../cmyk.js";
import { damagedImage } from "../faults.js";
import { type JpegPicture, readPicture } from "./picture.js";

/** libjpeg-turbo, compiled: see load-turbo.ts. */
export type LoadTurbo = () => Promise<WebAssembly.Module>;

/** turbojpeg.h */
const PIXEL_FORMAT = { 1: 6 /* TJPF_GRAY */, 3: 0 /* TJPF_RGB */, 4: 11 /* TJPF_CMYK */ } as const;
const [ACCURATE_DCT, STOP_ON_WARNING] = [4096, 8192];

interface TurboJpeg {
  memory: WebAssembly.Memory;
  /** 0 if there is no room. */
  malloc(bytes: number): number;
  free(address: number): void;
  tjDestroy(handle: number): number;
  tjInitDecompress(): number;
  /** 0, or -1 for an error or a warning. A pitch of 0 means rows without padding. */
  tjDecompress2(
    handle: number,
    jpeg: number,
    bytes: number,
    pixels: number,
    width: number,
    pitch: number,
    height: number,
    format: number,
    flags: number,
  ): number;
}

const fail = () => {
  throw damagedImage();
};
const nothing = () => 0;
/** libjpeg leaves by longjmp on an error. It never returns to its setjmp here: the instance is not used again. */
const IMPORTS = {
  env: { setjmp: nothing, longjmp: fail },
  wasi_snapshot_preview1: {
    proc_exit: fail,
    environ_get: nothing,
    environ_sizes_get: nothing,
    fd_close: nothing,
    fd_seek: nothing,
    fd_write: nothing,
  },
};

/**
 * An instance that has decoded a file without error, for the next one: each memory takes gigabytes of address space, of which a browser's
 * workers together have room for about a hundred. A larger memory is given back.
 */
const idle = new WeakMap<WebAssembly.Module, TurboJpeg>();
const MOST_IDLE_BYTES = 64 * 2 ** 20;

/**
 * Grey levels (1 component), RGB (3) or CMYK as stored (4), with the bits of libjpeg: accurate DCT, smooth upsampling. Throws an Error
 * if libjpeg warns: data that end early, bytes to spare, wrong codes or restart markers.
 */
async function decodeTurbo(turbo: WebAssembly.Module, picture: JpegPicture): Promise<Uint8Array> {
  const { bytes, width, height, components } = picture;
  const instance = idle.get(turbo) ?? ((await WebAssembly.instantiate(turbo, IMPORTS)).exports as unknown as TurboJpeg);
  idle.delete(turbo);
  const { memory, malloc, free, ...jpeg } = instance;
  const size = width * height * components;
  const [from, to] = [malloc(bytes.length), malloc(size)];
  if (from === 0 || to === 0) throw new Error("the JPEG decoder has no memory for an image of this size");
  new Uint8Array(memory.buffer, from).set(bytes);
  const flags = ACCURATE_DCT | STOP_ON_WARNING;
  const handle = jpeg.tjInitDecompress();
  const failed = jpeg.tjDecompress2(handle, from, bytes.length, to, width, 0, height, PIXEL_FORMAT[components], flags);
  if (failed) throw damagedImage();
  const decoded = new Uint8Array(memory.buffer, to, size).slice();
  jpeg.tjDestroy(handle);
  for (const address of [from, to]) free(address);
  if (memory.buffer.byteLength <= MOST_IDLE_BYTES) idle.set(turbo, instance);
  return decoded;
}

/** The pixels of PIL's Image.open(file).convert("RGB"). Rejects with an Error if the file is damaged. */
export async function decodeJpeg(file: Uint8Array, bounds: ImageBounds, load: LoadTurbo): Promise<Pixels> {
  const picture = readPicture(file);
  checkSize(picture.width, picture.height, bounds);
  return decodeWithTurbo(picture, load);
}

export async function decodeWithTurbo(picture: JpegPicture, load: LoadTurbo): Promise<Pixels> {
  const { width, height, components } = picture;
  const data = await decodeTurbo(await load(), picture);
  if (components !== 4) return { data, width, height, channels: components };
  // Adobe stores inverted inks, and PIL takes all files as Adobe's.
  return { data: rgbOfCmyk(data.map((ink) => 255 - ink)), width, height, channels: 3 };
}
