// The inference core within the code: bundlers need not handle an asset.
import { CORE } from "../core/inline-core.js";

/** pulmo-infer.wasm. */
export const coreBytes = (): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(CORE), (letter) => letter.charCodeAt(0));
