// libjpeg-turbo's WebAssembly, which the first JPEG inflates and compiles. Imported statically: some bundlers cannot split code.
import type { ImageRuntime } from "../runtime.js";
import { BYTES, TURBO } from "./turbo-code.js";

let loading: Promise<WebAssembly.Module> | undefined;

export function loadTurbo(inflateRaw: ImageRuntime["inflateRaw"]): Promise<WebAssembly.Module> {
  loading ??= compile(inflateRaw).catch(() => {
    loading = undefined;
    throw new Error("the JPEG decoder cannot be loaded");
  });
  return loading;
}

async function compile(inflateRaw: ImageRuntime["inflateRaw"]): Promise<WebAssembly.Module> {
  const packed = Uint8Array.from(atob(TURBO), (letter) => letter.charCodeAt(0));
  return WebAssembly.compile(inflateRaw(packed, BYTES) as Uint8Array<ArrayBuffer>);
}
