// The inference core is embedded in the code, so that bundlers need not handle an asset.
import { CORE } from "../core/inline-core.js";

/** pulmo-infer.wasm. */
export const coreBytes = (): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(CORE), (letter) => letter.charCodeAt(0));
