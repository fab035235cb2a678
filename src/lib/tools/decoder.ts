// The process that decodes images, for a command to start it before it loads anything else.
import { type Decoder, decodingThreads, openDecoder } from "../../node/decoder.js";

export type { Decoder } from "../../node/decoder.js";

/** `alone`: a single image is expected. The caller closes it. */
export const startDecoder = (threads: number, alone: boolean): Decoder =>
  openDecoder(decodingThreads(threads), alone ? 1 : undefined);
